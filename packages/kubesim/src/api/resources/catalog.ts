import type { Kind } from '../client.ts';
import { administrationResources, autoscalers } from './administration.ts';
import { coreResources } from './core.ts';
import { flowControlResources } from './flow-control.ts';
import { keptResources } from './kept.ts';
import { discoveryResources, networkingResources } from './networking.ts';
import { otherResources } from './others.ts';
import type { Resource } from './resource.ts';
import { replicationResources } from './replication.ts';
import { volumeResources } from './volumes.ts';
import { appsResources, batchResources } from './workloads.ts';

/** Every kind that this cluster serves. A kind that is not here is answered as an API server does that does not know it (API10). */
export const catalog: readonly Resource[] = [
  ...coreResources,
  ...replicationResources,
  ...volumeResources,
  ...appsResources,
  ...batchResources,
  ...networkingResources,
  ...discoveryResources,
  ...otherResources,
  ...autoscalers,
  ...administrationResources,
  ...keptResources,
  ...flowControlResources,
];

/** Order in which discovery tells of groups: that of the real server, which clients print and search by. */
const GROUP_ORDER: readonly string[] = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
];

/** Each group with its versions, the preferred one first. */
export const BUILT_IN_VERSIONS: readonly { readonly group: string; readonly version: string }[] =
  GROUP_ORDER.flatMap((group) =>
    (group === 'autoscaling' ? ['v2', 'v1'] : ['v1']).map((version) => ({ group, version })),
  );

const pathOf = ({ group, version, resource }: Pick<Resource, 'group' | 'version' | 'resource'>): string =>
  `${group}/${version}/${resource}`;
const byPath = new Map(catalog.map((resource) => [pathOf(resource), resource]));

export function findResource(group: string, resource: string, version = 'v1'): Resource | undefined {
  return byPath.get(pathOf({ group, version, resource }));
}

/** The typed kinds of the in-process client; events are those of core/v1. */
const byKind = new Map(
  catalog.filter((resource) => resource.view === undefined).map((resource) => [resource.kind, resource]),
);

export function resourceOfKind(kind: Kind): Resource {
  const resource = byKind.get(kind);
  if (resource === undefined) throw new Error(`no resource of kind ${kind}`);
  return resource;
}

const byTable = new Map(
  catalog.filter((resource) => resource.view === undefined).map((resource) => [resource.table, resource]),
);

export function resourceOfTable(table: string): Resource | undefined {
  return byTable.get(table);
}
