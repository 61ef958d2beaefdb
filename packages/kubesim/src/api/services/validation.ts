import type { Service, ServicePort } from 'kubernetes-types/core/v1';
import { jsonEqual } from '../json.ts';
import { cidr, ipAddress, reservedAddress } from '../validation/addresses.ts';
import type { FieldErrors } from '../validation/field-errors.ts';
import { validateLabels } from '../validation/metadata.ts';
import { dnsLabel, dnsSubdomain, portNumber, qualifiedName } from '../validation/names.ts';
import { validatePortOrName } from '../validation/pod-spec.ts';
import { isExternallyAccessible } from './defaults.ts';
import { isHeadless } from './ip-families.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const FAMILY_POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const POLICIES = ['Cluster', 'Local'];
const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
const MAX_AFFINITY_SECONDS = 86_400;

export function validateService(service: Service, errors: FieldErrors): void {
  const spec = service.spec ?? {};
  const ports = spec.ports ?? [];
  const headless = isHeadless(service);
  if (ports.length === 0 && !headless && spec.type !== 'ExternalName') errors.required('spec.ports');
  if (headless && (spec.type === 'LoadBalancer' || spec.type === 'NodePort'))
    errors.invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`);
  if (spec.type === 'ExternalName') validateExternalName(service, errors);
  const names = new Set<string>();
  for (const [index, port] of ports.entries())
    validatePort(port, ports.length > 1, names, `spec.ports[${index}]`, errors);
  validateLabels(spec.selector, 'spec.selector', errors);
  if (!['ClientIP', 'None'].includes(spec.sessionAffinity ?? ''))
    errors.notSupported('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']);
  if (spec.sessionAffinity === 'ClientIP') {
    const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
    if (seconds !== undefined && (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS))
      errors.invalid(
        'spec.sessionAffinityConfig.clientIP.timeoutSeconds',
        seconds,
        `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`,
      );
  }
  if (spec.ipFamilyPolicy !== undefined && !FAMILY_POLICIES.includes(spec.ipFamilyPolicy))
    errors.notSupported('spec.ipFamilyPolicy', spec.ipFamilyPolicy, FAMILY_POLICIES);
  validateClusterIps(service, errors);
  for (const [index, address] of (spec.externalIPs ?? []).entries()) {
    const messages = ipAddress(address);
    errors.invalidEach(
      `spec.externalIPs[${index}]`,
      address,
      messages.length > 0 ? messages : reservedAddress(address),
    );
  }
  if (!TYPES.includes(spec.type ?? '')) errors.notSupported('spec.type', spec.type, TYPES);
  if (spec.type === 'ClusterIP')
    for (const [index, port] of ports.entries())
      if (port.nodePort !== undefined && port.nodePort !== 0)
        errors.forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'");
  validateDuplicates(ports, errors);
  validateLoadBalancer(service, errors);
  validateTraffic(service, errors);
}

function validateClusterIps(service: Service, errors: FieldErrors): void {
  const { clusterIP, clusterIPs = [], type } = service.spec ?? {};
  if (type === 'ExternalName') return;
  if (clusterIPs.length > 2) errors.invalid('spec.clusterIPs', clusterIPs, 'may only hold up to 2 values');
  if (clusterIP === undefined && clusterIPs.length > 0)
    errors.invalid('spec.clusterIPs', clusterIPs, 'must be empty when `clusterIP` is not specified');
  else if (clusterIP !== undefined && clusterIPs[0] !== undefined && clusterIP !== clusterIPs[0])
    errors.invalid('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`');
  if (clusterIPs.length > 1 && clusterIPs.includes('None'))
    errors.invalid('spec.clusterIPs', clusterIPs, "'None' must be the first and only value");
}

function validateExternalName(service: Service, errors: FieldErrors): void {
  const spec = service.spec ?? {};
  if ((spec.clusterIPs ?? []).length > 0)
    errors.forbidden('spec.clusterIPs', 'may not be set for ExternalName services');
  if ((spec.ipFamilies ?? []).length > 0)
    errors.forbidden('spec.ipFamilies', 'may not be set for ExternalName services');
  if (spec.ipFamilyPolicy !== undefined)
    errors.forbidden('spec.ipFamilyPolicy', 'may not be set for ExternalName services');
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') errors.required('spec.externalName');
  else errors.invalidEach('spec.externalName', name, dnsSubdomain(name));
}

function validatePort(
  port: ServicePort,
  several: boolean,
  names: Set<string>,
  at: string,
  errors: FieldErrors,
): void {
  const { name = '' } = port;
  if (name === '' && several) errors.required(`${at}.name`);
  if (name !== '') {
    errors.invalidEach(`${at}.name`, name, dnsLabel(name));
    if (names.has(name)) errors.duplicate(`${at}.name`, name);
    names.add(name);
  }
  errors.invalidEach(`${at}.port`, port.port, portNumber(port.port));
  if (!PROTOCOLS.includes(port.protocol ?? ''))
    errors.notSupported(`${at}.protocol`, port.protocol, PROTOCOLS);
  validatePortOrName(port.targetPort ?? port.port, `${at}.targetPort`, errors);
  if (port.appProtocol !== undefined)
    errors.invalidEach(`${at}.appProtocol`, port.appProtocol, qualifiedName(port.appProtocol));
}

function validateDuplicates(ports: readonly ServicePort[], errors: FieldErrors): void {
  const nodePorts = new Set<string>();
  const numbers = new Set<string>();
  for (const [index, { protocol = 'TCP', nodePort }] of ports.entries()) {
    if (nodePort !== undefined && nodePort !== 0) {
      const key = `${protocol}/${nodePort}`;
      if (nodePorts.has(key)) errors.duplicate(`spec.ports[${index}].nodePort`, nodePort);
      nodePorts.add(key);
    }
  }
  for (const [index, { protocol = 'TCP', port }] of ports.entries()) {
    const key = `${protocol}/${port}`;
    // The value is Go's internal port, which is what upstream prints.
    if (numbers.has(key))
      errors.duplicate(`spec.ports[${index}]`, {
        Name: '',
        Protocol: protocol,
        AppProtocol: null,
        Port: port,
        TargetPort: 0,
        NodePort: 0,
      });
    numbers.add(key);
  }
}

function validateLoadBalancer(service: Service, errors: FieldErrors): void {
  const spec = service.spec ?? {};
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0 && spec.type !== 'LoadBalancer')
    errors.forbidden('spec.LoadBalancerSourceRanges', "may only be used when `type` is 'LoadBalancer'");
  for (const [index, range] of ranges.entries())
    errors.invalidEach(`spec.LoadBalancerSourceRanges[${index}]`, range, cidr(range.trim()));
  if (spec.allocateLoadBalancerNodePorts !== undefined && spec.type !== 'LoadBalancer')
    errors.forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'");
  if (spec.loadBalancerClass !== undefined && spec.type !== 'LoadBalancer')
    errors.forbidden('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'");
}

function validateTraffic(service: Service, errors: FieldErrors): void {
  const spec = service.spec ?? {};
  const external = spec.externalTrafficPolicy;
  if (!isExternallyAccessible(service)) {
    if (external !== undefined)
      errors.invalid(
        'spec.externalTrafficPolicy',
        external,
        'may only be set for externally-accessible services',
      );
  } else if (external === undefined) errors.required('spec.externalTrafficPolicy');
  else if (!POLICIES.includes(external))
    errors.notSupported('spec.externalTrafficPolicy', external, POLICIES);
  const needsHealth = spec.type === 'LoadBalancer' && external === 'Local';
  if (!needsHealth && spec.healthCheckNodePort !== undefined && spec.healthCheckNodePort !== 0)
    errors.invalid(
      'spec.healthCheckNodePort',
      spec.healthCheckNodePort,
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    );
  if (spec.internalTrafficPolicy !== undefined && !POLICIES.includes(spec.internalTrafficPolicy))
    errors.notSupported('spec.internalTrafficPolicy', spec.internalTrafficPolicy, POLICIES);
  const distribution = (spec as { trafficDistribution?: string }).trafficDistribution;
  if (distribution !== undefined && !DISTRIBUTIONS.includes(distribution))
    errors.notSupported('spec.trafficDistribution', distribution, DISTRIBUTIONS);
}

export function validateServiceUpdate(service: Service, previous: Service, errors: FieldErrors): void {
  const spec = service.spec ?? {};
  const before = previous.spec ?? {};
  if (spec.type === 'ExternalName' || before.type === 'ExternalName') return;
  const [now, then] = [spec.clusterIPs ?? [], before.clusterIPs ?? []];
  if (then[0] !== undefined && now[0] !== then[0]) {
    if (now.length === 0) errors.invalid('spec.clusterIPs[0]', now, 'primary clusterIP can not be unset');
    else errors.invalid('spec.clusterIPs[0]', now, 'may not change once set');
  } else if (now.length === then.length && !jsonEqual(now, then))
    errors.invalid('spec.clusterIPs[1]', now, 'may not change once set');
  else if (now.length < then.length && spec.ipFamilyPolicy !== 'SingleStack')
    errors.invalid(
      'spec.ipFamilyPolicy',
      spec.ipFamilyPolicy,
      "must be set to 'SingleStack' when releasing the secondary clusterIP",
    );
  const [families, familiesBefore] = [spec.ipFamilies ?? [], before.ipFamilies ?? []];
  if (familiesBefore[0] !== undefined && families[0] !== familiesBefore[0] && then[0] !== 'None')
    errors.invalid('spec.ipFamilies[0]', families, 'may not change once set');
  const health = spec.healthCheckNodePort;
  if (
    before.healthCheckNodePort !== undefined &&
    health !== undefined &&
    health !== before.healthCheckNodePort
  )
    errors.forbidden('spec.healthCheckNodePort', 'field is immutable');
}
