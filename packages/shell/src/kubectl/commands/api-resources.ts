import { apiVersionOf } from '../api/discovery.ts';
import type { Discovery, ResourceType } from '../api/discovery.ts';
import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { usageFailure } from '../command/run.ts';
import { fail } from '../failure.ts';
import { TABLE_LAYOUT, alignTabs } from '../printers/tab-writer.ts';
import { goYaml } from '../printers/yaml.ts';
import { API_RESOURCES, API_VERSIONS } from '../surface/settings.ts';
import { goQuote } from '../values/go-text.ts';
import { compareText, goJson } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';

const FORMATS = ['json', 'name', 'wide', 'yaml'];

/** Each type in the version that its group prefers, or the best one that has it. */
function preferredTypes(discovery: Discovery): readonly ResourceType[] {
  const found = new Map<string, ResourceType>();
  for (const type of discovery.types()) {
    const key = `${type.group}/${type.resource}`;
    if (!found.has(key)) found.set(key, type);
  }
  return [...found.values()];
}

function asObject(type: ResourceType): JsonObject {
  return {
    name: type.resource,
    singularName: type.singular,
    namespaced: type.namespaced,
    ...(type.group === '' ? {} : { group: type.group }),
    version: type.version,
    kind: type.kind,
    verbs: [...type.verbs],
    ...(type.shortNames.length === 0 ? {} : { shortNames: [...type.shortNames] }),
    ...(type.categories.length === 0 ? {} : { categories: [...type.categories] }),
  };
}

function table(types: readonly ResourceType[], wide: boolean, noHeaders: boolean): string {
  const rows = types.map((type) => [
    type.resource,
    type.shortNames.join(','),
    apiVersionOf(type),
    String(type.namespaced),
    type.kind,
    ...(wide ? [type.verbs.join(','), type.categories.join(',')] : []),
  ]);
  const header = [
    'NAME',
    'SHORTNAMES',
    'APIVERSION',
    'NAMESPACED',
    'KIND',
    ...(wide ? ['VERBS', 'CATEGORIES'] : []),
  ];
  return alignTabs(
    (noHeaders ? rows : [header, ...rows]).map((row) => `${row.join('\t')}\n`).join(''),
    TABLE_LAYOUT,
  );
}

function* resources({ flags, args, session, commandPath }: Invocation): Step {
  if (args.length > 0) throw usageFailure(commandPath, `unexpected arguments: [${args.join(' ')}]`);
  const output = flags.text('output');
  if (output !== '' && !FORMATS.includes(output))
    fail(
      `unable to match a printer suitable for the output format ${goQuote(output)}, allowed formats are: ${FORMATS.join(',')}`,
    );
  const sortBy = flags.text('sort-by');
  if (sortBy !== '' && sortBy !== 'name' && sortBy !== 'kind') fail('--sort-by accepts only name or kind');
  const keyOf = (type: ResourceType): string =>
    sortBy === 'name' ? type.resource : sortBy === 'kind' ? type.kind : type.group;
  const verbs = flags.list('verbs');
  const categories = flags.list('categories');
  const types = preferredTypes(session.discovery())
    .filter(
      (type) =>
        type.verbs.length > 0 &&
        (!flags.changed('api-group') || flags.text('api-group') === type.group) &&
        (!flags.changed('namespaced') || flags.toggle('namespaced') === type.namespaced) &&
        verbs.every((verb) => type.verbs.includes(verb)) &&
        categories.every((category) => type.categories.includes(category)),
    )
    .sort((a, b) => compareText(keyOf(a), keyOf(b)) || compareText(a.resource, b.resource));
  if (output === 'name')
    session.out(
      types.map((type) => `${type.resource}${type.group === '' ? '' : `.${type.group}`}\n`).join(''),
    );
  else if (output === 'json' || output === 'yaml') {
    const list: JsonObject = {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: '',
      resources: types.map(asObject),
    };
    session.out(output === 'json' ? `${goJson(list, { indent: 4, sortKeys: false })}\n` : goYaml(list));
  } else session.out(table(types, output === 'wide', flags.toggle('no-headers')));
  return undefined;
}

function* versions({ args, session, commandPath }: Invocation): Step {
  if (args.length > 0) throw usageFailure(commandPath, `unexpected arguments: [${args.join(' ')}]`);
  const names = session.discovery().groupVersions().map(apiVersionOf);
  session.out(
    [...new Set(names)]
      .sort(compareText)
      .map((name) => `${name}\n`)
      .join(''),
  );
  return undefined;
}

export const apiResourcesCommand: Command = {
  ...API_RESOURCES,
  long: 'Print the supported API resources on the server.',
  examples: [
    ['All types', 'kubectl api-resources'],
    ['With their verbs', 'kubectl api-resources -o wide'],
    ['Types that live in namespaces', 'kubectl api-resources --namespaced=true'],
    ['Types of one group', 'kubectl api-resources --api-group=networking.k8s.io'],
  ],
  run: resources,
};

export const apiVersionsCommand: Command = {
  ...API_VERSIONS,
  long: 'Print the supported API versions on the server, in the form of "group/version".',
  examples: [['All versions', 'kubectl api-versions']],
  run: versions,
};
