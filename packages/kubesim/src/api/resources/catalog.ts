import type { Kind } from '../client.ts';
import { coreResources } from './core.ts';
import { discoveryResources, networkingResources } from './networking.ts';
import { otherResources } from './others.ts';
import type { Resource } from './resource.ts';
import { appsResources, batchResources } from './workloads.ts';

/** Every kind that this cluster serves. A kind that is not here is answered as an API server does that does not know it (API10). */
export const catalog: readonly Resource[] = [
  ...coreResources,
  ...appsResources,
  ...batchResources,
  ...networkingResources,
  ...discoveryResources,
  ...otherResources,
];

/** Order in which discovery tells of groups: that of the real server, which clients print and search by. */
export const GROUP_ORDER: readonly string[] = [
  '',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'apps',
  'batch',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
];

const byPath = new Map(catalog.map((resource) => [`${resource.group}/${resource.resource}`, resource]));

export function findResource(group: string, resource: string): Resource | undefined {
  return byPath.get(`${group}/${resource}`);
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
