import type {
  Container,
  EnvVar,
  Lifecycle,
  LifecycleHandler,
  Pod,
  PodSpec,
  Probe,
  Volume,
} from 'kubernetes-types/core/v1';

const FILE_MODE = 0o644;
const TOKEN_SECONDS = 3600;

/** The defaults of every pod template (core/v1 SetDefaults_PodSpec and what it holds). */
export function defaultPodSpec(spec: PodSpec): void {
  spec.restartPolicy ??= 'Always';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.securityContext ??= {};
  spec.schedulerName ??= 'default-scheduler';
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of containersOf(spec)) defaultContainer(container);
  mirrorServiceAccount(spec);
}

/** `serviceAccount` is the old name of `serviceAccountName`; the server writes both. */
function mirrorServiceAccount(spec: PodSpec): void {
  const name = spec.serviceAccountName ?? spec.serviceAccount;
  if (name === undefined) return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

/** Those of pods alone, which templates do not get. */
export function defaultPod(pod: Pod): void {
  const { spec } = pod;
  if (spec === undefined) return;
  defaultPodSpec(spec);
  spec.enableServiceLinks ??= true;
  for (const container of [
    ...(spec.initContainers ?? []),
    ...((spec.containers as Container[] | null) ?? []),
  ]) {
    const { resources } = container;
    if (resources?.limits !== undefined) resources.requests = { ...resources.limits, ...resources.requests };
    if (spec.hostNetwork === true)
      for (const port of container.ports ?? []) port.hostPort ??= port.containerPort;
  }
}

/** Every container of a pod. Ephemeral containers have the same fields. A list may be null where the client sent none. */
export function containersOf(spec: PodSpec): Container[] {
  const listed = spec.containers as Container[] | null | undefined;
  return [
    ...(spec.initContainers ?? []),
    ...(listed ?? []),
    ...((spec.ephemeralContainers ?? []) as Container[]),
  ];
}

function defaultContainer(container: Container): void {
  container.imagePullPolicy ??= imageTag(container.image ?? '') === 'latest' ? 'Always' : 'IfNotPresent';
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  for (const port of container.ports ?? []) port.protocol ??= 'TCP';
  for (const variable of container.env ?? []) defaultEnv(variable);
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe])
    defaultProbe(probe);
  defaultLifecycle(container.lifecycle);
}

/** The tag of an image reference; `latest` when it has neither tag nor digest. */
export function imageTag(image: string): string {
  if (image.includes('@')) return '';
  const last = image.slice(image.lastIndexOf('/') + 1);
  const colon = last.lastIndexOf(':');
  return colon === -1 ? 'latest' : last.slice(colon + 1);
}

function defaultEnv(variable: EnvVar): void {
  const reference = variable.valueFrom?.fieldRef;
  if (reference !== undefined) reference.apiVersion ??= 'v1';
  const resource = variable.valueFrom?.resourceFieldRef;
  if (resource !== undefined) resource.divisor ??= '0';
}

function defaultProbe(probe: Probe | undefined): void {
  if (probe === undefined) return;
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  defaultHttpGet(probe);
  if (probe.grpc !== undefined) probe.grpc.service ??= '';
}

function defaultHttpGet(handler: Probe | LifecycleHandler): void {
  if (handler.httpGet === undefined) return;
  handler.httpGet.path ??= '/';
  handler.httpGet.scheme ??= 'HTTP';
}

function defaultLifecycle(lifecycle: Lifecycle | undefined): void {
  for (const handler of [lifecycle?.postStart, lifecycle?.preStop])
    if (handler !== undefined) defaultHttpGet(handler);
}

function defaultVolume(volume: Volume): void {
  if (Object.keys(volume).every((field) => field === 'name')) volume.emptyDir = {};
  for (const source of [volume.secret, volume.configMap, volume.downwardAPI, volume.projected])
    if (source !== undefined) source.defaultMode ??= FILE_MODE;
  if (volume.hostPath !== undefined) volume.hostPath.type ??= '';
  for (const item of volume.downwardAPI?.items ?? [])
    if (item.fieldRef !== undefined) item.fieldRef.apiVersion ??= 'v1';
  for (const source of volume.projected?.sources ?? []) {
    if (source.serviceAccountToken !== undefined)
      source.serviceAccountToken.expirationSeconds ??= TOKEN_SECONDS;
    for (const item of source.downwardAPI?.items ?? [])
      if (item.fieldRef !== undefined) item.fieldRef.apiVersion ??= 'v1';
  }
}
