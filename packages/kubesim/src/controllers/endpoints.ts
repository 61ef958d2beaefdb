import type { EndpointAddress, EndpointPort, EndpointSubset, Pod, Service } from 'kubernetes-types/core/v1';
import { mapSelectorMatches } from '../labels/selector.ts';
import { isTerminating, keyOf, nameOf, namespaceOf, sameValue, splitKey, uidOf } from '../runtime/objects.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext, ReconcileResult } from './contract.ts';
import { addressOf, portsFor } from './endpointslice.ts';
import { isPodFinished, isPodReady, servicesOfPod } from './pod-control.ts';
import { annotatedWith, TRIGGER_TIME_ANNOTATION, triggerTime } from './trigger-time.ts';

/** endpoints controller: maxCapacity. More are cut, and an annotation says so. */
const MAX_ADDRESSES = 1000;
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
/** Since 1.33 this label tells the controller's own Endpoints from hand-made ones. */
export const ENDPOINTS_MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const MANAGER = 'endpoint-controller';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';

/** Before a key: the Service of this name that was there has ended. */
const ENDED = 'ended:';

export function endpointsController(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'endpoints-controller',
    watches: ['Service', 'Pod', 'Endpoints'],
    keysOf(change) {
      const key = keyOf(change.object);
      // The real controller hears of a Service's end before a client can make another of its name; here both may
      // happen at one moment.
      if (change.kind === 'Service' && change.type === 'DELETED') return [`${ENDED}${key}`, key];
      if (change.kind === 'Service' || change.kind === 'Endpoints') return [key];
      const pod = changeOf(change, 'Pod');
      if (pod === undefined) return [];
      const before = pod.previous === undefined ? [] : servicesOfPod(client, pod.previous);
      return [...before, ...servicesOfPod(client, pod.object)];
    },
    allKeys: () => client.list('Service').map(keyOf),
    reconcile(key) {
      const { namespace, name } = splitKey(key.startsWith(ENDED) ? key.slice(ENDED.length) : key);
      if (key.startsWith(ENDED)) return removeOrphan(context, namespace, name);
      const service = client.get('Service', namespace, name);
      if (service === undefined) return removeOrphan(context, namespace, name);
      const selector = service.spec?.selector;
      if (
        isTerminating(service) ||
        selector === undefined ||
        Object.keys(selector).length === 0 ||
        service.spec?.type === 'ExternalName'
      )
        return DONE;
      return reconcile(context, service, selector);
    },
  };
}

/** The Endpoints of a Service that is gone go too; those that the API server or a person keeps do not carry our label. */
function removeOrphan(context: ControllerContext, namespace: string, name: string): ReconcileResult {
  const endpoints = context.client.get('Endpoints', namespace, name);
  if (endpoints?.metadata?.labels?.[ENDPOINTS_MANAGED_BY] !== MANAGER) return DONE;
  const result = context.client.delete('Endpoints', namespace, name);
  return result.ok || result.status.code === 404 ? DONE : RETRY;
}

function reconcile(
  context: ControllerContext,
  service: Service,
  selector: Readonly<Record<string, string>>,
): ReconcileResult {
  const { client } = context;
  const namespace = namespaceOf(service);
  const pods = client
    .list('Pod', { namespace })
    .filter((pod) => mapSelectorMatches(selector, pod.metadata?.labels));
  const { subsets, overCapacity } = endpointSubsets(service, pods);
  const headless = service.spec?.clusterIP === 'None';
  const labels: Record<string, string> = {
    ...service.metadata?.labels,
    ...(headless ? { [HEADLESS_LABEL]: '' } : {}),
    [ENDPOINTS_MANAGED_BY]: MANAGER,
  };
  const present = client.get('Endpoints', namespace, nameOf(service));
  if (present === undefined) {
    const created = client.create('Endpoints', {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: {
        name: nameOf(service),
        namespace,
        labels,
        annotations:
          annotatedWith(
            overCapacity ? { [OVER_CAPACITY]: 'truncated' } : {},
            triggerTime(service, pods, undefined),
          ) ?? {},
      },
      ...(subsets.length === 0 ? {} : { subsets }),
    });
    return created.ok || created.status.code === 403 || created.status.code === 404 ? DONE : RETRY;
  }
  if (sameValue(present.subsets ?? [], subsets) && sameValue(present.metadata?.labels ?? {}, labels))
    return DONE;
  const { subsets: shown = [], ...rest } = present;
  const { annotations: before, ...metadata } = present.metadata ?? {};
  const annotations = annotatedWith(
    before,
    triggerTime(service, pods, {
      annotation: before?.[TRIGGER_TIME_ANNOTATION],
      pods: new Set(
        shown.flatMap(({ addresses = [], notReadyAddresses = [] }) =>
          [...addresses, ...notReadyAddresses].flatMap(({ targetRef }) => targetRef?.name ?? []),
        ),
      ),
    }),
  );
  const updated = client.update('Endpoints', {
    ...rest,
    metadata: { ...metadata, labels, ...(annotations === undefined ? {} : { annotations }) },
    ...(subsets.length === 0 ? {} : { subsets }),
  });
  return updated.ok ? DONE : RETRY;
}

interface Member {
  readonly address: EndpointAddress;
  readonly ready: boolean;
}

/**
 * SVC19. Ports that the same pods offer share a subset, and a pod stands in as many subsets as it has ports that others
 * lack (upstream's RepackSubsets). Their order is that of first sight: upstream's is that of a hash.
 */
export function endpointSubsets(
  service: Service,
  pods: readonly Pod[],
): { readonly subsets: EndpointSubset[]; readonly overCapacity: boolean } {
  const byPort = new Map<string, { readonly ports: EndpointPort[]; readonly members: Member[] }>();
  const offer = (port: EndpointPort | undefined, member: Member): void => {
    const key = JSON.stringify(port ?? null);
    const known = byPort.get(key);
    if (known === undefined) byPort.set(key, { ports: port === undefined ? [] : [port], members: [member] });
    else known.members.push(member);
  };
  const family = service.spec?.ipFamilies?.[0] === 'IPv6' ? 'IPv6' : 'IPv4';
  let count = 0;
  for (const pod of pods) {
    const ip = addressOf(pod, family);
    // Unlike slices, Endpoints know no terminating state: such pods count only where not-ready ones are published.
    if (
      ip === undefined ||
      isPodFinished(pod) ||
      (isTerminating(pod) && service.spec?.publishNotReadyAddresses !== true)
    )
      continue;
    if (++count > MAX_ADDRESSES) break;
    const hostname = pod.spec?.subdomain === nameOf(service) ? pod.spec.hostname : undefined;
    const member: Member = {
      address: {
        ip,
        ...(hostname === undefined ? {} : { hostname }),
        ...(pod.spec?.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
        targetRef: { kind: 'Pod', namespace: namespaceOf(pod), name: nameOf(pod), uid: uidOf(pod) },
      },
      ready: service.spec?.publishNotReadyAddresses === true || isPodReady(pod),
    };
    // Unlike in slices, a pod that has none of the Service's named ports is no endpoint at all.
    if ((service.spec?.ports ?? []).length === 0) offer(undefined, member);
    for (const { name, ...port } of portsFor(service, pod))
      offer(
        { ...port, port: port.port ?? 0, ...(name === '' || name === undefined ? {} : { name }) },
        member,
      );
  }
  const byMembers = new Map<
    string,
    { readonly ports: EndpointPort[]; readonly members: readonly Member[] }
  >();
  for (const { ports, members } of byPort.values()) {
    const key = members.map(({ address }) => `${address.ip} ${address.targetRef?.uid ?? ''}`).join();
    const known = byMembers.get(key);
    if (known === undefined) byMembers.set(key, { ports: [...ports], members });
    else known.ports.push(...ports);
  }
  const subsets = [...byMembers.values()].map(({ ports, members }): EndpointSubset => {
    const addresses = addressesOf(members, true);
    const notReadyAddresses = addressesOf(members, false);
    return {
      ...(addresses.length === 0 ? {} : { addresses }),
      ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
      ...(ports.length === 0 ? {} : { ports }),
    };
  });
  return { subsets, overCapacity: count > MAX_ADDRESSES };
}

function addressesOf(members: readonly Member[], wanted: boolean): EndpointAddress[] {
  return members
    .filter(({ ready }) => ready === wanted)
    .map(({ address }) => address)
    .sort(byIp);
}

function byIp(left: EndpointAddress, right: EndpointAddress): number {
  return left.ip < right.ip ? -1 : left.ip > right.ip ? 1 : 0;
}
