import { utf8Decode, utf8Encode } from '@podwire/sim';
import type { ApiRequest, UserInfo } from '../api/http.ts';
import type { ApiServer } from '../api/server.ts';
import { secretChain } from '../ingress/certificates.ts';
import { selectorMatches } from '../labels/selector.ts';
import { bindGateway } from './binding.ts';
import type { BoundGateway, Surroundings } from './binding.ts';
import { CONTROLLER_NAME, GATEWAY_GROUP } from './model.ts';
import type { Gateway, GatewayClass, HttpRoute, ReferenceGrant } from './model.ts';

/** As whom the controller reads and writes. */
const CONTROLLER_USER: UserInfo = {
  name: 'system:serviceaccount:gateway-system:gateway-controller',
  groups: ['system:masters', 'system:serviceaccounts', 'system:authenticated'],
};

/** All that the controller knows of the Gateway API at one revision. */
export interface GatewaySnapshot {
  readonly classes: readonly GatewayClass[];
  readonly bound: readonly BoundGateway[];
  readonly routes: readonly HttpRoute[];
  readonly around: Surroundings;
}

export function gatewayRequest(
  api: ApiServer,
  method: ApiRequest['method'],
  path: string,
  body?: object,
): { readonly ok: boolean; readonly json: unknown } {
  const response = api.handle({
    method,
    path,
    query: [],
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    ...(body === undefined ? {} : { body: utf8Encode(JSON.stringify(body)) }),
    user: CONTROLLER_USER,
  });
  const ok = response.status < 300;
  return { ok, json: ok && response.body !== undefined ? JSON.parse(utf8Decode(response.body)) : undefined };
}

function listOf(api: ApiServer, version: string, plural: string): readonly unknown[] {
  const { json } = gatewayRequest(api, 'GET', `/apis/${GATEWAY_GROUP}/${version}/${plural}`);
  return (json as { readonly items?: readonly unknown[] } | undefined)?.items ?? [];
}

/** Read again only when something was written: requests far outnumber changes. */
const snapshots = new WeakMap<ApiServer, { readonly revision: number; readonly snapshot: GatewaySnapshot }>();

export function gatewaySnapshot(api: ApiServer): GatewaySnapshot {
  const revision = api.revision();
  const known = snapshots.get(api);
  if (known?.revision === revision) return known.snapshot;
  const snapshot = readSnapshot(api);
  snapshots.set(api, { revision, snapshot });
  return snapshot;
}

function readSnapshot(api: ApiServer): GatewaySnapshot {
  const client = api.clientFor(CONTROLLER_USER);
  const classes = (listOf(api, 'v1', 'gatewayclasses') as readonly GatewayClass[]).filter(
    ({ spec }) => spec.controllerName === CONTROLLER_NAME,
  );
  const ours = new Set(classes.map(({ metadata }) => metadata.name));
  const routes = (listOf(api, 'v1', 'httproutes') as readonly HttpRoute[]).filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  );
  const around: Surroundings = {
    grants: listOf(api, 'v1beta1', 'referencegrants') as readonly ReferenceGrant[],
    namespaceLabels: (namespace) => client.get('Namespace', undefined, namespace)?.metadata?.labels,
    selects: (selector, labels) => selectorMatches(selector as Parameters<typeof selectorMatches>[0], labels),
    serviceExists: (namespace, name, port) => {
      const service = client.get('Service', namespace, name);
      if (service === undefined) return false;
      return port === undefined || service.spec?.ports?.some((each) => each.port === port) === true;
    },
    chainOf: (namespace, secret) => secretChain(client, namespace, secret)?.map(({ der }) => der),
  };
  const gateways = (listOf(api, 'v1', 'gateways') as readonly Gateway[]).filter(
    ({ spec, metadata }) => ours.has(spec.gatewayClassName) && metadata.deletionTimestamp === undefined,
  );
  return { classes, routes, around, bound: gateways.map((gateway) => bindGateway(gateway, routes, around)) };
}
