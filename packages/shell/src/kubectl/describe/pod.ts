import { canonicalQuantity } from '../values/quantity.ts';
import { compareText, flagAt, numberAt, objectAt, objectsAt, textAt, textMapAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { describeContainers, describeResources } from './containers.ts';
import { controllerOf, formatSelector, plain, time } from './writer.ts';
import type { DescribeWriter } from './writer.ts';

function volumeLines(volume: JsonObject): readonly string[] {
  const optional = (source: JsonObject): string => `Optional:\t${flagAt(source, 'optional') === true}`;
  const of = (key: string): JsonObject | undefined => objectAt(volume, key);
  const hostPath = of('hostPath');
  if (hostPath !== undefined) {
    const type = hostPath['type'];
    return [
      'Type:\tHostPath (bare host directory volume)',
      `Path:\t${textAt(hostPath, 'path')}`,
      `HostPathType:\t${typeof type === 'string' ? type : '<none>'}`,
    ];
  }
  const emptyDir = of('emptyDir');
  if (emptyDir !== undefined) {
    const limit = plain(emptyDir['sizeLimit']);
    return [
      "Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)",
      `Medium:\t${textAt(emptyDir, 'medium')}`,
      `SizeLimit:\t${limit === '0' ? '<unset>' : canonicalQuantity(limit)}`,
    ];
  }
  const secret = of('secret');
  if (secret !== undefined)
    return [
      'Type:\tSecret (a volume populated by a Secret)',
      `SecretName:\t${textAt(secret, 'secretName')}`,
      optional(secret),
    ];
  const map = of('configMap');
  if (map !== undefined)
    return [
      'Type:\tConfigMap (a volume populated by a ConfigMap)',
      `Name:\t${textAt(map, 'name')}`,
      optional(map),
    ];
  const projected = of('projected');
  if (projected !== undefined)
    return [
      'Type:\tProjected (a volume that contains injected data from multiple sources)',
      ...objectsAt(projected, 'sources').flatMap(sourceLines),
    ];
  const claim = of('persistentVolumeClaim');
  if (claim !== undefined) {
    return [
      'Type:\tPersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
      `ClaimName:\t${textAt(claim, 'claimName')}`,
      `ReadOnly:\t${flagAt(claim, 'readOnly') === true}`,
    ];
  }
  const downward = of('downwardAPI');
  if (downward !== undefined) {
    const items = objectsAt(downward, 'items').map(
      (item) =>
        `  ${textAt(item, 'fieldRef', 'fieldPath') || textAt(item, 'resourceFieldRef', 'resource')} -> ${textAt(item, 'path')}`,
    );
    return ['Type:\tDownwardAPI (a volume populated by information about the pod)', 'Items:', ...items];
  }
  return [];
}

function sourceLines(source: JsonObject): readonly string[] {
  const secret = objectAt(source, 'secret');
  if (secret !== undefined)
    return [`SecretName:\t${textAt(secret, 'name')}`, `Optional:\t${flagAt(secret, 'optional') === true}`];
  if (objectAt(source, 'downwardAPI') !== undefined) return ['DownwardAPI:\ttrue'];
  const map = objectAt(source, 'configMap');
  if (map !== undefined)
    return [`ConfigMapName:\t${textAt(map, 'name')}`, `Optional:\t${flagAt(map, 'optional') === true}`];
  const token = objectAt(source, 'serviceAccountToken');
  return token === undefined ? [] : [`TokenExpirationSeconds:\t${numberAt(token, 'expirationSeconds') ?? 0}`];
}

function describeVolumes(w: DescribeWriter, spec: JsonObject | undefined, space: string): void {
  const volumes = objectsAt(spec, 'volumes');
  w.write(0, `${space}Volumes:${volumes.length === 0 ? '\t<none>' : ''}\n`);
  for (const volume of volumes) {
    w.write(1, `${space === '' ? '' : ' '}${textAt(volume, 'name')}:\n`);
    const lines = volumeLines(volume);
    if (lines.length === 0) w.write(1, '<unknown>\n');
    for (const line of lines) w.write(2, `${line}\n`);
  }
}

function tolerationText(toleration: JsonObject): string {
  const key = textAt(toleration, 'key');
  const value = textAt(toleration, 'value');
  const effect = textAt(toleration, 'effect');
  let text = key + (value === '' ? '' : `=${value}`) + (effect === '' ? '' : `:${effect}`);
  if (textAt(toleration, 'operator') === 'Exists' && value === '')
    text += key !== '' || effect !== '' ? ' op=Exists' : 'op=Exists';
  const seconds = numberAt(toleration, 'tolerationSeconds');
  return seconds === undefined ? text : `${text} for ${seconds}s`;
}

/** A title with one line for each text, below each other in the second column. */
function column(w: DescribeWriter, title: string, texts: readonly string[]): void {
  w.write(0, `${title}:\t`);
  if (texts.length === 0) w.write(0, '<none>\n');
  texts.forEach((text, i) => {
    w.write(0, `${i === 0 ? '' : '\t'}${text}\n`);
  });
}

function describeTolerations(w: DescribeWriter, title: string, spec: JsonObject | undefined): void {
  const tolerations = [...objectsAt(spec, 'tolerations')].sort((a, b) =>
    compareText(textAt(a, 'key'), textAt(b, 'key')),
  );
  column(w, title, tolerations.map(tolerationText));
}

function describeSpread(w: DescribeWriter, spec: JsonObject | undefined, space: string): void {
  const constraints = [...objectsAt(spec, 'topologySpreadConstraints')].sort((a, b) =>
    compareText(textAt(a, 'topologyKey'), textAt(b, 'topologyKey')),
  );
  if (constraints.length === 0) return;
  w.write(0, `${space}Topology Spread Constraints:\t`);
  constraints.forEach((constraint, i) => {
    const selector = objectAt(constraint, 'labelSelector');
    const tail = selector === undefined ? '' : ` for selector ${formatSelector(selector)}`;
    const text = `${textAt(constraint, 'topologyKey')}:${textAt(constraint, 'whenUnsatisfiable')} when max skew ${numberAt(constraint, 'maxSkew') ?? 0} is exceeded${tail}`;
    w.write(0, `${i === 0 ? '' : `${space}\t`}${text}\n`);
  });
}

/** The pod template of a controller. */
export function describeTemplate(w: DescribeWriter, template: JsonObject | undefined): void {
  w.write(0, 'Pod Template:\n');
  if (template === undefined) {
    w.write(1, '<unset>');
    return;
  }
  const spec = objectAt(template, 'spec');
  w.labels('  Labels', textMapAt(template, 'metadata', 'labels'));
  if (textMapAt(template, 'metadata', 'annotations').size > 0) w.annotations('  Annotations', template);
  const account = textAt(spec, 'serviceAccountName');
  if (account !== '') w.write(1, `Service Account:\t${account}\n`);
  const init = objectsAt(spec, 'initContainers');
  const group = { statuses: [], pod: undefined, space: '  ' };
  if (init.length > 0) describeContainers(w, { ...group, title: 'Init Containers', containers: init });
  describeContainers(w, { ...group, title: 'Containers', containers: objectsAt(spec, 'containers') });
  describeVolumes(w, spec, '  ');
  describeSpread(w, spec, '  ');
  const priority = textAt(spec, 'priorityClassName');
  if (priority !== '') w.write(1, `Priority Class Name:\t${priority}\n`);
  w.labels('  Node-Selectors', textMapAt(spec, 'nodeSelector'));
  describeTolerations(w, '  Tolerations', spec);
}

function describeStatus(w: DescribeWriter, pod: JsonObject): void {
  const phase = textAt(pod, 'status', 'phase');
  const deleted = textAt(pod, 'metadata', 'deletionTimestamp');
  if (deleted !== '' && phase !== 'Failed' && phase !== 'Succeeded') {
    w.field('Status', `Terminating (lasts ${w.age(deleted)})`);
    w.field('Termination Grace Period', `${numberAt(pod, 'metadata', 'deletionGracePeriodSeconds') ?? 0}s`);
  } else {
    w.field('Status', phase);
  }
  for (const [title, key] of [
    ['Reason', 'reason'],
    ['Message', 'message'],
  ] as const) {
    const text = textAt(pod, 'status', key);
    if (text !== '') w.field(title, text);
  }
}

function describeConditions(w: DescribeWriter, pod: JsonObject): void {
  const conditions = objectsAt(pod, 'status', 'conditions');
  const gates = objectsAt(pod, 'spec', 'readinessGates');
  if (gates.length > 0) w.write(0, 'Readiness Gates:\n  Type\tStatus\n');
  for (const gate of gates) {
    const type = textAt(gate, 'conditionType');
    const status = conditions.find((condition) => textAt(condition, 'type') === type);
    w.write(1, `${type} \t${status === undefined ? '<none>' : textAt(status, 'status')} \n`);
  }
  if (conditions.length > 0) w.write(0, 'Conditions:\n  Type\tStatus\n');
  for (const condition of conditions)
    w.write(1, `${textAt(condition, 'type')} \t${textAt(condition, 'status')} \n`);
}

function describeAllContainers(w: DescribeWriter, pod: JsonObject): void {
  for (const [title, key, statuses, always] of [
    ['Init Containers', 'initContainers', 'initContainerStatuses', false],
    ['Containers', 'containers', 'containerStatuses', true],
    ['Ephemeral Containers', 'ephemeralContainers', 'ephemeralContainerStatuses', false],
  ] as const) {
    const containers = objectsAt(pod, 'spec', key);
    if (always || containers.length > 0)
      describeContainers(w, {
        title,
        containers,
        statuses: objectsAt(pod, 'status', statuses),
        pod,
        space: '',
      });
  }
}

export function describePod(w: DescribeWriter, pod: JsonObject): void {
  w.field('Name', textAt(pod, 'metadata', 'name'));
  w.field('Namespace', textAt(pod, 'metadata', 'namespace'));
  const spec = objectAt(pod, 'spec');
  const priority = numberAt(spec, 'priority');
  if (priority !== undefined) w.field('Priority', priority);
  for (const [title, key] of [
    ['Priority Class Name', 'priorityClassName'],
    ['Runtime Class Name', 'runtimeClassName'],
    ['Service Account', 'serviceAccountName'],
  ] as const) {
    const text = textAt(spec, key);
    if (text !== '') w.field(title, text);
  }
  const node = textAt(spec, 'nodeName');
  w.field('Node', node === '' ? '<none>' : `${node}/${textAt(pod, 'status', 'hostIP')}`);
  const started = textAt(pod, 'status', 'startTime');
  if (started !== '') w.field('Start Time', time(started));
  w.labels('Labels', textMapAt(pod, 'metadata', 'labels'));
  w.annotations('Annotations', pod);
  describeStatus(w, pod);
  const seccomp = textAt(spec, 'securityContext', 'seccompProfile', 'type');
  if (seccomp !== '') w.field('SeccompProfile', seccomp);
  w.field('IP', textAt(pod, 'status', 'podIP'));
  const ips = objectsAt(pod, 'status', 'podIPs');
  w.write(0, `IPs:${ips.length === 0 ? '\t<none>' : ''}\n`);
  for (const ip of ips) w.write(1, `IP:\t${textAt(ip, 'ip')}\n`);
  const controller = controllerOf(pod);
  if (controller !== '') w.field('Controlled By', controller);
  const nominated = textAt(pod, 'status', 'nominatedNodeName');
  if (nominated !== '') w.field('NominatedNodeName', nominated);
  if (objectAt(spec, 'resources') !== undefined) {
    w.write(0, 'Resources:\n');
    describeResources(w, objectAt(spec, 'resources'), 1);
  }
  describeAllContainers(w, pod);
  describeConditions(w, pod);
  describeVolumes(w, spec, '');
  w.field('QoS Class', textAt(pod, 'status', 'qosClass') || qosOf(pod));
  w.labels('Node-Selectors', textMapAt(spec, 'nodeSelector'));
  describeTolerations(w, 'Tolerations', spec);
  describeSpread(w, spec, '');
  w.events();
}

/** Computed as the API server would, for pods that it has not classed yet. */
function qosOf(pod: JsonObject): string {
  const containers = [...objectsAt(pod, 'spec', 'containers'), ...objectsAt(pod, 'spec', 'initContainers')];
  const any = containers.some(
    (container) =>
      Object.keys(objectAt(container, 'resources', 'requests') ?? {}).length +
        Object.keys(objectAt(container, 'resources', 'limits') ?? {}).length >
      0,
  );
  if (!any) return 'BestEffort';
  const guaranteed = containers.every((container) =>
    ['cpu', 'memory'].every((name) => {
      const limit = objectAt(container, 'resources', 'limits')?.[name];
      const request = objectAt(container, 'resources', 'requests')?.[name] ?? limit;
      return limit !== undefined && canonicalQuantity(plain(limit)) === canonicalQuantity(plain(request));
    }),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
