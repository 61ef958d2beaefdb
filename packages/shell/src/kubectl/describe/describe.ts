import { resourcePath } from '../api/discovery.ts';
import type { ResourceType } from '../api/discovery.ts';
import { Failure, isNotFound, messageOf, reasonOf } from '../failure.ts';
import { selectorText } from '../resources/pods.ts';
import type { Session } from '../session.ts';
import { numberAt, objectAt, objectsAt, textAt, textMapAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { formatLabels } from '../printers/table.ts';
import { describeBinding, describeRole } from './access.ts';
import {
  describeConfigMap,
  describeDisruptionBudget,
  describeLimitRange,
  describeNamespace,
  describePriorityClass,
  describeQuota,
  describeSecret,
  describeServiceAccount,
  describeServiceCidr,
  describeStorageClass,
} from './configuration.ts';
import { describeGeneric } from './generic.ts';
import {
  describeEndpointSlice,
  describeEndpoints,
  describeIngress,
  describeIngressClass,
  describeNetworkPolicy,
  describeService,
} from './networking.ts';
import { describeNode } from './node.ts';
import type { LeaseResult } from './node.ts';
import { describePod, describeTemplate } from './pod.ts';
import {
  describeCronJob,
  describeDaemonSet,
  describeDeployment,
  describeJob,
  describeReplicaSet,
  describeStatefulSet,
  podStatus,
} from './workloads.ts';
import { DescribeWriter } from './writer.ts';

export interface DescribeSettings {
  readonly showEvents: boolean;
  readonly chunkSize: number;
}

/** What a describer looks up beside the object itself. */
class Surroundings {
  private readonly session: Session;
  private readonly settings: DescribeSettings;

  constructor(session: Session, settings: DescribeSettings) {
    this.session = session;
    this.settings = settings;
  }

  /** A list, or undefined when the server refuses it. */
  list(path: string, query: readonly (readonly [string, string])[] = []): readonly JsonObject[] | undefined {
    const limit = this.settings.chunkSize > 0 ? [['limit', String(this.settings.chunkSize)] as const] : [];
    const items: JsonObject[] = [];
    let more = '';
    do {
      const reply = this.session.api().send('GET', path, {
        query: [...query, ...limit, ...(more === '' ? [] : [['continue', more] as const])],
      });
      if (!reply.ok) return undefined;
      items.push(...objectsAt(reply.object, 'items'));
      more = textAt(reply.object, 'metadata', 'continue');
    } while (more !== '');
    return items;
  }

  events(
    object: JsonObject,
    reference: { readonly kind: string; readonly uid: string },
  ): readonly JsonObject[] {
    const namespace = textAt(object, 'metadata', 'namespace');
    const terms = [
      ...(reference.kind === '' ? [] : [`involvedObject.kind=${reference.kind}`]),
      `involvedObject.name=${textAt(object, 'metadata', 'name')}`,
      `involvedObject.namespace=${namespace}`,
      ...(reference.uid === '' ? [] : [`involvedObject.uid=${reference.uid}`]),
    ];
    const path = namespace === '' ? '/api/v1/events' : `/api/v1/namespaces/${namespace}/events`;
    return this.list(path, [['fieldSelector', terms.join(',')]]) ?? [];
  }

  pods(object: JsonObject): readonly JsonObject[] {
    const selector = objectAt(object, 'spec', 'selector');
    const text =
      objectAt(selector, 'matchLabels') !== undefined || objectsAt(selector, 'matchExpressions').length > 0
        ? selectorText(selector)
        : formatLabels(textMapAt(object, 'spec', 'selector'));
    return (
      this.list(`/api/v1/namespaces/${textAt(object, 'metadata', 'namespace')}/pods`, [
        ['labelSelector', text === '<none>' ? '' : text],
      ]) ?? []
    );
  }

  slices(namespace: string, service: string): readonly JsonObject[] {
    return (
      this.list(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, [
        ['labelSelector', `kubernetes.io/service-name=${service}`],
      ]) ?? []
    );
  }

  service(
    namespace: string,
    name: string,
  ): { readonly ok: true; readonly object: JsonObject } | { readonly ok: false; readonly message: string } {
    const reply = this.session.api().send('GET', `/api/v1/namespaces/${namespace}/services/${name}`);
    return reply.ok ? reply : { ok: false, message: messageOf(reply.problem) };
  }

  lease(node: string): LeaseResult {
    const reply = this.session
      .api()
      .send('GET', `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${node}`);
    return reply.ok ? { ok: true, lease: reply.object } : { ok: false, message: messageOf(reply.problem) };
  }

  podsOnNode(node: string): readonly JsonObject[] | undefined {
    const selector = `spec.nodeName=${node},status.phase!=Failed,status.phase!=Succeeded`;
    return this.list('/api/v1/pods', [['fieldSelector', selector]]);
  }
}

type Describer = (w: DescribeWriter, object: JsonObject, around: Surroundings) => void;

const namespaceOf = (object: JsonObject): string => textAt(object, 'metadata', 'namespace');
const nameOf = (object: JsonObject): string => textAt(object, 'metadata', 'name');

const DESCRIBERS: ReadonlyMap<string, Describer> = new Map<string, Describer>([
  ['Pod', describePod],
  [
    'Service',
    (w, service, around) => describeService(w, service, around.slices(namespaceOf(service), nameOf(service))),
  ],
  ['Endpoints', describeEndpoints],
  ['ConfigMap', describeConfigMap],
  ['Secret', describeSecret],
  [
    'ServiceAccount',
    (w, account, around) =>
      describeServiceAccount(w, account, around.list(`/api/v1/namespaces/${namespaceOf(account)}/secrets`)),
  ],
  [
    'Node',
    (w, node, around) => describeNode(w, node, around.lease(nameOf(node)), around.podsOnNode(nameOf(node))),
  ],
  ['LimitRange', describeLimitRange],
  ['ResourceQuota', describeQuota],
  [
    'Namespace',
    (w, namespace, around) =>
      describeNamespace(
        w,
        namespace,
        around.list(`/api/v1/namespaces/${nameOf(namespace)}/resourcequotas`),
        around.list(`/api/v1/namespaces/${nameOf(namespace)}/limitranges`),
      ),
  ],
  ['ReplicationController', (w, controller, around) => describeController(w, controller, around)],
  ['EndpointSlice.discovery.k8s.io', describeEndpointSlice],
  [
    'Ingress.networking.k8s.io',
    (w, ingress, around) =>
      describeIngress(w, ingress, {
        service: (name) => around.service(namespaceOf(ingress), name),
        slices: (name) => around.slices(namespaceOf(ingress), name),
      }),
  ],
  ['IngressClass.networking.k8s.io', describeIngressClass],
  ['NetworkPolicy.networking.k8s.io', describeNetworkPolicy],
  ['ServiceCIDR.networking.k8s.io', describeServiceCidr],
  ['Job.batch', describeJob],
  ['CronJob.batch', describeCronJob],
  [
    'Deployment.apps',
    (w, deployment, around) => {
      const selector = selectorText(objectAt(deployment, 'spec', 'selector'));
      describeDeployment(
        w,
        deployment,
        around.list(`/apis/apps/v1/namespaces/${namespaceOf(deployment)}/replicasets`, [
          ['labelSelector', selector],
        ]) ?? [],
      );
    },
  ],
  ['ReplicaSet.apps', (w, set, around) => describeReplicaSet(w, set, around.pods(set))],
  ['DaemonSet.apps', (w, set, around) => describeDaemonSet(w, set, around.pods(set))],
  ['StatefulSet.apps', (w, set, around) => describeStatefulSet(w, set, around.pods(set))],
  ['PodDisruptionBudget.policy', describeDisruptionBudget],
  ['Role.rbac.authorization.k8s.io', describeRole],
  ['ClusterRole.rbac.authorization.k8s.io', describeRole],
  ['RoleBinding.rbac.authorization.k8s.io', describeBinding],
  ['ClusterRoleBinding.rbac.authorization.k8s.io', describeBinding],
  ['PriorityClass.scheduling.k8s.io', describePriorityClass],
  ['StorageClass.storage.k8s.io', describeStorageClass],
]);

function describeController(w: DescribeWriter, controller: JsonObject, around: Surroundings): void {
  w.field('Name', nameOf(controller));
  w.field('Namespace', namespaceOf(controller));
  w.field('Selector', formatLabels(textMapAt(controller, 'spec', 'selector')));
  w.labels('Labels', textMapAt(controller, 'metadata', 'labels'));
  w.annotations('Annotations', controller);
  w.field(
    'Replicas',
    `${numberAt(controller, 'status', 'replicas') ?? 0} current / ${numberAt(controller, 'spec', 'replicas') ?? 0} desired`,
  );
  w.field('Pods Status', podStatus(around.pods(controller), controller));
  describeTemplate(w, objectAt(controller, 'spec', 'template'));
  w.conditions(controller);
  w.events();
}

/** Types whose layouts show no events. */
const WITHOUT_EVENTS = new Set([
  'Secret',
  'Namespace',
  'ResourceQuota',
  'LimitRange',
  'NetworkPolicy.networking.k8s.io',
]);

function eventsFor(around: Surroundings, kind: string, object: JsonObject): readonly JsonObject[] {
  const uid = textAt(object, 'metadata', 'uid');
  if (kind === 'Pod')
    return around.events(object, {
      kind: '',
      uid: textAt(object, 'metadata', 'annotations', 'kubernetes.io/config.mirror') || uid,
    });
  const found = around.events(object, { kind: textAt(object, 'kind'), uid });
  // The kubelet signs its events on the node with the node's name.
  return kind === 'Node'
    ? [...found, ...around.events(object, { kind: 'Node', uid: nameOf(object) })]
    : found;
}

/** The text of one object, fetched anew. */
export function describeObject(
  session: Session,
  type: ResourceType,
  namespace: string,
  name: string,
  settings: DescribeSettings,
): string {
  const around = new Surroundings(session, settings);
  const kind = type.group === '' ? type.kind : `${type.kind}.${type.group}`;
  const reply = session.api().send('GET', resourcePath(type, namespace, name));
  if (!reply.ok) {
    if (
      kind === 'Pod' &&
      settings.showEvents &&
      (isNotFound(reply.problem) || reasonOf(reply.problem) === 'Forbidden')
    ) {
      const events = around.events({ metadata: { name, namespace } }, { kind: '', uid: '' });
      if (events.length > 0) {
        const w = new DescribeWriter({ nowMs: session.nowMs(), events });
        w.write(0, `Pod '${name}': error '${messageOf(reply.problem)}', but found events.\n`);
        w.events();
        return w.text();
      }
    }
    throw new Failure(reply.problem);
  }
  const object = reply.object;
  const shows = settings.showEvents && !WITHOUT_EVENTS.has(kind);
  const w = new DescribeWriter({
    nowMs: session.nowMs(),
    events: shows ? eventsFor(around, kind, object) : undefined,
  });
  (DESCRIBERS.get(kind) ?? describeGeneric)(w, object, around);
  return w.text();
}
