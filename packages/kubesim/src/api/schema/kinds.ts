import { allSchemaTypes } from './table.ts';

/** API group, with a version that is not v1 → package of the field tables. */
const PACKAGES: Readonly<Record<string, string>> = {
  '': 'core',
  apps: 'apps',
  batch: 'batch',
  autoscaling: 'autoscaling',
  'autoscaling/v2': 'autoscaling2',
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
  'apiregistration.k8s.io': 'apiregistration',
  'certificates.k8s.io': 'certificates',
  'flowcontrol.apiserver.k8s.io': 'flowcontrol',
  'node.k8s.io': 'node',
  'resource.k8s.io': 'resource',
};

/** Kinds that every group has for its requests and answers. */
const META_KINDS: ReadonlySet<string> = new Set(['DeleteOptions', 'Status']);

/** The field table of a kind, or undefined when it is not modelled. */
export function schemaOfKind(apiVersion: string, kind: string): string | undefined {
  if (META_KINDS.has(kind)) return `meta.${kind}`;
  const [group = '', version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const key = version === 'v1' ? group : apiVersion;
  if (!Object.hasOwn(PACKAGES, key)) return undefined;
  const name = `${PACKAGES[key] ?? ''}.${kind}`;
  return allSchemaTypes().has(name) ? name : undefined;
}
