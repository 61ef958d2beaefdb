import { TABLE_LAYOUT, alignTabs } from '../../printers/tab-writer.ts';
import { compareText, objectsAt, textsAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';

interface Rule {
  readonly verbs: string[];
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly names: readonly string[];
  readonly urls: readonly string[];
}

/** One rule for each group, resource and name, with all of its verbs. */
function compacted(status: JsonObject): readonly Rule[] {
  const simple = new Map<string, Rule>();
  const rest: Rule[] = [];
  for (const rule of objectsAt(status, 'resourceRules')) {
    const names = textsAt(rule, 'resourceNames');
    for (const group of textsAt(rule, 'apiGroups')) {
      for (const resource of textsAt(rule, 'resources')) {
        for (const name of names.length === 0 ? [undefined] : names) {
          const key = JSON.stringify([group, resource, name ?? null]);
          const found: Rule = simple.get(key) ?? {
            verbs: [],
            groups: [group],
            resources: [resource],
            names: name === undefined ? [] : [name],
            urls: [],
          };
          simple.set(key, found);
          for (const verb of textsAt(rule, 'verbs')) if (!found.verbs.includes(verb)) found.verbs.push(verb);
        }
      }
    }
  }
  for (const rule of objectsAt(status, 'nonResourceRules'))
    for (const url of textsAt(rule, 'nonResourceURLs'))
      for (const verb of textsAt(rule, 'verbs'))
        rest.push({ verbs: [verb], groups: [], resources: [], names: [], urls: [url] });
  return [...rest, ...simple.values()];
}

const listText = (words: readonly string[]): string => `[${words.join(' ')}]`;

/** The text that rules are ordered by. */
const orderText = ({ verbs, groups, resources, names, urls }: Rule): string =>
  `&PolicyRule{Verbs:${listText(verbs)},APIGroups:${listText(groups)},Resources:${listText(resources)},ResourceNames:${listText(names)},NonResourceURLs:${listText(urls)},}`;

/** `pods.metrics.k8s.io/log`: a resource with its group. */
function combined({ resources, groups }: Rule): string {
  const [resource] = resources;
  if (resource === undefined) return '';
  const slash = resource.indexOf('/');
  const group = groups[0] ?? '';
  const base = slash < 0 ? resource : resource.slice(0, slash);
  return `${base}${group === '' ? '' : `.${group}`}${slash < 0 ? '' : resource.slice(slash)}`;
}

/** The table of `auth can-i --list` from the status of a SelfSubjectRulesReview. */
export function accessTable(status: JsonObject, noHeaders: boolean): string {
  const rows = compacted(status)
    .map((rule) => ({ rule, order: orderText(rule) }))
    .sort((a, b) => compareText(a.order, b.order))
    .map(({ rule }) =>
      [combined(rule), listText(rule.urls), listText(rule.names), listText(rule.verbs)].join('\t'),
    );
  const header = ['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs'].join('\t');
  return alignTabs((noHeaders ? rows : [header, ...rows]).map((row) => `${row}\n`).join(''), TABLE_LAYOUT);
}
