import { allSchemaTypes } from './table.ts';

/** API group → package of the field tables. */
const PACKAGES: Readonly<Record<string, string>> = {
  '': 'core',
  apps: 'apps',
  batch: 'batch',
  autoscaling: 'autoscaling',
  policy: 'policy',
  'discovery.k8s.io': 'discovery',
  'networking.k8s.io': 'networking',
  'coordination.k8s.io': 'coordination',
  'events.k8s.io': 'events',
  'rbac.authorization.k8s.io': 'rbac',
  'authorization.k8s.io': 'authorization',
  'authentication.k8s.io': 'authentication',
  'scheduling.k8s.io': 'scheduling',
  'storage.k8s.io': 'storage',
  'apiextensions.k8s.io': 'apiextensions',
  'admissionregistration.k8s.io': 'admissionregistration',
};

/** Kinds that every group has for its requests and answers. */
const META_KINDS: ReadonlySet<string> = new Set(['DeleteOptions', 'Status']);

/** The field table of a kind, or undefined when it is not modelled. */
export function schemaOfKind(apiVersion: string, kind: string): string | undefined {
  if (META_KINDS.has(kind)) return `meta.${kind}`;
  const [group = '', version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  if (version !== 'v1' || !Object.hasOwn(PACKAGES, group)) return undefined;
  const name = `${PACKAGES[group] ?? ''}.${kind}`;
  return allSchemaTypes().has(name) ? name : undefined;
}
