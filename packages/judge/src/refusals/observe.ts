import { pathOf } from '../apply/collections.ts';
import { FIELD_MANAGER } from '../bench/bench.ts';
import type { Bench } from '../bench/bench.ts';
import type { Observation } from '../observe/observation.ts';
import { NASTY_MANIFESTS } from './manifests.ts';

const PATHS: Readonly<Record<string, string>> = {
  Pod: pathOf('pods', 'default'),
  Service: pathOf('services', 'default'),
  NetworkPolicy: pathOf('networkpolicies', 'default'),
  EndpointSlice: pathOf('endpointslices', 'default'),
  Ingress: '/apis/networking.k8s.io/v1/namespaces/default/ingresses',
  Deployment: '/apis/apps/v1/namespaces/default/deployments',
  ConfigMap: '/api/v1/namespaces/default/configmaps',
  Secret: '/api/v1/namespaces/default/secrets',
};
/** Given anew to each Service. */
const DRAWN =
  /"(uid|creationTimestamp|time)":"[^"]*"|"(nodePort|healthCheckNodePort)":3\d+|"(kube-api-access)-\w+"/g;
const CLUSTER_ADDRESS = /"10\.96\.(?!0\.1")\d+\.\d+"/g;

/** What the API server answers to each nasty manifest, nothing being kept. */
export async function observeRefusals(bench: Bench): Promise<Observation> {
  const observation: Record<string, readonly string[]> = {};
  for (const { name, object } of NASTY_MANIFESTS) {
    const { kind } = object as { readonly kind: string };
    const { status, json } = await bench.request({
      method: 'POST',
      path: PATHS[kind] ?? '',
      query: { dryRun: 'All', fieldValidation: 'Strict', fieldManager: FIELD_MANAGER },
      body: object,
    });
    const text = JSON.stringify(json, inOrder)
      .replace(DRAWN, '"$1$2$3":…')
      .replace(CLUSTER_ADDRESS, '"<service address>"');
    observation[`manifest | ${name}`] = [`${status}`, ...linesOf(text)];
  }
  return observation;
}

/** JSON's keys have no order. */
function inOrder(key: string, value: unknown): unknown {
  if (key === 'managedFields' || value === null || typeof value !== 'object' || Array.isArray(value))
    return key === 'managedFields' ? undefined : value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** A message a line: a difference shows the one that differs. */
function linesOf(text: string): readonly string[] {
  return text.split(/(?<=[,}])(?=["{])/);
}
