/** A manifest that an API server refuses, or takes with changes, and what is wrong with it. */
export interface NastyManifest {
  readonly name: string;
  readonly object: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const META = { name: 'nasty', namespace: 'default' } as const;

const pod = (name: string, spec: Fields, metadata: Fields = {}): NastyManifest => ({
  name: `pod: ${name}`,
  object: { apiVersion: 'v1', kind: 'Pod', metadata: { ...META, ...metadata }, spec },
});
const container = (fields: Fields): Fields => ({ containers: [{ name: 'c', image: 'i', ...fields }] });
const service = (name: string, spec: Fields): NastyManifest => ({
  name: `service: ${name}`,
  object: { apiVersion: 'v1', kind: 'Service', metadata: META, spec },
});
const policy = (name: string, spec: Fields): NastyManifest => ({
  name: `networkpolicy: ${name}`,
  object: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: META, spec },
});
const ingress = (name: string, spec: Fields): NastyManifest => ({
  name: `ingress: ${name}`,
  object: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: META, spec },
});
const deployment = (name: string, spec: Fields): NastyManifest => ({
  name: `deployment: ${name}`,
  object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: META, spec },
});
const other = (name: string, apiVersion: string, kind: string, rest: Fields): NastyManifest => ({
  name: `${kind.toLowerCase()}: ${name}`,
  object: { apiVersion, kind, metadata: META, ...rest },
});

const TEMPLATE = { metadata: { labels: { app: 'x' } }, spec: container({}) };
const from = (peer: Fields): Fields => ({ podSelector: {}, ingress: [{ from: [peer] }] });
const onPort = (port: Fields): Fields => ({ podSelector: {}, ingress: [{ ports: [port] }] });
const path = (fields: Fields): Fields => ({
  rules: [
    {
      http: {
        paths: [
          {
            path: '/',
            pathType: 'Prefix',
            backend: { service: { name: 's', port: { number: 80 } } },
            ...fields,
          },
        ],
      },
    },
  ],
});
const slice = (name: string, rest: Fields): NastyManifest =>
  other(name, 'discovery.k8s.io/v1', 'EndpointSlice', rest);

/** Sent with a server-side dry run: the whole answer is compared, message by message. */
export const NASTY_MANIFESTS: readonly NastyManifest[] = [
  policy('except outside its block', from({ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } })),
  policy('except as large as its block', from({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/8'] } })),
  policy('except that is no range', from({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.1'] } })),
  policy('block that is no range', from({ ipBlock: { cidr: '10.0.0.1' } })),
  policy('block with host bits', from({ ipBlock: { cidr: '10.0.0.1/8' } })),
  policy('block with leading zeros', from({ ipBlock: { cidr: '010.0.0.0/8' } })),
  policy('empty block', from({ ipBlock: { cidr: '' } })),
  policy('block and selector', from({ ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} })),
  policy('empty peer', from({})),
  policy('endPort below port', onPort({ port: 90, endPort: 80 })),
  policy('endPort without port', onPort({ endPort: 80 })),
  policy('endPort with a name', onPort({ port: 'web', endPort: 80 })),
  policy('endPort too large', onPort({ port: 80, endPort: 70_000 })),
  policy('port 0', onPort({ port: 0 })),
  policy('port too large', onPort({ port: 65_536 })),
  policy('port name too long', onPort({ port: 'a-name-that-is-too-long' })),
  policy('port name with capitals', onPort({ port: 'Web' })),
  policy('port name empty', onPort({ port: '' })),
  policy('unknown protocol', onPort({ protocol: 'ICMP', port: 80 })),
  policy('lower-case protocol', onPort({ protocol: 'tcp', port: 80 })),
  policy('unknown policy type', { podSelector: {}, policyTypes: ['Inbound'] }),
  policy('three policy types', { podSelector: {}, policyTypes: ['Ingress', 'Egress', 'Ingress'] }),
  policy('twice the same type', { podSelector: {}, policyTypes: ['Ingress', 'Ingress'] }),
  policy('selector operator unknown', {
    podSelector: { matchExpressions: [{ key: 'a', operator: 'Equals', values: ['b'] }] },
  }),
  policy('In without values', { podSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }),
  policy('Exists with values', {
    podSelector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] },
  }),
  policy('label key not allowed', { podSelector: { matchLabels: { 'a/b/c': 'd' } } }),
  policy('label value not allowed', { podSelector: { matchLabels: { a: 'not allowed' } } }),
  policy('no selector', { ingress: [{}] }),
  policy('unknown field', { podSelector: {}, ingres: [] }),
  policy('from is no list', { podSelector: {}, ingress: [{ from: { podSelector: {} } }] }),
  service('no ports', { selector: { app: 'x' } }),
  service('two ports without names', { ports: [{ port: 80 }, { port: 81 }] }),
  service('same name twice', {
    ports: [
      { name: 'a', port: 80 },
      { name: 'a', port: 81 },
    ],
  }),
  service('same port twice', {
    ports: [
      { name: 'a', port: 80 },
      { name: 'b', port: 80 },
    ],
  }),
  service('port 0', { ports: [{ port: 0 }] }),
  service('port too large', { ports: [{ port: 70_000 }] }),
  service('target port 0', { ports: [{ port: 80, targetPort: 0 }] }),
  service('target port name', { ports: [{ port: 80, targetPort: 'NOT-a-port' }] }),
  service('port name', { ports: [{ port: 80, name: 'Web' }] }),
  service('node port on ClusterIP', { ports: [{ port: 80, nodePort: 30_100 }] }),
  service('node port out of range', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }),
  service('node port twice', {
    type: 'NodePort',
    ports: [
      { name: 'a', port: 80, nodePort: 30_100 },
      { name: 'b', port: 81, nodePort: 30_100 },
    ],
  }),
  service('unknown type', { type: 'Cluster', ports: [{ port: 80 }] }),
  service('unknown protocol', { ports: [{ port: 80, protocol: 'ICMP' }] }),
  service('ClusterIP out of range', { clusterIP: '192.0.2.1', ports: [{ port: 80 }] }),
  service('ClusterIP that is none', { clusterIP: 'not-an-ip', ports: [{ port: 80 }] }),
  service('ClusterIP of another', { clusterIP: '10.96.0.1', ports: [{ port: 80 }] }),
  service('headless node port', { type: 'NodePort', clusterIP: 'None', ports: [{ port: 80 }] }),
  service('ExternalName without name', { type: 'ExternalName' }),
  service('ExternalName that is none', { type: 'ExternalName', externalName: 'not a name' }),
  service('ExternalName with address', {
    type: 'ExternalName',
    externalName: 'a.example',
    clusterIP: '10.96.3.4',
  }),
  service('session affinity unknown', { sessionAffinity: 'Cookie', ports: [{ port: 80 }] }),
  service('affinity timeout too long', {
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 90_000 } },
    ports: [{ port: 80 }],
  }),
  service('affinity config without affinity', {
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 90 } },
    ports: [{ port: 80 }],
  }),
  service('external policy on ClusterIP', { externalTrafficPolicy: 'Local', ports: [{ port: 80 }] }),
  service('external policy unknown', {
    type: 'NodePort',
    externalTrafficPolicy: 'Near',
    ports: [{ port: 80 }],
  }),
  service('internal policy unknown', { internalTrafficPolicy: 'Near', ports: [{ port: 80 }] }),
  service('external IP that is none', { externalIPs: ['localhost'], ports: [{ port: 80 }] }),
  service('external IP loopback', { externalIPs: ['127.0.0.1'], ports: [{ port: 80 }] }),
  service('source ranges on ClusterIP', {
    loadBalancerSourceRanges: ['10.0.0.0/8'],
    ports: [{ port: 80 }],
  }),
  service('source range that is none', {
    type: 'LoadBalancer',
    loadBalancerSourceRanges: ['10.0.0.0'],
    ports: [{ port: 80 }],
  }),
  service('load balancer class on NodePort', {
    type: 'NodePort',
    loadBalancerClass: 'a/b',
    ports: [{ port: 80 }],
  }),
  service('allocate node ports on ClusterIP', { allocateLoadBalancerNodePorts: true, ports: [{ port: 80 }] }),
  service('health check port without Local', {
    type: 'LoadBalancer',
    healthCheckNodePort: 30_200,
    ports: [{ port: 80 }],
  }),
  service('family not there', { ipFamilies: ['IPv6'], ports: [{ port: 80 }] }),
  service('dual stack required', { ipFamilyPolicy: 'RequireDualStack', ports: [{ port: 80 }] }),
  service('family twice', { ipFamilies: ['IPv4', 'IPv4'], ports: [{ port: 80 }] }),
  service('selector value not allowed', { selector: { app: 'not allowed' }, ports: [{ port: 80 }] }),
  service('traffic distribution unknown', { trafficDistribution: 'Nearest', ports: [{ port: 80 }] }),
  service('app protocol', { ports: [{ port: 80, appProtocol: 'not/a/protocol' }] }),
  other('name with capitals', 'v1', 'Service', {
    metadata: { name: 'Nasty', namespace: 'default' },
    spec: { ports: [{ port: 80 }] },
  }),
  other('name begins with a digit', 'v1', 'Service', {
    metadata: { name: '1st', namespace: 'default' },
    spec: { ports: [{ port: 80 }] },
  }),
  pod('no containers', {}),
  pod('container without name', { containers: [{ image: 'i' }] }),
  pod('container without image', { containers: [{ name: 'c' }] }),
  pod('same container twice', {
    containers: [
      { name: 'c', image: 'i' },
      { name: 'c', image: 'i' },
    ],
  }),
  pod('container name', { containers: [{ name: 'Not_A_Name', image: 'i' }] }),
  pod('port 0', container({ ports: [{ containerPort: 0 }] })),
  pod('port too large', container({ ports: [{ containerPort: 65_536 }] })),
  pod(
    'port name twice',
    container({
      ports: [
        { name: 'a', containerPort: 1 },
        { name: 'a', containerPort: 2 },
      ],
    }),
  ),
  pod('port name', container({ ports: [{ name: 'a_b', containerPort: 1 }] })),
  pod('port name of digits', container({ ports: [{ name: '80', containerPort: 1 }] })),
  pod(
    'host port twice',
    container({
      ports: [
        { containerPort: 1, hostPort: 80 },
        { containerPort: 2, hostPort: 80 },
      ],
    }),
  ),
  pod('host network, other host port', {
    hostNetwork: true,
    ...container({ ports: [{ containerPort: 80, hostPort: 81 }] }),
  }),
  pod('restart policy', { restartPolicy: 'Sometimes', ...container({}) }),
  pod('pull policy', container({ imagePullPolicy: 'Maybe' })),
  pod('two handlers', container({ livenessProbe: { tcpSocket: { port: 1 }, exec: { command: ['a'] } } })),
  pod('no handler', container({ livenessProbe: {} })),
  pod('probe port', container({ readinessProbe: { httpGet: { path: '/', port: 0 } } })),
  pod('success threshold', container({ livenessProbe: { tcpSocket: { port: 1 }, successThreshold: 2 } })),
  pod('negative period', container({ livenessProbe: { tcpSocket: { port: 1 }, periodSeconds: -1 } })),
  pod('mount without volume', container({ volumeMounts: [{ name: 'v', mountPath: '/v' }] })),
  pod('request above limit', container({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } })),
  pod('quantity that is none', container({ resources: { requests: { cpu: 'two' } } })),
  pod('negative quantity', container({ resources: { requests: { memory: '-1' } } })),
  pod('DNS policy unknown', { dnsPolicy: 'Cluster', ...container({}) }),
  pod('DNS None without servers', { dnsPolicy: 'None', ...container({}) }),
  pod('DNS server that is none', {
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['dns'] },
    ...container({}),
  }),
  pod('hostname', { hostname: 'not.a.label', ...container({}) }),
  pod('subdomain', { subdomain: 'not.a.label', ...container({}) }),
  pod('toleration', { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }], ...container({}) }),
  pod('node selector', { nodeSelector: { a: 'not allowed' }, ...container({}) }),
  pod('negative grace period', { terminationGracePeriodSeconds: -1, ...container({}) }),
  pod('environment name', container({ env: [{ name: 'a=b', value: 'c' }] })),
  pod(
    'environment from two',
    container({ env: [{ name: 'a', value: 'c', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
  ),
  pod(
    'field that is none',
    container({ env: [{ name: 'a', valueFrom: { fieldRef: { fieldPath: 'spec.none' } } }] }),
  ),
  pod('label', container({}), { labels: { a: 'not allowed' } }),
  pod('annotation key', container({}), { annotations: { 'a b': 'c' } }),
  pod('name too long', container({}), { name: 'n'.repeat(254) }),
  pod('service account not there', { serviceAccountName: 'none-such', ...container({}) }),
  pod('unknown field', { hostNetwrk: true, ...container({}) }),
  pod('wrong type', { hostNetwork: 'yes', ...container({}) }),
  pod('number for text', container({ image: 5 })),
  ingress('neither rules nor backend', {}),
  ingress('path without slash', path({ path: 'a' })),
  ingress('path with dots', path({ path: '/a/../b' })),
  ingress('path type unknown', path({ pathType: 'Regex' })),
  ingress('path type left out', path({ pathType: undefined })),
  ingress('backend without port', path({ backend: { service: { name: 's' } } })),
  ingress(
    'backend with both ports',
    path({ backend: { service: { name: 's', port: { name: 'a', number: 80 } } } }),
  ),
  ingress('backend empty', path({ backend: {} })),
  ingress('host that is an address', { rules: [{ host: '10.0.0.1' }] }),
  ingress('wildcard in the middle', { rules: [{ host: 'a.*.example' }] }),
  ingress('class name', { ingressClassName: 'Not A Class', ...path({}) }),
  deployment('selector does not match', { selector: { matchLabels: { app: 'y' } }, template: TEMPLATE }),
  deployment('no selector', { template: TEMPLATE }),
  deployment('negative replicas', {
    replicas: -1,
    selector: { matchLabels: { app: 'x' } },
    template: TEMPLATE,
  }),
  deployment('restart policy', {
    selector: { matchLabels: { app: 'x' } },
    template: { ...TEMPLATE, spec: { ...TEMPLATE.spec, restartPolicy: 'Never' } },
  }),
  deployment('no surge, none unavailable', {
    selector: { matchLabels: { app: 'x' } },
    template: TEMPLATE,
    strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } },
  }),
  deployment('surge above all', {
    selector: { matchLabels: { app: 'x' } },
    template: TEMPLATE,
    strategy: { rollingUpdate: { maxUnavailable: '150%' } },
  }),
  deployment('recreate with rolling update', {
    selector: { matchLabels: { app: 'x' } },
    template: TEMPLATE,
    strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } },
  }),
  slice('no address type', { endpoints: [] }),
  slice('address of the wrong family', { addressType: 'IPv4', endpoints: [{ addresses: ['::1'] }] }),
  slice('address loopback', { addressType: 'IPv4', endpoints: [{ addresses: ['127.0.0.1'] }] }),
  slice('no addresses', { addressType: 'IPv4', endpoints: [{ addresses: [] }] }),
  slice('same port twice', {
    addressType: 'IPv4',
    endpoints: [],
    ports: [
      { name: 'a', port: 80 },
      { name: 'a', port: 81 },
    ],
  }),
  other('key', 'v1', 'ConfigMap', { data: { 'not allowed': 'a' } }),
  other('type of values', 'v1', 'ConfigMap', { data: { a: 1 } }),
  other('not base64', 'v1', 'Secret', { data: { a: '***' } }),
  other('TLS without key', 'v1', 'Secret', { type: 'kubernetes.io/tls', data: { 'tls.crt': 'YQ==' } }),
];
