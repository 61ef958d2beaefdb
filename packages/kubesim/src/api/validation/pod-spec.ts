import type {
  Container,
  ContainerPort,
  EnvVar,
  PodDNSConfig,
  PodSpec,
  Probe,
  Toleration,
  Volume,
} from 'kubernetes-types/core/v1';
import { ipAddress } from './addresses.ts';
import type { FieldErrors } from './field-errors.ts';
import { validateAffinity, validateTopologySpread } from './affinity.ts';
import { validateLabels } from './metadata.ts';
import {
  configMapKey,
  dnsLabel,
  dnsSubdomain,
  envVarName,
  httpHeaderName,
  labelValue,
  portName,
  portNumber,
  qualifiedName,
} from './names.ts';
import { validateResources } from './pod-resources.ts';
import { internal } from './go-values.ts';
import { validateVolumes } from './volumes.ts';
import { validateSysctls } from './sysctls.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const MAX_ID = 2 ** 31 - 1;
const MAX_NAMESERVERS = 3;
const MAX_SEARCH_PATHS = 32;
const MAX_SEARCH_CHARACTERS = 2048;

/** `spec` of a pod or of a pod template, at `path`. */
export function validatePodSpec(spec: PodSpec, path: string, errors: FieldErrors): void {
  const volumes = validateVolumes(spec.volumes ?? [], `${path}.volumes`, errors);
  validateContainers(spec, volumes, path, errors);
  choice(spec.restartPolicy, ['Always', 'OnFailure', 'Never'], `${path}.restartPolicy`, errors);
  choice(
    spec.dnsPolicy,
    ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'],
    `${path}.dnsPolicy`,
    errors,
  );
  validateLabels(spec.nodeSelector, `${path}.nodeSelector`, errors);
  validateAffinity(spec.affinity, `${path}.affinity`, errors);
  validateSysctls(spec, path, errors);
  validateDnsConfig(spec.dnsConfig, spec.dnsPolicy, `${path}.dnsConfig`, errors);
  for (const [index, gate] of (spec.readinessGates ?? []).entries())
    errors.invalidEach(
      `${path}.readinessGates[${index}].conditionType`,
      gate.conditionType,
      qualifiedName(gate.conditionType),
    );
  validateTopologySpread(spec.topologySpreadConstraints ?? [], `${path}.topologySpreadConstraints`, errors);
  if (spec.serviceAccountName !== undefined)
    errors.invalidEach(
      `${path}.serviceAccountName`,
      spec.serviceAccountName,
      dnsSubdomain(spec.serviceAccountName),
    );
  if (spec.nodeName !== undefined)
    errors.invalidEach(`${path}.nodeName`, spec.nodeName, dnsSubdomain(spec.nodeName));
  if (spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds < 1)
    errors.invalid(
      `${path}.activeDeadlineSeconds`,
      spec.activeDeadlineSeconds,
      'must be between 1 and 2147483647, inclusive',
    );
  if (spec.hostname !== undefined)
    errors.invalidEach(`${path}.hostname`, spec.hostname, dnsLabel(spec.hostname));
  if (spec.subdomain !== undefined)
    errors.invalidEach(`${path}.subdomain`, spec.subdomain, dnsLabel(spec.subdomain));
  validateTolerations(spec.tolerations ?? [], `${path}.tolerations`, errors);
  for (const [index, alias] of (spec.hostAliases ?? []).entries()) {
    errors.invalidEach(`${path}.hostAliases[${index}].ip`, alias.ip, ipAddress(alias.ip ?? ''));
    for (const [position, name] of (alias.hostnames ?? []).entries())
      errors.invalidEach(`${path}.hostAliases[${index}].hostnames[${position}]`, name, dnsSubdomain(name));
  }
  if (spec.priorityClassName !== undefined)
    errors.invalidEach(
      `${path}.priorityClassName`,
      spec.priorityClassName,
      dnsSubdomain(spec.priorityClassName),
    );
}

function choice(
  value: string | undefined,
  supported: readonly string[],
  field: string,
  errors: FieldErrors,
): void {
  if (value === undefined || value === '') errors.required(field);
  else if (!supported.includes(value)) errors.notSupported(field, value, supported);
}

function validateContainers(
  spec: PodSpec,
  volumes: ReadonlyMap<string, Volume>,
  path: string,
  errors: FieldErrors,
): void {
  const regular = (spec.containers as Container[] | null | undefined) ?? [];
  if (regular.length === 0) errors.required(`${path}.containers`);
  const names = new Set<string>();
  const hostPorts = new Set<string>();
  for (const [index, container] of regular.entries()) {
    const at = `${path}.containers[${index}]`;
    validateContainer(container, volumes, at, errors);
    if (names.has(container.name)) errors.duplicate(`${at}.name`, container.name);
    names.add(container.name);
    validateProbe(container.livenessProbe, `${at}.livenessProbe`, true, errors);
    validateProbe(container.readinessProbe, `${at}.readinessProbe`, false, errors);
    validateProbe(container.startupProbe, `${at}.startupProbe`, true, errors);
    validateLifecycle(container, at, errors);
    const restart = (container as { restartPolicy?: string }).restartPolicy;
    if (restart !== undefined)
      errors.forbidden(`${at}.restartPolicy`, 'may not be set for non-init containers');
  }
  for (const [index, container] of regular.entries())
    checkHostPorts(container, `${path}.containers[${index}]`, spec.hostNetwork === true, hostPorts, errors);
  for (const [index, container] of (spec.initContainers ?? []).entries()) {
    const at = `${path}.initContainers[${index}]`;
    validateContainer(container, volumes, at, errors);
    if (names.has(container.name)) errors.duplicate(`${at}.name`, container.name);
    names.add(container.name);
    const sidecar = container.restartPolicy === 'Always';
    if (container.restartPolicy !== undefined && !sidecar)
      errors.notSupported(`${at}.restartPolicy`, container.restartPolicy, ['Always']);
    for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
      if (!sidecar && container[field] !== undefined)
        errors.forbidden(`${at}.${field}`, 'may not be set for init containers without restartPolicy=Always');
    if (sidecar)
      for (const field of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const)
        validateProbe(container[field], `${at}.${field}`, field !== 'readinessProbe', errors);
  }
  for (const [index, container] of (spec.ephemeralContainers ?? []).entries()) {
    const at = `${path}.ephemeralContainers[${index}]`;
    if (names.has(container.name)) errors.duplicate(`${at}.name`, container.name);
    names.add(container.name);
    validateContainer(container, volumes, at, errors);
    for (const field of ['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const)
      if (container[field] !== undefined)
        errors.forbidden(`${at}.${field}`, 'cannot be set for an Ephemeral Container');
    const target = container.targetContainerName;
    if (target !== undefined && !regular.some((other) => other.name === target))
      errors.notFound(`${at}.targetContainerName`, target);
  }
}

function checkHostPorts(
  container: Container,
  at: string,
  hostNetwork: boolean,
  taken: Set<string>,
  errors: FieldErrors,
): void {
  for (const [index, port] of (container.ports ?? []).entries()) {
    if (hostNetwork && port.hostPort !== undefined && port.hostPort !== port.containerPort)
      errors.invalid(
        `${at}.ports[${index}].hostPort`,
        port.hostPort,
        'must match `containerPort` when `hostNetwork` is true',
      );
    if (port.hostPort === undefined || port.hostPort === 0) continue;
    const key = `${port.protocol ?? ''}/${port.hostIP ?? ''}/${port.hostPort}`;
    if (taken.has(key)) errors.duplicate(`${at}.ports[${index}].hostPort`, key);
    taken.add(key);
  }
}

function validateContainer(
  container: Container,
  volumes: ReadonlyMap<string, Volume>,
  at: string,
  errors: FieldErrors,
): void {
  if (container.name === '') errors.required(`${at}.name`);
  else errors.invalidEach(`${at}.name`, container.name, dnsLabel(container.name));
  if ((container.image ?? '') === '') errors.required(`${at}.image`);
  else if (/^\s|\s$/.test(container.image ?? ''))
    errors.invalid(`${at}.image`, container.image, 'must not have leading or trailing whitespace');
  choice(
    container.terminationMessagePolicy,
    ['File', 'FallbackToLogsOnError'],
    `${at}.terminationMessagePolicy`,
    errors,
  );
  validatePorts(container.ports ?? [], `${at}.ports`, errors);
  for (const [index, variable] of (container.env ?? []).entries())
    validateEnv(variable, `${at}.env[${index}]`, errors);
  for (const [index, source] of (container.envFrom ?? []).entries()) {
    const sources = [source.configMapRef, source.secretRef].filter((reference) => reference !== undefined);
    if (sources.length === 0)
      errors.invalid(`${at}.envFrom[${index}]`, '', 'must specify one of: `configMapRef` or `secretRef`');
    if (sources.length > 1)
      errors.invalid(`${at}.envFrom[${index}]`, '', 'may not have more than one field specified at a time');
    for (const [name, reference] of [
      ['configMapRef', source.configMapRef],
      ['secretRef', source.secretRef],
    ] as const)
      if (reference !== undefined && (reference.name ?? '') === '')
        errors.required(`${at}.envFrom[${index}].${name}.name`);
  }
  validateMounts(container, volumes, `${at}.volumeMounts`, errors);
  choice(container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'], `${at}.imagePullPolicy`, errors);
  validateResources(container.resources, `${at}.resources`, errors);
  validateSecurity(container, `${at}.securityContext`, errors);
}

function validatePorts(ports: readonly ContainerPort[], path: string, errors: FieldErrors): void {
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `${path}[${index}]`;
    if (port.name !== undefined && port.name !== '') {
      const messages = portName(port.name);
      errors.invalidEach(`${at}.name`, port.name, messages);
      if (messages.length === 0 && names.has(port.name)) errors.duplicate(`${at}.name`, port.name);
      names.add(port.name);
    }
    if (port.containerPort === 0) errors.required(`${at}.containerPort`);
    else errors.invalidEach(`${at}.containerPort`, port.containerPort, portNumber(port.containerPort));
    if (port.hostPort !== undefined && port.hostPort !== 0)
      errors.invalidEach(`${at}.hostPort`, port.hostPort, portNumber(port.hostPort));
    choice(port.protocol, PROTOCOLS, `${at}.protocol`, errors);
  }
}

function validateEnv(variable: EnvVar, at: string, errors: FieldErrors): void {
  if (variable.name === '') errors.required(`${at}.name`);
  else errors.invalidEach(`${at}.name`, variable.name, envVarName(variable.name));
  const from = variable.valueFrom;
  if (from === undefined) return;
  const field = `${at}.valueFrom`;
  const sources = Object.values(from).filter((source) => source !== undefined).length;
  for (const [name, reference] of [
    ['configMapKeyRef', from.configMapKeyRef],
    ['secretKeyRef', from.secretKeyRef],
  ] as const) {
    if (reference === undefined) continue;
    errors.invalidEach(`${field}.${name}.name`, reference.name ?? '', dnsSubdomain(reference.name ?? ''));
    if (reference.key === '') errors.required(`${field}.${name}.key`);
    else errors.invalidEach(`${field}.${name}.key`, reference.key, configMapKey(reference.key));
  }
  const fieldPath = from.fieldRef?.fieldPath;
  if (fieldPath === '') errors.required(`${field}.fieldRef.fieldPath`);
  else if (fieldPath !== undefined) validateFieldPath(fieldPath, `${field}.fieldRef.fieldPath`, errors);
  if (sources === 0)
    errors.invalid(
      field,
      '',
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
    );
  else if ((variable.value ?? '') !== '')
    errors.invalid(field, '', 'may not be specified when `value` is not empty');
  else if (sources > 1) errors.invalid(field, '', 'may not have more than one field specified at a time');
}

const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

const SELECTABLE_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
  'spec.host',
];

function validateFieldPath(value: string, field: string, errors: FieldErrors): void {
  const subscript = /^(metadata\.(?:labels|annotations))\['([^']*)'\]$/.exec(value);
  if (subscript !== null)
    errors.invalidEach(
      field,
      value,
      qualifiedName(subscript[2] ?? '').map((message) => message),
    );
  else if (!ENV_FIELDS.includes(value)) {
    // Fields that can be selected by, but not told to a container.
    if (SELECTABLE_FIELDS.includes(value)) errors.notSupported(field, value, ENV_FIELDS);
    else errors.invalid(field, value, `error converting fieldPath: field label not supported: ${value}`);
  }
}

function validateMounts(
  container: Container,
  volumes: ReadonlyMap<string, Volume>,
  path: string,
  errors: FieldErrors,
): void {
  const paths = new Set<string>();
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const at = `${path}[${index}]`;
    if (mount.name === '') errors.required(`${at}.name`);
    if (!volumes.has(mount.name)) errors.notFound(`${at}.name`, mount.name);
    if (mount.mountPath === '') errors.required(`${at}.mountPath`);
    if (paths.has(mount.mountPath)) errors.invalid(`${at}.mountPath`, mount.mountPath, 'must be unique');
    paths.add(mount.mountPath);
    const subPath = mount.subPath ?? '';
    if (subPath.startsWith('/')) errors.invalid(`${path}.subPath`, subPath, 'must be a relative path');
    if (subPath.split('/').includes('..'))
      errors.invalid(`${path}.subPath`, subPath, "must not contain '..'");
  }
}

function validateProbe(
  probe: Probe | undefined,
  at: string,
  successIsOne: boolean,
  errors: FieldErrors,
): void {
  if (probe === undefined) return;
  const handlers = (['exec', 'httpGet', 'tcpSocket', 'grpc'] as const).filter(
    (name) => probe[name] !== undefined,
  );
  for (const extra of handlers.slice(1))
    errors.forbidden(`${at}.${extra}`, 'may not specify more than 1 handler type');
  if (handlers.length === 0) errors.required(at, 'must specify a handler type');
  if (probe.exec !== undefined && (probe.exec.command ?? []).length === 0)
    errors.required(`${at}.exec.command`);
  if (probe.httpGet !== undefined) {
    validatePortOrName(probe.httpGet.port, `${at}.httpGet.port`, errors);
    if (!['HTTP', 'HTTPS'].includes(probe.httpGet.scheme ?? ''))
      errors.notSupported(`${at}.httpGet.scheme`, probe.httpGet.scheme, ['HTTP', 'HTTPS']);
    for (const header of probe.httpGet.httpHeaders ?? [])
      errors.invalidEach(`${at}.httpGet.httpHeaders`, header.name, httpHeaderName(header.name));
  }
  if (probe.tcpSocket !== undefined) validatePortOrName(probe.tcpSocket.port, `${at}.tcpSocket.port`, errors);
  for (const name of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const) {
    const value = probe[name] ?? 0;
    if (value < 0) errors.invalid(`${at}.${name}`, value, 'must be greater than or equal to 0');
  }
  if (successIsOne && (probe.successThreshold ?? 1) !== 1)
    errors.invalid(`${at}.successThreshold`, probe.successThreshold, 'must be 1');
}

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'sleep'] as const;

function validateLifecycle(container: Container, at: string, errors: FieldErrors): void {
  for (const hook of ['postStart', 'preStop'] as const) {
    const handler = container.lifecycle?.[hook];
    if (handler === undefined) continue;
    const set = HANDLERS.filter((name) => Object.hasOwn(handler, name));
    for (const extra of set.slice(1))
      errors.forbidden(`${at}.lifecycle.${hook}.${extra}`, 'may not specify more than 1 handler type');
    if (set.length === 0) errors.required(`${at}.lifecycle.${hook}`, 'must specify a handler type');
    if (handler.httpGet !== undefined)
      validatePortOrName(handler.httpGet.port, `${at}.lifecycle.${hook}.httpGet.port`, errors);
    if (handler.tcpSocket !== undefined)
      validatePortOrName(handler.tcpSocket.port, `${at}.lifecycle.${hook}.tcpSocket.port`, errors);
  }
}

const SECURITY_FIELDS = [
  'capabilities',
  'privileged',
  'sELinuxOptions',
  'windowsOptions',
  'runAsUser',
  'runAsGroup',
  'runAsNonRoot',
  'readOnlyRootFilesystem',
  'allowPrivilegeEscalation',
  'procMount',
  'seccompProfile',
  'appArmorProfile',
];

function validateSecurity(container: Container, at: string, errors: FieldErrors): void {
  const security = container.securityContext;
  if (security === undefined) return;
  for (const name of ['runAsUser', 'runAsGroup'] as const) {
    const id = security[name];
    if (id !== undefined && (id < 0 || id > MAX_ID))
      errors.invalid(`${at}.${name}`, id, `must be between 0 and ${MAX_ID}, inclusive`);
  }
  if (security.allowPrivilegeEscalation === false && security.privileged === true) {
    const shown = { ...security, sELinuxOptions: security.seLinuxOptions };
    errors.invalid(
      at,
      internal(shown, SECURITY_FIELDS),
      'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    );
  }
}

export function validatePortOrName(port: number | string, field: string, errors: FieldErrors): void {
  errors.invalidEach(field, port, typeof port === 'number' ? portNumber(port) : portName(port));
}

function validateTolerations(tolerations: readonly Toleration[], path: string, errors: FieldErrors): void {
  for (const [index, toleration] of tolerations.entries()) {
    const at = `${path}[${index}]`;
    const { key = '', operator = '', value = '', effect = '' } = toleration;
    if (key !== '') errors.invalidEach(`${at}.key`, key, qualifiedName(key));
    if (key === '' && operator !== 'Exists')
      errors.invalid(
        `${at}.operator`,
        operator,
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      );
    if (toleration.tolerationSeconds !== undefined && effect !== 'NoExecute')
      errors.invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
    if (operator === 'Equal' || operator === '') {
      const messages = labelValue(value);
      if (messages.length > 0) errors.invalid(`${at}.operator`, value, messages.join(';'));
    } else if (operator === 'Exists') {
      if (value !== '')
        errors.invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'");
    } else errors.notSupported(`${at}.operator`, operator, ['Equal', 'Exists']);
    if (effect !== '' && !['NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(effect))
      errors.notSupported(`${at}.effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']);
  }
}

function validateDnsConfig(
  config: PodDNSConfig | undefined,
  policy: string | undefined,
  path: string,
  errors: FieldErrors,
): void {
  if (policy === 'None') {
    if (config === undefined)
      return errors.required(path, 'must provide `dnsConfig` when `dnsPolicy` is None');
    if ((config.nameservers ?? []).length === 0)
      return errors.required(
        `${path}.nameservers`,
        'must provide at least one DNS nameserver when `dnsPolicy` is None',
      );
  }
  if (config === undefined) return;
  const { nameservers = [], searches = [], options = [] } = config;
  if (nameservers.length > MAX_NAMESERVERS)
    errors.invalid(
      `${path}.nameservers`,
      nameservers,
      `must not have more than ${MAX_NAMESERVERS} nameservers`,
    );
  for (const [index, server] of nameservers.entries())
    errors.invalidEach(`${path}.nameservers[${index}]`, server, ipAddress(server));
  if (searches.length > MAX_SEARCH_PATHS)
    errors.invalid(`${path}.searches`, searches, `must not have more than ${MAX_SEARCH_PATHS} search paths`);
  if (searches.join(' ').length > MAX_SEARCH_CHARACTERS)
    errors.invalid(
      `${path}.searches`,
      searches,
      `must not have more than ${MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list`,
    );
  for (const [index, search] of searches.entries()) {
    const name = search.replace(/\.$/, '').replaceAll('_', 'a');
    if (search !== '.') errors.invalidEach(`${path}.searches[${index}]`, search, dnsSubdomain(name));
  }
  for (const [index, option] of options.entries())
    if ((option.name ?? '') === '') errors.required(`${path}.options[${index}]`, 'must not be empty');
}
