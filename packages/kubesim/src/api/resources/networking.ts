import type { EndpointSlice } from 'kubernetes-types/discovery/v1';
import type { Ingress, IngressClass, NetworkPolicy } from 'kubernetes-types/networking/v1';
import {
  endpointSlicePrinter,
  ingressClassPrinter,
  ingressPrinter,
  networkPolicyPrinter,
} from '../printers/networking.ts';
import { validateEndpointSlice, validateEndpointSliceUpdate } from '../validation/endpoints.ts';
import { dnsSubdomain } from '../validation/names.ts';
import {
  validateIngress,
  validateIngressClass,
  validateIngressClassUpdate,
  validateIngressCreate,
  networkPolicyWarnings,
  validateNetworkPolicy,
} from '../validation/networking.ts';
import { defineResource, setStatus } from './resource.ts';
import type { Resource } from './resource.ts';

const networkPolicies = defineResource<NetworkPolicy>({
  group: 'networking.k8s.io',
  resource: 'networkpolicies',
  kind: 'NetworkPolicy',
  schema: 'networking.NetworkPolicy',
  namespaced: true,
  nameFormat: dnsSubdomain,
  shortNames: ['netpol'],
  generation: true,
  applyDefaults: ({ spec }) => {
    if (spec === undefined) return;
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
      for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
    // NP4.
    if ((spec.policyTypes ?? []).length === 0)
      spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  },
  validate: validateNetworkPolicy,
  warnings: networkPolicyWarnings,
  printer: networkPolicyPrinter,
});

const ingresses = defineResource<Ingress>({
  group: 'networking.k8s.io',
  resource: 'ingresses',
  kind: 'Ingress',
  schema: 'networking.Ingress',
  namespaced: true,
  nameFormat: dnsSubdomain,
  shortNames: ['ing'],
  status: true,
  generation: true,
  prepareCreate: (object) => setStatus(object, { loadBalancer: {} }),
  validate: validateIngress,
  validateCreate: validateIngressCreate,
  printer: ingressPrinter,
  warnings: (object, previous) =>
    previous === undefined && object.metadata?.annotations?.['kubernetes.io/ingress.class'] !== undefined
      ? [
          'annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead',
        ]
      : [],
});

const ingressClasses = defineResource<IngressClass>({
  group: 'networking.k8s.io',
  resource: 'ingressclasses',
  kind: 'IngressClass',
  schema: 'networking.IngressClass',
  namespaced: false,
  nameFormat: dnsSubdomain,
  generation: true,
  applyDefaults: ({ spec }) => {
    if (spec?.parameters !== undefined) spec.parameters.scope ??= 'Cluster';
  },
  validate: validateIngressClass,
  validateUpdate: validateIngressClassUpdate,
  printer: ingressClassPrinter,
});

const endpointSlices = defineResource<EndpointSlice>({
  group: 'discovery.k8s.io',
  resource: 'endpointslices',
  kind: 'EndpointSlice',
  schema: 'discovery.EndpointSlice',
  namespaced: true,
  nameFormat: dnsSubdomain,
  generation: true,
  applyDefaults: (object) => {
    const slice = object as Partial<Record<'endpoints' | 'ports', readonly unknown[] | null>>;
    for (const port of object.ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
    // Neither field is left out when empty, and protobuf knows no empty list: the store gives null back.
    for (const list of ['endpoints', 'ports'] as const)
      if ((slice[list] ?? []).length === 0) slice[list] = null;
  },
  validate: validateEndpointSlice,
  validateUpdate: validateEndpointSliceUpdate,
  printer: endpointSlicePrinter,
});

export const networkingResources: readonly Resource[] = [ingressClasses, ingresses, networkPolicies];
export const discoveryResources: readonly Resource[] = [endpointSlices];
