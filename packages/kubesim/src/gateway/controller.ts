import type { Condition } from 'kubernetes-types/meta/v1';
import type { Component, ComponentContext } from '../component.ts';
import type { ApiServer } from '../api/server.ts';
import { sameValue } from '../runtime/objects.ts';
import type { BoundGateway, Verdict } from './binding.ts';
import { CONTROLLER_NAME, GATEWAY_GROUP } from './model.ts';
import type { Gateway, GatewayClass, HttpRoute, ParentReference } from './model.ts';
import { carrierName, gatewayObjects } from './objects.ts';
import { gatewayRequest, gatewaySnapshot } from './snapshot.ts';
import type { GatewaySnapshot } from './snapshot.ts';

/** What the controller remembers: whether it has made its class, which a learner may then remove. */
export interface GatewayControllerState {
  classMade: boolean;
}

export function newGatewayControllerState(): GatewayControllerState {
  return { classMade: false };
}

/**
 * Component `gateway-controller`: answers the Gateway API (GW1 to GW6). Each Gateway of its classes gets
 * pods and a Service of its own; what they do with a request they ask `snapshot.ts`.
 */
export function createGatewayController(
  context: ComponentContext,
  api: ApiServer,
  state: GatewayControllerState,
  options: { readonly className: string; readonly loadBalancer: boolean },
): Component {
  const run = (): void => {
    if (!state.classMade) state.classMade = makeClass(api, options.className);
    const snapshot = gatewaySnapshot(api);
    for (const gatewayClass of snapshot.classes) acceptClass(context, api, gatewayClass);
    for (const bound of snapshot.bound) {
      carry(context, bound, options.loadBalancer);
      writeGateway(context, api, bound);
    }
    writeRoutes(context, api, snapshot);
  };
  return {
    name: 'gateway-controller',
    watches: [
      'Service',
      'Deployment',
      'Namespace',
      'Secret',
      'apiextensions.k8s.io/customresourcedefinitions',
      ...(['gatewayclasses', 'gateways', 'httproutes', 'referencegrants'] as const).map(
        (plural) => `${GATEWAY_GROUP}/${plural}` as const,
      ),
    ],
    resync: run,
    onChanges: run,
  };
}

function makeClass(api: ApiServer, name: string): boolean {
  return gatewayRequest(api, 'POST', `/apis/${GATEWAY_GROUP}/v1/gatewayclasses`, {
    apiVersion: `${GATEWAY_GROUP}/v1`,
    kind: 'GatewayClass',
    metadata: { name },
    spec: { controllerName: CONTROLLER_NAME },
  }).ok;
}

/** Conditions with their generation; one whose status stays keeps the time of its last change. */
function conditionsOf(
  context: ComponentContext,
  object: { readonly metadata: { readonly generation?: number } },
  before: readonly Condition[] | undefined,
  verdicts: readonly Verdict[],
): readonly Condition[] {
  const now = new Date(context.simulation.nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return verdicts.map((verdict) => {
    const known = before?.find(({ type, status }) => type === verdict.type && status === verdict.status);
    return {
      ...verdict,
      observedGeneration: object.metadata.generation ?? 1,
      lastTransitionTime: known?.lastTransitionTime ?? now,
    };
  });
}

function writeStatus(
  api: ApiServer,
  plural: string,
  object: Gateway | GatewayClass | HttpRoute,
  status: object,
): void {
  if (sameValue(object.status, status)) return;
  const { namespace, name } = object.metadata;
  const at = namespace === undefined ? '' : `namespaces/${namespace}/`;
  gatewayRequest(api, 'PUT', `/apis/${GATEWAY_GROUP}/v1/${at}${plural}/${name ?? ''}/status`, {
    ...object,
    status,
  });
}

function acceptClass(context: ComponentContext, api: ApiServer, gatewayClass: GatewayClass): void {
  const verdict = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '' };
  writeStatus(api, 'gatewayclasses', gatewayClass, {
    conditions: conditionsOf(context, gatewayClass, gatewayClass.status?.conditions, [verdict]),
  });
}

/** The Gateway's own pods and Service, as its listeners ask for them. */
function carry({ client }: ComponentContext, { gateway }: BoundGateway, loadBalancer: boolean): void {
  const { service, deployment } = gatewayObjects(gateway, { loadBalancer });
  const { namespace = 'default', name = '' } = service.metadata ?? {};
  if ((service.spec?.ports ?? []).length === 0) return;
  const presentService = client.get('Service', namespace, name);
  if (presentService === undefined) client.create('Service', service);
  else {
    const wanted = service.spec?.ports?.map(({ port }) => port);
    if (
      !sameValue(
        presentService.spec?.ports?.map(({ port }) => port),
        wanted,
      )
    )
      client.update('Service', {
        ...presentService,
        spec: {
          ...presentService.spec,
          ...(service.spec?.ports === undefined ? {} : { ports: service.spec.ports }),
        },
      });
  }
  const present = client.get('Deployment', namespace, name);
  if (present === undefined) {
    client.create('Deployment', deployment);
    return;
  }
  const args = deployment.spec?.template.spec?.containers[0]?.args;
  if (present.spec === undefined || deployment.spec === undefined) return;
  if (!sameValue(present.spec.template.spec?.containers[0]?.args, args))
    client.update('Deployment', {
      ...present,
      spec: { ...present.spec, template: deployment.spec.template },
    });
}

function addressesOf(context: ComponentContext, gateway: Gateway): readonly string[] {
  const namespace = gateway.metadata.namespace ?? 'default';
  const service = context.client.get('Service', namespace, carrierName(gateway));
  if (service?.spec?.type === 'LoadBalancer')
    return (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
  // Reached by node ports: any node will do, and the first is named.
  const [node] = context.client.list('Node');
  const address = node?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  return service === undefined || address === undefined ? [] : [address];
}

function writeGateway(context: ComponentContext, api: ApiServer, bound: BoundGateway): void {
  const { gateway, verdict, listeners } = bound;
  const addresses = addressesOf(context, gateway).map((value) => ({ type: 'IPAddress', value }));
  const deployment = context.client.get(
    'Deployment',
    gateway.metadata.namespace ?? 'default',
    carrierName(gateway),
  );
  const programmed: Verdict =
    verdict.status !== 'True'
      ? { type: 'Programmed', status: 'False', reason: 'Invalid', message: 'the Gateway is not accepted' }
      : addresses.length === 0
        ? {
            type: 'Programmed',
            status: 'False',
            reason: 'AddressNotAssigned',
            message: 'no address has been assigned to the Gateway',
          }
        : (deployment?.status?.availableReplicas ?? 0) === 0
          ? {
              type: 'Programmed',
              status: 'False',
              reason: 'NoResources',
              message: 'no pod of the Gateway is ready',
            }
          : { type: 'Programmed', status: 'True', reason: 'Programmed', message: '' };
  const before = gateway.status;
  writeStatus(api, 'gateways', gateway, {
    ...(addresses.length === 0 ? {} : { addresses }),
    conditions: conditionsOf(context, gateway, before?.conditions, [verdict, programmed]),
    listeners: listeners.map(({ listener, supportedKinds, attachedRoutes, verdicts }) => ({
      name: listener.name,
      supportedKinds,
      attachedRoutes,
      conditions: conditionsOf(
        context,
        gateway,
        before?.listeners?.find(({ name }) => name === listener.name)?.conditions,
        verdicts,
      ),
    })),
  });
}

function sameParent(left: ParentReference, right: ParentReference): boolean {
  return sameValue(left, right);
}

/** What other controllers say of a route is left as it is. */
function writeRoutes(context: ComponentContext, api: ApiServer, { bound, routes }: GatewaySnapshot): void {
  for (const route of routes) {
    const before = route.status?.parents ?? [];
    const mine = bound.flatMap(({ parents }) => parents.filter((parent) => parent.route === route));
    const parents = [
      ...before.filter(({ controllerName }) => controllerName !== CONTROLLER_NAME),
      ...mine.map(({ parentRef, verdicts }) => ({
        parentRef,
        controllerName: CONTROLLER_NAME,
        conditions: conditionsOf(
          context,
          route,
          before.find(
            (each) => each.controllerName === CONTROLLER_NAME && sameParent(each.parentRef, parentRef),
          )?.conditions,
          verdicts,
        ),
      })),
    ];
    if (parents.length > 0 || before.length > 0) writeStatus(api, 'httproutes', route, { parents });
  }
}
