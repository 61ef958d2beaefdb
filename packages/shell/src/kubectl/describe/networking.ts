import { formatLabels } from '../printers/table.ts';
import {
  compareText,
  flagAt,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
  textMapAt,
  textsAt,
  valueAt,
} from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { formatSelector, orNone, plain } from './writer.ts';
import type { DescribeWriter } from './writer.ts';

/** Addresses of a service that are shown before the rest is only counted. */
const MAX_SHOWN_ENDPOINTS = 3;

function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Ready addresses of the slices' ports with this name. */
export function endpointsText(slices: readonly JsonObject[], portName: string): string {
  if (slices.length === 0) return '<none>';
  const list: string[] = [];
  for (const slice of slices) {
    const ready = objectsAt(slice, 'endpoints').filter(
      (endpoint) => flagAt(endpoint, 'conditions', 'ready') !== false,
    );
    const addresses = ready.map((endpoint) => textsAt(endpoint, 'addresses')[0] ?? '');
    const ports = objectsAt(slice, 'ports');
    if (ports.length === 0) list.push(...addresses);
    for (const port of ports) {
      if (textAt(port, 'name') === portName)
        list.push(...addresses.map((address) => joinHostPort(address, numberAt(port, 'port') ?? 0)));
    }
  }
  const shown = list.slice(0, MAX_SHOWN_ENDPOINTS).join(',');
  return list.length > MAX_SHOWN_ENDPOINTS
    ? `${shown} + ${list.length - MAX_SHOWN_ENDPOINTS} more...`
    : shown;
}

function balancerText(service: JsonObject): string {
  return objectsAt(service, 'status', 'loadBalancer', 'ingress')
    .map((ingress) => {
      const ip = textAt(ingress, 'ip');
      const mode = textAt(ingress, 'ipMode');
      return ip === '' ? textAt(ingress, 'hostname') : ip + (mode === '' ? '' : ` (${mode})`);
    })
    .join(', ');
}

export function describeService(w: DescribeWriter, service: JsonObject, slices: readonly JsonObject[]): void {
  const text = (key: string): string => textAt(service, 'spec', key);
  const optional = (title: string, value: string): void => {
    if (value !== '') w.field(title, value);
  };
  w.head(service);
  w.field('Selector', formatLabels(textMapAt(service, 'spec', 'selector')));
  w.field('Type', text('type'));
  optional('IP Family Policy', text('ipFamilyPolicy'));
  w.field('IP Families', orNone(textsAt(service, 'spec', 'ipFamilies').join(',')));
  w.field('IP', text('clusterIP'));
  w.field('IPs', orNone(textsAt(service, 'spec', 'clusterIPs').join(',')));
  optional('External IPs', textsAt(service, 'spec', 'externalIPs').join(','));
  optional('Desired LoadBalancer IP', text('loadBalancerIP'));
  optional('External Name', text('externalName'));
  optional('LoadBalancer Ingress', balancerText(service));
  for (const port of objectsAt(service, 'spec', 'ports')) {
    const name = textAt(port, 'name') || '<unset>';
    const protocol = textAt(port, 'protocol');
    w.field('Port', `${name}\t${numberAt(port, 'port') ?? 0}/${protocol}`);
    w.field('TargetPort', `${plain(port['targetPort'])}/${protocol}`);
    const nodePort = numberAt(port, 'nodePort') ?? 0;
    if (nodePort !== 0) w.field('NodePort', `${name}\t${nodePort}/${protocol}`);
    w.field('Endpoints', endpointsText(slices, textAt(port, 'name')));
  }
  w.field('Session Affinity', text('sessionAffinity'));
  optional('External Traffic Policy', text('externalTrafficPolicy'));
  optional('Internal Traffic Policy', text('internalTrafficPolicy'));
  const health = numberAt(service, 'spec', 'healthCheckNodePort') ?? 0;
  if (health !== 0) w.field('HealthCheck NodePort', health);
  optional('LoadBalancer Source Ranges', textsAt(service, 'spec', 'loadBalancerSourceRanges').join(','));
  optional('Traffic Distribution', text('trafficDistribution'));
  w.events();
}

/** How an ingress' backends are looked up. */
export interface Backends {
  /** The service, or the message that says why it cannot be had. */
  readonly service: (
    name: string,
  ) => { readonly ok: true; readonly object: JsonObject } | { readonly ok: false; readonly message: string };
  readonly slices: (service: string) => readonly JsonObject[];
}

function backendText(backend: JsonObject, backends: Backends): string {
  const service = objectAt(backend, 'service');
  const resource = objectAt(backend, 'resource');
  if (service !== undefined) {
    const name = textAt(service, 'name');
    const number = numberAt(service, 'port', 'number') ?? 0;
    const portName = textAt(service, 'port', 'name');
    const head = `${name}:${number === 0 ? portName : number}`;
    const found = backends.service(name);
    if (!found.ok) return `${head} (<error: ${found.message}>)`;
    const port = objectsAt(found.object, 'spec', 'ports').findLast((each) =>
      number !== 0 ? numberAt(each, 'port') === number : portName !== '' && textAt(each, 'name') === portName,
    );
    return `${head} (${endpointsText(backends.slices(name), textAt(port, 'name'))})`;
  }
  if (resource === undefined) return '';
  return `APIGroup: ${textAt(resource, 'apiGroup') || '<none>'}, Kind: ${textAt(resource, 'kind')}, Name: ${textAt(resource, 'name')}`;
}

export function describeIngress(w: DescribeWriter, ingress: JsonObject, backends: Backends): void {
  w.field('Name', textAt(ingress, 'metadata', 'name'));
  w.labels('Labels', textMapAt(ingress, 'metadata', 'labels'));
  w.field('Namespace', textAt(ingress, 'metadata', 'namespace'));
  const addresses = objectsAt(ingress, 'status', 'loadBalancer', 'ingress').map(
    (each) => textAt(each, 'ip') || textAt(each, 'hostname'),
  );
  w.field('Address', [...new Set(addresses)].sort(compareText).join(','));
  w.field('Ingress Class', textAt(ingress, 'spec', 'ingressClassName') || '<none>');
  const fallback = objectAt(ingress, 'spec', 'defaultBackend');
  const fallbackText = fallback === undefined ? '<default>' : backendText(fallback, backends);
  w.field('Default backend', fallbackText);
  const tls = objectsAt(ingress, 'spec', 'tls');
  if (tls.length > 0) w.write(0, 'TLS:\n');
  for (const entry of tls) {
    const secret = textAt(entry, 'secretName');
    const hosts = textsAt(entry, 'hosts').join(',');
    w.write(1, secret === '' ? `SNI routes ${hosts}\n` : `${secret} terminates ${hosts}\n`);
  }
  w.write(0, 'Rules:\n  Host\tPath\tBackends\n');
  w.write(1, '----\t----\t--------\n');
  const rules = objectsAt(ingress, 'spec', 'rules').filter((rule) => objectAt(rule, 'http') !== undefined);
  for (const rule of rules) {
    w.write(1, `${textAt(rule, 'host') || '*'}\t\n`);
    for (const path of objectsAt(rule, 'http', 'paths'))
      w.write(2, `\t${textAt(path, 'path')} \t${backendText(objectAt(path, 'backend') ?? {}, backends)}\n`);
  }
  if (rules.length === 0) w.write(1, `*\t*\t${fallbackText}\n`);
  w.annotations('Annotations', ingress);
  w.events();
}

export function describeIngressClass(w: DescribeWriter, ingressClass: JsonObject): void {
  w.head(ingressClass, { namespace: false });
  w.field('Controller', textAt(ingressClass, 'spec', 'controller'));
  const parameters = objectAt(ingressClass, 'spec', 'parameters');
  if (parameters !== undefined) {
    w.write(0, 'Parameters:\n');
    if (textAt(parameters, 'apiGroup') !== '') w.write(1, `APIGroup:\t${textAt(parameters, 'apiGroup')}\n`);
    w.write(1, `Kind:\t${textAt(parameters, 'kind')}\n`);
    w.write(1, `Name:\t${textAt(parameters, 'name')}\n`);
  }
  w.events();
}

export function describeEndpointSlice(w: DescribeWriter, slice: JsonObject): void {
  w.head(slice);
  w.field('AddressType', textAt(slice, 'addressType'));
  const ports = objectsAt(slice, 'ports');
  if (ports.length === 0) {
    w.write(0, 'Ports: <unset>\n');
  } else {
    w.write(0, 'Ports:\n');
    w.write(1, 'Name\tPort\tProtocol\n');
    w.write(1, '----\t----\t--------\n');
    for (const port of ports)
      w.write(
        1,
        `${textAt(port, 'name') || '<unset>'}\t${numberAt(port, 'port') ?? '<unset>'}\t${textAt(port, 'protocol')}\n`,
      );
  }
  const endpoints = objectsAt(slice, 'endpoints');
  w.write(0, `Endpoints:${endpoints.length === 0 ? ' <none>' : ''}\n`);
  for (const endpoint of endpoints) {
    w.write(1, `- Addresses:\t${orNone(textsAt(endpoint, 'addresses').join(', '))}\n`);
    w.write(2, 'Conditions:\n');
    const ready = flagAt(endpoint, 'conditions', 'ready');
    w.write(3, `Ready:\t${ready ?? '<unset>'}\n`);
    const unset = (key: string): string => {
      const value = valueAt(endpoint, key);
      return typeof value === 'string' ? value : '<unset>';
    };
    w.write(2, `Hostname:\t${unset('hostname')}\n`);
    const target = objectAt(endpoint, 'targetRef');
    if (target !== undefined) w.write(2, `TargetRef:\t${textAt(target, 'kind')}/${textAt(target, 'name')}\n`);
    w.write(2, `NodeName:\t${unset('nodeName')}\n`);
    w.write(2, `Zone:\t${unset('zone')}\n`);
  }
  w.events();
}

export function describeEndpoints(w: DescribeWriter, endpoints: JsonObject): void {
  w.head(endpoints);
  w.write(0, 'Subsets:\n');
  for (const subset of objectsAt(endpoints, 'subsets')) {
    const addresses = (key: string): string =>
      orNone(
        objectsAt(subset, key)
          .map((address) => textAt(address, 'ip'))
          .join(','),
      );
    w.write(1, `Addresses:\t${addresses('addresses')}\n`);
    w.write(1, `NotReadyAddresses:\t${addresses('notReadyAddresses')}\n`);
    const ports = objectsAt(subset, 'ports');
    if (ports.length > 0) {
      w.write(1, 'Ports:\n');
      w.write(2, 'Name\tPort\tProtocol\n');
      w.write(2, '----\t----\t--------\n');
    }
    for (const port of ports)
      w.write(
        2,
        `${textAt(port, 'name') || '<unset>'}\t${numberAt(port, 'port') ?? 0}\t${textAt(port, 'protocol')}\n`,
      );
    w.write(0, '\n');
  }
  w.events();
}

interface Direction {
  readonly rules: 'ingress' | 'egress';
  readonly peers: 'from' | 'to';
  readonly title: 'From' | 'To';
  readonly other: 'source' | 'destination';
}

const INGRESS: Direction = { rules: 'ingress', peers: 'from', title: 'From', other: 'source' };
const EGRESS: Direction = { rules: 'egress', peers: 'to', title: 'To', other: 'destination' };

function describeRules(w: DescribeWriter, policy: JsonObject, direction: Direction): void {
  const rules = objectsAt(policy, 'spec', direction.rules);
  const margin = '    ';
  if (rules.length === 0)
    w.write(0, `${margin}<none> (Selected pods are isolated for ${direction.rules} connectivity)\n`);
  rules.forEach((rule, i) => {
    const ports = objectsAt(rule, 'ports');
    if (ports.length === 0) w.write(0, `${margin}To Port: <any> (traffic allowed to all ports)\n`);
    for (const port of ports) {
      const protocol = textAt(port, 'protocol') || 'TCP';
      const number = port['port'] === undefined ? '<nil>' : plain(port['port']);
      const end = numberAt(port, 'endPort');
      w.write(
        0,
        end === undefined
          ? `${margin}To Port: ${number}/${protocol}\n`
          : `${margin}To Port Range: ${number}-${end}/${protocol}\n`,
      );
    }
    const peers = objectsAt(rule, direction.peers);
    if (peers.length === 0)
      w.write(0, `${margin}${direction.title}: <any> (traffic not restricted by ${direction.other})\n`);
    for (const peer of peers) describePeer(w, peer, direction, margin);
    if (i < rules.length - 1) w.write(0, `${margin}----------\n`);
  });
}

function describePeer(w: DescribeWriter, peer: JsonObject, direction: Direction, margin: string): void {
  w.write(0, `${margin}${direction.title}:\n`);
  const namespaces = objectAt(peer, 'namespaceSelector');
  const pods = objectAt(peer, 'podSelector');
  const block = objectAt(peer, 'ipBlock');
  if (namespaces !== undefined) w.write(1, `${margin}NamespaceSelector: ${formatSelector(namespaces)}\n`);
  if (pods !== undefined) w.write(1, `${margin}PodSelector: ${formatSelector(pods)}\n`);
  if (namespaces === undefined && pods === undefined && block !== undefined) {
    w.write(1, `${margin}IPBlock:\n`);
    w.write(2, `${margin}CIDR: ${textAt(block, 'cidr')}\n`);
    w.write(2, `${margin}Except: ${textsAt(block, 'except').join(', ')}\n`);
  }
}

/** metav1.Time's own text: `2026-11-22 16:18:52 +0000 UTC`. */
function goTime(timestamp: string): string {
  return `${timestamp.replace('T', ' ').replace('Z', '')} +0000 UTC`;
}

export function describeNetworkPolicy(w: DescribeWriter, policy: JsonObject): void {
  w.field('Name', textAt(policy, 'metadata', 'name'));
  w.field('Namespace', textAt(policy, 'metadata', 'namespace'));
  w.field('Created on', goTime(textAt(policy, 'metadata', 'creationTimestamp')));
  w.labels('Labels', textMapAt(policy, 'metadata', 'labels'));
  w.annotations('Annotations', policy);
  w.write(0, 'Spec:\n');
  w.write(1, 'PodSelector: ');
  const selector = formatSelector(objectAt(policy, 'spec', 'podSelector'));
  w.write(
    2,
    selector === '<none>'
      ? '<none> (Allowing the specific traffic to all pods in this namespace)\n'
      : `${selector}\n`,
  );
  const types = textsAt(policy, 'spec', 'policyTypes');
  for (const direction of [INGRESS, EGRESS]) {
    const affected = types.includes(direction === INGRESS ? 'Ingress' : 'Egress');
    w.write(
      1,
      affected ? `Allowing ${direction.rules} traffic:\n` : `Not affecting ${direction.rules} traffic\n`,
    );
    if (affected) describeRules(w, policy, direction);
  }
  w.write(1, `Policy Types: ${orNone(types.join(', '))}\n`);
}
