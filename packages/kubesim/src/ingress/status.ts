import type { Ingress } from 'kubernetes-types/networking/v1';
import type { Component, ComponentContext } from '../component.ts';
import { about } from '../controllers/pod-control.ts';
import { isTerminating, keyOf, sameValue, uidOf } from '../runtime/objects.ts';
import { INGRESS_CONTROLLER_NAME, INGRESS_NAMESPACE } from './objects.ts';
import { unknownAnnotations } from './annotations.ts';
import { servedIngresses } from './routes.ts';

/** The Ingresses that the controller has spoken of, by uid, with the generation it saw. */
export interface IngressStatusState {
  readonly announced: Map<string, number>;
}

export function newIngressStatusState(): IngressStatusState {
  return { announced: new Map() };
}

/**
 * Component `ingress-nginx`: what the controller writes into the API. The Ingresses it serves get its
 * address; without a pod that is ready nothing is written (ING11).
 */
export function createIngressStatus(context: ComponentContext, state: IngressStatusState): Component {
  const run = (): void => sync(context, state);
  return {
    name: 'ingress-nginx',
    watches: ['Ingress', 'IngressClass', 'Service', 'Pod'],
    resync: run,
    onChanges: run,
  };
}

function sync(context: ComponentContext, state: IngressStatusState): void {
  const { client } = context;
  const nodes = readyNodes(context);
  if (nodes.length === 0) return;
  const loadBalancer = { ingress: addresses(context, nodes) };
  const all = client.list('Ingress');
  const served = servedIngresses(all, client.list('IngressClass'));
  const present = new Set(all.map(uidOf));
  for (const uid of [...state.announced.keys()]) if (!present.has(uid)) state.announced.delete(uid);
  for (const ingress of served) {
    announce(context, state, ingress);
    if (!sameValue(ingress.status?.loadBalancer, loadBalancer))
      client.updateStatus('Ingress', { ...ingress, status: { loadBalancer } });
  }
  const mine = new Set(served.map(keyOf));
  for (const ingress of all)
    if (!mine.has(keyOf(ingress)) && state.announced.delete(uidOf(ingress)))
      client.updateStatus('Ingress', { ...ingress, status: { loadBalancer: {} } });
}

function announce(context: ComponentContext, state: IngressStatusState, ingress: Ingress): void {
  const generation = ingress.metadata?.generation ?? 1;
  if (state.announced.get(uidOf(ingress)) === generation) return;
  state.announced.set(uidOf(ingress), generation);
  const subject = about('Ingress', 'networking.k8s.io/v1', ingress);
  context.event(subject, 'Normal', 'Sync', 'Scheduled for sync');
  for (const annotation of unknownAnnotations(ingress))
    context.event(
      subject,
      'Warning',
      'AnnotationNotModelled',
      `${annotation} is not part of this simulation: it changes nothing`,
    );
}

/** Internal addresses of the nodes that run a ready controller. */
function readyNodes({ client }: ComponentContext): readonly string[] {
  const pods = client.list('Pod', {
    namespace: INGRESS_NAMESPACE,
    labelSelector: 'app.kubernetes.io/component=controller',
  });
  return [
    ...new Set(
      pods
        .filter(
          (pod) =>
            !isTerminating(pod) &&
            pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ===
              true,
        )
        .flatMap(({ status }) => status?.hostIP ?? []),
    ),
  ];
}

/** Those of the Service that publishes the controller, else the nodes on which it runs. */
function addresses({ client }: ComponentContext, nodes: readonly string[]): { ip: string }[] {
  const service = client.get('Service', INGRESS_NAMESPACE, INGRESS_CONTROLLER_NAME);
  const published = (service?.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
  return (published.length > 0 ? published : nodes).map((ip) => ({ ip }));
}
