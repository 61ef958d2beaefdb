import { describe, expect, it } from 'vitest';
import {
  change,
  CONFIGMAPS,
  DEPLOYMENT,
  DEPLOYMENTS,
  POD,
  PODS,
  SERVICE,
  SERVICES,
  TestServer,
} from './api-server.test-support.ts';

const POLICY = { metadata: { name: 'p' }, spec: { podSelector: {} } };
const POLICIES = '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies';
const INGRESS = {
  metadata: { name: 'i' },
  spec: {
    rules: [
      {
        host: 'a.example',
        http: {
          paths: [
            { path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } },
          ],
        },
      },
    ],
  },
};
const INGRESSES = '/apis/networking.k8s.io/v1/namespaces/default/ingresses';
const JOB = {
  metadata: { name: 'j' },
  spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } },
};
const JOBS = '/apis/batch/v1/namespaces/default/jobs';
const CONTAINER = ['spec', 'containers', 0] as const;
const PATH = ['spec', 'rules', 0, 'http', 'paths', 0] as const;

/** Recorded from kube-apiserver 1.34.4. */
const refusals: readonly [rule: string, path: string, object: unknown, message: string][] = [
  [
    'API6: an empty name for a port',
    POLICIES,
    { metadata: { name: 'p' }, spec: { podSelector: {}, ingress: [{ ports: [{ port: '' }] }] } },
    'NetworkPolicy.networking.k8s.io "p" is invalid: [spec.ingress[0].ports[0].port: Invalid value: "": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-), spec.ingress[0].ports[0].port: Invalid value: "": must contain at least one letter (a-z)]',
  ],
  [
    'API6: a missing image',
    PODS,
    change(POD, [...CONTAINER, 'image'], undefined),
    'Pod "web" is invalid: spec.containers[0].image: Required value',
  ],
  [
    'API6: no containers',
    PODS,
    change(POD, ['spec', 'containers'], []),
    'Pod "web" is invalid: spec.containers: Required value',
  ],
  [
    'API6: a protocol in lower case',
    PODS,
    change(POD, [...CONTAINER, 'ports'], [{ containerPort: 80, protocol: 'tcp' }]),
    'Pod "web" is invalid: spec.containers[0].ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"',
  ],
  [
    'API6: a port out of range',
    PODS,
    change(POD, [...CONTAINER, 'ports'], [{ containerPort: 70000 }]),
    'Pod "web" is invalid: spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
  ],
  [
    'API6: a port in quotes',
    PODS,
    change(POD, [...CONTAINER, 'ports'], [{ containerPort: '80' }]),
    'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
  ],
  [
    'API6: a label that is a number',
    PODS,
    change(POD, ['metadata', 'labels'], { a: 1 }),
    'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
  ],
  [
    'API6: a name with capitals',
    PODS,
    change(POD, ['metadata', 'name'], 'Web'),
    "Pod \"Web\" is invalid: metadata.name: Invalid value: \"Web\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ],
  [
    'API6: a mount without its volume',
    PODS,
    change(POD, [...CONTAINER, 'volumeMounts'], [{ name: 'v', mountPath: '/v' }]),
    'Pod "web" is invalid: spec.containers[0].volumeMounts[0].name: Not found: "v"',
  ],
  [
    'API6: a quantity that is none',
    PODS,
    change(POD, [...CONTAINER, 'resources'], { limits: { cpu: 'abc' } }),
    'Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\'',
  ],
  [
    'DNS11: dnsPolicy None without nameservers',
    PODS,
    change(POD, ['spec', 'dnsPolicy'], 'None'),
    'Pod "web" is invalid: spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None',
  ],
  [
    'API9: a service account that is not there',
    PODS,
    change(POD, ['spec', 'serviceAccountName'], 'nope'),
    'pods "web" is forbidden: error looking up service account default/nope: serviceaccount "nope" not found',
  ],
  [
    'API6: a selector that misses its template',
    DEPLOYMENTS,
    change(DEPLOYMENT, ['spec', 'selector'], { matchLabels: { app: 'other' } }),
    'Deployment.apps "web" is invalid: spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
  ],
  [
    'API6: no selector',
    DEPLOYMENTS,
    change(DEPLOYMENT, ['spec', 'selector'], undefined),
    'Deployment.apps "web" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`]',
  ],
  [
    'API6: a job that would restart for ever',
    JOBS,
    change(JOB, ['spec', 'template', 'spec', 'restartPolicy'], 'Always'),
    'Job.batch "j" is invalid: spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ],
  [
    'API6: a Service without ports',
    SERVICES,
    change(SERVICE, ['spec', 'ports'], []),
    'Service "web" is invalid: spec.ports: Required value',
  ],
  [
    'API6: two ports without names',
    SERVICES,
    change(SERVICE, ['spec', 'ports'], [{ port: 80 }, { port: 81 }]),
    'Service "web" is invalid: [spec.ports[0].name: Required value, spec.ports[1].name: Required value]',
  ],
  [
    'SVC22: a node port out of range',
    SERVICES,
    { ...SERVICE, spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] } },
    'Service "web" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
  ],
  [
    'SVC22: a node port on a ClusterIP Service',
    SERVICES,
    change(SERVICE, ['spec', 'ports'], [{ port: 80, nodePort: 30001 }]),
    'Service "web" is invalid: spec.ports[0].nodePort: Forbidden: may not be used when `type` is \'ClusterIP\'',
  ],
  [
    'SVC22: a ClusterIP of another network',
    SERVICES,
    change(SERVICE, ['spec', 'clusterIP'], '1.2.3.4'),
    'Service "web" is invalid: spec.clusterIPs: Invalid value: ["1.2.3.4"]: failed to allocate IP 1.2.3.4: the provided network does not match the current range',
  ],
  [
    'SVC8: externalTrafficPolicy on a ClusterIP Service',
    SERVICES,
    change(SERVICE, ['spec', 'externalTrafficPolicy'], 'Local'),
    'Service "web" is invalid: spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
  ],
  [
    'SVC28: a family that the cluster has not',
    SERVICES,
    change(SERVICE, ['spec', 'ipFamilies'], ['IPv6']),
    'Service "web" is invalid: spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
  ],
  [
    'NP12: ipBlock beside a selector',
    POLICIES,
    change(POLICY, ['spec', 'ingress'], [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }] }]),
    'NetworkPolicy.networking.k8s.io "p" is invalid: spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer',
  ],
  [
    'NP13: except outside of its block',
    POLICIES,
    change(
      POLICY,
      ['spec', 'ingress'],
      [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/9'] } }] }],
    ),
    'NetworkPolicy.networking.k8s.io "p" is invalid: spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/9": must be a strict subset of `cidr`',
  ],
  [
    'NP21: endPort below port',
    POLICIES,
    change(POLICY, ['spec', 'ingress'], [{ ports: [{ port: 80, endPort: 70 }] }]),
    'NetworkPolicy.networking.k8s.io "p" is invalid: spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`',
  ],
  [
    'NP21: endPort with a named port',
    POLICIES,
    change(POLICY, ['spec', 'ingress'], [{ ports: [{ port: 'http', endPort: 90 }] }]),
    'NetworkPolicy.networking.k8s.io "p" is invalid: spec.ingress[0].ports[0].endPort: Invalid value: 90: may not be specified when `port` is non-numeric',
  ],
  [
    'NP6: a peer that is nobody',
    POLICIES,
    change(POLICY, ['spec', 'ingress'], [{ from: [{}] }]),
    'NetworkPolicy.networking.k8s.io "p" is invalid: spec.ingress[0].from[0]: Required value: must specify a peer',
  ],
  [
    'ING7: a path with //',
    INGRESSES,
    change(INGRESS, [...PATH, 'path'], '/a//b'),
    'Ingress.networking.k8s.io "i" is invalid: spec.rules[0].http.paths[0].path: Invalid value: "/a//b": must not contain \'//\'',
  ],
  [
    'ING8: neither rules nor a default backend',
    INGRESSES,
    change(INGRESS, ['spec'], {}),
    'Ingress.networking.k8s.io "i" is invalid: spec: Invalid value: null: either `defaultBackend` or `rules` must be specified',
  ],
  [
    'ING8: a path without pathType',
    INGRESSES,
    change(INGRESS, [...PATH, 'pathType'], undefined),
    'Ingress.networking.k8s.io "i" is invalid: spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified',
  ],
  [
    'API6: a namespace that is not there',
    CONFIGMAPS.replace('default', 'nope'),
    { metadata: { name: 'c' } },
    'namespaces "nope" not found',
  ],
  [
    'API10: a volume that is not modelled',
    PODS,
    change(POD, ['spec', 'volumes'], [{ name: 'v', nfs: { server: 's', path: '/' } }]),
    'this simulated cluster does not model volumes of this type: spec.volumes[0].nfs',
  ],
];

describe("what the API server refuses, in upstream's words", () => {
  it.each(refusals)('%s', (_rule, path, object, message) => {
    const answer = new TestServer().call('POST', path, object);
    expect(answer.body['message']).toBe(message);
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });

  it('API6: names every cause with its field', () => {
    const answer = new TestServer().call('POST', PODS, change(POD, [...CONTAINER, 'image'], undefined));
    expect(answer.body).toMatchObject({
      reason: 'Invalid',
      code: 422,
      details: {
        name: 'web',
        kind: 'Pod',
        causes: [
          { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.containers[0].image' },
        ],
      },
    });
  });

  it('SVC22: a node port that another Service has', () => {
    const server = new TestServer();
    const nodePort = (name: string): unknown => ({
      metadata: { name },
      spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] },
    });
    expect(server.call('POST', SERVICES, nodePort('a')).status).toBe(201);
    expect(server.call('POST', SERVICES, nodePort('b')).body['message']).toBe(
      'Service "b" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
    );
  });

  it('ING5: a class-less Ingress is refused when two classes are the default', () => {
    const server = new TestServer();
    for (const name of ['a', 'b'])
      server.call('POST', '/apis/networking.k8s.io/v1/ingressclasses', {
        metadata: { name, annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
        spec: { controller: 'x.example/y' },
      });
    expect(server.call('POST', INGRESSES, INGRESS).status).toBe(403);
    expect(server.call('POST', INGRESSES, change(INGRESS, ['spec', 'ingressClassName'], 'a')).status).toBe(
      201,
    );
  });

  it('ING6: class field and annotation must agree on create; an update may set them apart', () => {
    const server = new TestServer();
    const both = (annotation: string): unknown => ({
      ...(change(INGRESS, ['spec', 'ingressClassName'], 'a') as object),
      metadata: { name: 'web', annotations: { 'kubernetes.io/ingress.class': annotation } },
    });
    const refused = server.call('POST', INGRESSES, both('b'));
    expect(refused.status).toBe(422);
    expect(refused.body['message']).toContain('must match `ingressClassName` when both are specified');
    expect(server.call('POST', INGRESSES, both('a')).status).toBe(201);
    expect(server.call('PUT', `${INGRESSES}/web`, both('b')).status).toBe(200);
  });

  it.each([
    [
      'Strict',
      400,
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica"',
      undefined,
    ],
    ['Warn', 201, undefined, '299 - "unknown field \\"spec.replica\\""'],
    ['Ignore', 201, undefined, undefined],
  ])('API6: an unknown field under fieldValidation=%s', (mode, status, message, warning) => {
    const answer = new TestServer().call(
      'POST',
      `${DEPLOYMENTS}?fieldValidation=${mode}`,
      change(DEPLOYMENT, ['spec', 'replica'], 3),
    );
    expect(answer.status).toBe(status);
    expect(answer.body['message']).toBe(message);
    expect(answer.warnings).toBe(warning);
  });

  it.each([
    ['what is no JSON', '{"a":', 400],
    ['a list', '[]', 400],
    ['nesting without end', '['.repeat(100_000), 400],
    ['another kind', '{"kind":"Service","apiVersion":"v1"}', 400],
    ['another version', '{"kind":"Pod","apiVersion":"v2"}', 400],
    ['a body above the limit', `"${'x'.repeat(4 * 1024 * 1024)}"`, 413],
    ['a field called __proto__', '{"metadata":{"name":"a","labels":{"__proto__":"x y"}}}', 422],
  ])('answers %s with an error, not a crash', (_what, body, status) => {
    expect(new TestServer().call('POST', PODS, body).status).toBe(status);
  });
});
