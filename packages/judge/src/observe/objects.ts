import type { Applied } from '../apply/apply.ts';
import { listOf } from '../apply/collections.ts';
import type { Collection } from '../apply/collections.ts';
import type { Names } from '../apply/names.ts';
import { MANIFEST_ANNOTATION } from '../apply/manifests.ts';
import { CANARY } from '../apply/canary.ts';
import type { Bench } from '../bench/bench.ts';
import type { World } from '../world/world.ts';
import type { Observation } from './observation.ts';

const COLLECTIONS: readonly Collection[] = [
  'pods',
  'services',
  'endpoints',
  'endpointslices',
  'networkpolicies',
];
/** What no two clusters have in common. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'time',
  'startTime',
  'startedAt',
  'finishedAt',
  'lastTransitionTime',
  'lastProbeTime',
  'containerID',
  'imageID',
  'generation',
  'observedGeneration',
]);
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Every object of the world as the API server now has it, a line a field. */
export async function observeObjects(
  bench: Bench,
  { names, refusals }: Applied,
  world: World,
): Promise<Observation> {
  const observation: Record<string, readonly string[]> = {};
  for (const { name: namespace } of world.namespaces)
    for (const collection of COLLECTIONS)
      for (const object of await listOf<Json>(bench, collection, namespace)) {
        const { name = '', ...rest } = metadataOf(object);
        if (name === CANARY || rest['generateName'] === `${CANARY}-`) continue;
        const shared = rest['generateName'] === undefined ? name : `${rest['generateName']}…`;
        const key = `object | ${collection} ${namespace}/${shared}`;
        const lines = fieldsOf(object, names);
        // Slices of one Service have no name that both clusters share; their ports tell them apart.
        observation[key] = [...(observation[key] ?? []), ...lines].sort();
      }
  for (const [key, status] of refusals)
    observation[`refusal | ${key}`] = [names.plain(JSON.stringify(status))];
  return observation;
}

function metadataOf(object: Json): Readonly<Record<string, string>> {
  return (object as { readonly metadata?: Readonly<Record<string, string>> }).metadata ?? {};
}

export function fieldsOf(object: Json, names: Names): readonly string[] {
  const lines: string[] = [];
  const visit = (path: string, value: Json): void => {
    if (value !== null && typeof value === 'object') {
      const entries = Array.isArray(value)
        ? sorted(path, value as readonly Json[], names).map((item, index) => [String(index), item] as const)
        : Object.entries(value as Readonly<Record<string, Json>>);
      if (entries.length === 0) lines.push(`${path}: ${Array.isArray(value) ? '[]' : '{}'}`);
      for (const [key, item] of entries)
        if (!OWN_FIELDS.has(key) && key !== MANIFEST_ANNOTATION && key !== 'managedFields')
          visit(`${path}.${plainText(names, key)}`, item);
    } else lines.push(`${path}: ${plainText(names, String(value))}`);
  };
  visit('', object);
  return lines;
}

/** Endpoints and conditions come in no order that means anything; subsets in that of a hash over their pods' UIDs. */
function sorted(path: string, items: readonly Json[], names: Names): readonly Json[] {
  if (
    !/\.(endpoints|subsets|addresses|notReadyAddresses|conditions|ports)$/.test(path) ||
    path.startsWith('.spec')
  )
    return items;
  const text = (item: Json): string => names.plain(fieldsOf(item, names).toSorted().join());
  return [...items].sort((left, right) => (text(left) < text(right) ? -1 : 1));
}

function plainText(names: Names, text: string): string {
  return names
    .plain(text)
    .replace(TIME, '<time>')
    .replace(/\b(s\d|peers)-[a-z0-9]{5}\b/g, '$1-…')
    .replace(/kube-api-access-[a-z0-9]{5}/g, 'kube-api-access-…');
}
