import { compareText, objectsAt, textAt, textsAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import type { DescribeWriter } from './writer.ts';

/** A rule for one resource, or one URL. */
interface SmallRule {
  readonly group: string | undefined;
  readonly resource: string | undefined;
  readonly names: readonly string[];
  readonly urls: readonly string[];
  readonly verbs: string[];
}

function breakDown(rule: JsonObject): readonly SmallRule[] {
  const verbs = textsAt(rule, 'verbs');
  const names = textsAt(rule, 'resourceNames');
  const resources = textsAt(rule, 'apiGroups').flatMap((group) =>
    textsAt(rule, 'resources').flatMap((resource) =>
      verbs.flatMap((verb) =>
        (names.length > 0 ? names.map((name) => [name]) : [[]]).map((each) => ({
          group,
          resource,
          names: each,
          urls: [],
          verbs: [verb],
        })),
      ),
    ),
  );
  const urls = textsAt(rule, 'nonResourceURLs').flatMap((url) =>
    verbs.map((verb) => ({ group: undefined, resource: undefined, names: [], urls: [url], verbs: [verb] })),
  );
  return [...resources, ...urls];
}

/** Rules for the same resource and name become one; rules for URLs stay apart. */
function compactRules(rules: readonly SmallRule[]): readonly SmallRule[] {
  const kept: SmallRule[] = [];
  const simple = new Map<string, SmallRule>();
  for (const rule of rules) {
    if (rule.resource === undefined) {
      kept.push(rule);
      continue;
    }
    const key = JSON.stringify([rule.group, rule.resource, rule.names]);
    const same = simple.get(key);
    if (same === undefined) simple.set(key, { ...rule, verbs: [...rule.verbs] });
    else for (const verb of rule.verbs) if (!same.verbs.includes(verb)) same.verbs.push(verb);
  }
  return [...kept, ...simple.values()];
}

const list = (texts: readonly string[]): string => `[${texts.join(' ')}]`;

/** The text that Go sorts rules by. */
function sortKey(rule: SmallRule): string {
  const one = (text: string | undefined): string => list(text === undefined ? [] : [text]);
  return `Verbs:${list(rule.verbs)},APIGroups:${one(rule.group)},Resources:${one(rule.resource)},ResourceNames:${list(rule.names)},NonResourceURLs:${list(rule.urls)},`;
}

function resourceText({ group, resource }: SmallRule): string {
  if (resource === undefined) return '';
  const slash = resource.indexOf('/');
  const name = slash < 0 ? resource : resource.slice(0, slash);
  return (
    name + (group === undefined || group === '' ? '' : `.${group}`) + (slash < 0 ? '' : resource.slice(slash))
  );
}

export function describeRole(w: DescribeWriter, role: JsonObject): void {
  w.head(role, { namespace: false });
  w.write(0, 'PolicyRule:\n');
  w.write(1, 'Resources\tNon-Resource URLs\tResource Names\tVerbs\n');
  w.write(1, '---------\t-----------------\t--------------\t-----\n');
  const rules = compactRules(objectsAt(role, 'rules').flatMap(breakDown));
  for (const rule of [...rules].sort((a, b) => compareText(sortKey(a), sortKey(b)))) {
    w.write(1, `${resourceText(rule)}\t${list(rule.urls)}\t${list(rule.names)}\t${list(rule.verbs)}\n`);
  }
}

export function describeBinding(w: DescribeWriter, binding: JsonObject): void {
  w.head(binding, { namespace: false });
  w.write(0, 'Role:\n');
  w.write(1, `Kind:\t${textAt(binding, 'roleRef', 'kind')}\n`);
  w.write(1, `Name:\t${textAt(binding, 'roleRef', 'name')}\n`);
  w.write(0, 'Subjects:\n');
  w.write(1, 'Kind\tName\tNamespace\n');
  w.write(1, '----\t----\t---------\n');
  for (const subject of objectsAt(binding, 'subjects'))
    w.write(1, `${textAt(subject, 'kind')}\t${textAt(subject, 'name')}\t${textAt(subject, 'namespace')}\n`);
}
