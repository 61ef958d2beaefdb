import { cidrContains, cidrNetwork, isIpv4, isIpv6, parseCidr } from '@podwire/netsim';
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressClass,
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from 'kubernetes-types/networking/v1';
import { cidr } from './addresses.ts';
import type { FieldErrors } from './field-errors.ts';
import { validateLabelSelector } from './label-selector.ts';
import { validateImmutable } from './metadata.ts';
import { dns1035Label, dnsSubdomain, portName, portNumber, wildcardDnsSubdomain } from './names.ts';

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];

export function validateNetworkPolicy(policy: NetworkPolicy, errors: FieldErrors): void {
  const { spec } = policy;
  validateLabelSelector(spec?.podSelector, 'spec.podSelector', errors);
  for (const [index, rule] of (spec?.ingress ?? []).entries()) {
    validatePorts(rule.ports, `spec.ingress[${index}].ports`, errors);
    for (const [position, peer] of (rule.from ?? []).entries())
      validatePeer(peer, `spec.ingress[${index}].from[${position}]`, errors);
  }
  for (const [index, rule] of (spec?.egress ?? []).entries()) {
    validatePorts(rule.ports, `spec.egress[${index}].ports`, errors);
    for (const [position, peer] of (rule.to ?? []).entries())
      validatePeer(peer, `spec.egress[${index}].to[${position}]`, errors);
  }
  const types = spec?.policyTypes ?? [];
  if (types.length > 2)
    return errors.invalid('spec.policyTypes', types, 'may not specify more than two policyTypes');
  for (const [index, type] of types.entries())
    if (type !== 'Ingress' && type !== 'Egress')
      errors.notSupported(`spec.policyTypes[${index}]`, type, ['Ingress', 'Egress']);
}

/** NP21. */
function validatePorts(
  ports: readonly NetworkPolicyPort[] | undefined,
  path: string,
  errors: FieldErrors,
): void {
  for (const [index, { protocol, port, endPort }] of (ports ?? []).entries()) {
    const at = `${path}[${index}]`;
    if (protocol !== undefined && !PROTOCOLS.includes(protocol))
      errors.notSupported(`${at}.protocol`, protocol, PROTOCOLS);
    if (port === undefined) {
      if (endPort !== undefined)
        errors.invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is not specified');
    } else if (typeof port === 'number') {
      errors.invalidEach(`${at}.port`, port, portNumber(port));
      if (endPort === undefined) continue;
      if (endPort < port) errors.invalid(`${at}.endPort`, port, 'must be greater than or equal to `port`');
      errors.invalidEach(`${at}.endPort`, endPort, portNumber(endPort));
    } else {
      if (endPort !== undefined)
        errors.invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is non-numeric');
      errors.invalidEach(`${at}.port`, port, portName(port));
    }
  }
}

/** NP12. */
function validatePeer(peer: NetworkPolicyPeer, at: string, errors: FieldErrors): void {
  validateLabelSelector(peer.podSelector, `${at}.podSelector`, errors);
  validateLabelSelector(peer.namespaceSelector, `${at}.namespaceSelector`, errors);
  if (peer.ipBlock !== undefined) validateIpBlock(peer.ipBlock, `${at}.ipBlock`, errors);
  const others = peer.podSelector !== undefined || peer.namespaceSelector !== undefined;
  if (!others && peer.ipBlock === undefined) errors.required(at, 'must specify a peer');
  else if (others && peer.ipBlock !== undefined)
    errors.forbidden(at, 'may not specify both ipBlock and another peer');
}

function validateIpBlock(block: IPBlock, at: string, errors: FieldErrors): void {
  if (block.cidr === '') return errors.required(`${at}.cidr`);
  const problems = cidr(block.cidr);
  errors.invalidEach(`${at}.cidr`, block.cidr, problems);
  if (problems.length > 0) return;
  const outer = parseCidr(block.cidr);
  for (const [index, except] of (block.except ?? []).entries()) {
    const field = `${at}.except[${index}]`;
    const messages = cidr(except);
    errors.invalidEach(field, except, messages);
    if (messages.length > 0) continue;
    const inner = parseCidr(except);
    if (outer === undefined || inner === undefined) continue;
    if (!cidrContains(block.cidr, inner.address) || outer.prefixLength >= inner.prefixLength)
      errors.invalid(field, except, 'must be a strict subset of `cidr`');
  }
}

export function networkPolicyWarnings({ spec }: NetworkPolicy): readonly string[] {
  const warnings: string[] = [];
  for (const [index, rule] of (spec?.ingress ?? []).entries())
    for (const [position, peer] of (rule.from ?? []).entries())
      warnings.push(...cidrWarnings(peer, `spec.ingress[${index}].from[${position}].ipBlock`));
  for (const [index, rule] of (spec?.egress ?? []).entries())
    for (const [position, peer] of (rule.to ?? []).entries())
      warnings.push(...cidrWarnings(peer, `spec.egress[${index}].to[${position}].ipBlock`));
  return warnings;
}

/** Bits set beyond the prefix: a network, or one address? */
function cidrWarnings(peer: NetworkPolicyPeer, at: string): readonly string[] {
  const named = [
    ['cidr', peer.ipBlock?.cidr ?? ''] as const,
    ...(peer.ipBlock?.except ?? []).map((value, index) => [`except[${index}]`, value] as const),
  ];
  return named.flatMap(([field, value]) => {
    const parsed = parseCidr(value);
    const network = cidrNetwork(value);
    if (parsed === undefined || network === undefined || network === value) return [];
    const bits = parsed.version === 4 ? 32 : 128;
    return [
      `${at}.${field}: CIDR value ${JSON.stringify(value)} is ambiguous in this context (should be ${JSON.stringify(network)} or ${JSON.stringify(`${parsed.address}/${bits}`)}?)`,
    ];
  });
}

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

export function validateIngress(ingress: Ingress, errors: FieldErrors): void {
  const { spec } = ingress;
  const rules = spec?.rules ?? [];
  // ING8.
  if (rules.length === 0 && spec?.defaultBackend === undefined)
    errors.invalid('spec', null, 'either `defaultBackend` or `rules` must be specified');
  if (spec?.defaultBackend !== undefined) validateBackend(spec.defaultBackend, 'spec.defaultBackend', errors);
  for (const [index, rule] of rules.entries()) {
    const at = `spec.rules[${index}]`;
    const host = rule.host ?? '';
    if (host !== '') {
      if (isIpv4(host) || isIpv6(host))
        errors.invalid(`${at}.host`, host, 'must be a DNS name, not an IP address');
      errors.invalidEach(
        `${at}.host`,
        host,
        host.includes('*') ? wildcardDnsSubdomain(host) : dnsSubdomain(host),
      );
    }
    if (rule.http === undefined) continue;
    const paths = (rule.http.paths as HTTPIngressPath[] | null | undefined) ?? [];
    if (paths.length === 0) errors.required(`${at}.http.paths`);
    for (const [position, path] of paths.entries())
      validatePath(path, `${at}.http.paths[${position}]`, errors);
  }
  for (const [index, tls] of (spec?.tls ?? []).entries()) {
    for (const [position, host] of (tls.hosts ?? []).entries())
      errors.invalidEach(
        `spec.tls[${index}].hosts[${position}]`,
        host,
        host.includes('*') ? wildcardDnsSubdomain(host) : dnsSubdomain(host),
      );
    if (tls.secretName !== undefined)
      errors.invalidEach(`spec.tls[${index}].secretName`, tls.secretName, dnsSubdomain(tls.secretName));
  }
  if (spec?.ingressClassName !== undefined)
    errors.invalidEach('spec.ingressClassName', spec.ingressClassName, dnsSubdomain(spec.ingressClassName));
}

/** ING6: on create alone. */
export function validateIngressCreate(ingress: Ingress, errors: FieldErrors): void {
  const annotation = ingress.metadata?.annotations?.[CLASS_ANNOTATION];
  const name = ingress.spec?.ingressClassName;
  if (annotation !== undefined && name !== undefined && annotation !== name)
    errors.invalid(
      `annotations.${CLASS_ANNOTATION}`,
      annotation,
      'must match `ingressClassName` when both are specified',
    );
}

/** ING7. */
const FORBIDDEN_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const FORBIDDEN_SUFFIXES = ['/..', '/.'];

function validatePath(entry: HTTPIngressPath, at: string, errors: FieldErrors): void {
  const { path = '' } = entry;
  const pathType = entry.pathType as string | undefined;
  if (pathType === undefined || pathType === '')
    return errors.required(`${at}.pathType`, 'pathType must be specified');
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!path.startsWith('/')) errors.invalid(`${at}.path`, path, 'must be an absolute path');
    for (const part of FORBIDDEN_SEQUENCES)
      if (path.includes(part)) errors.invalid(`${at}.path`, path, `must not contain '${part}'`);
    for (const part of FORBIDDEN_SUFFIXES)
      if (path.endsWith(part)) errors.invalid(`${at}.path`, path, `cannot end with '${part}'`);
  } else if (pathType === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) errors.invalid(`${at}.path`, path, 'must be an absolute path');
  } else errors.notSupported(`${at}.pathType`, pathType, ['Exact', 'ImplementationSpecific', 'Prefix']);
  validateBackend(entry.backend, `${at}.backend`, errors);
}

function validateBackend(backend: IngressBackend, at: string, errors: FieldErrors): void {
  if (backend.resource !== undefined && backend.service !== undefined)
    return errors.invalid(at, '', 'cannot set both resource and service backends');
  if (backend.resource !== undefined) {
    if (backend.resource.kind === '') errors.required(`${at}.resource.kind`);
    if (backend.resource.name === '') errors.required(`${at}.resource.name`);
    return;
  }
  if (backend.service === undefined) return errors.invalid(at, '', 'resource or service backend is required');
  const { name, port } = backend.service;
  if (name === '') errors.required(`${at}.service.name`);
  else errors.invalidEach(`${at}.service.name`, name, dns1035Label(name));
  const hasName = (port?.name ?? '') !== '';
  const hasNumber = (port?.number ?? 0) !== 0;
  if (hasName && hasNumber) errors.invalid(at, '', 'cannot set both port name & port number');
  else if (hasName) errors.invalidEach(`${at}.service.port.name`, port?.name, portName(port?.name ?? ''));
  else if (hasNumber)
    errors.invalidEach(`${at}.service.port.number`, port?.number, portNumber(port?.number ?? 0));
  else errors.required(at, 'port name or number is required');
}

const CONTROLLER_MAX_CHARACTERS = 250;

export function validateIngressClass(ingressClass: IngressClass, errors: FieldErrors): void {
  const controller = ingressClass.spec?.controller ?? '';
  if (controller.length > CONTROLLER_MAX_CHARACTERS)
    errors.tooLong('spec.controller', CONTROLLER_MAX_CHARACTERS);
  const [domain = '', ...path] = controller.split('/');
  if (controller === '') errors.required('spec.controller');
  else if (path.length === 0 || path.join('/') === '')
    errors.invalid('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")');
  else errors.invalidEach('spec.controller', domain, dnsSubdomain(domain));
}

export function validateIngressClassUpdate(
  object: IngressClass,
  previous: IngressClass,
  errors: FieldErrors,
): void {
  validateImmutable(object.spec?.controller, previous.spec?.controller, 'spec.controller', errors);
}
