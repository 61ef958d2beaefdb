import { execFileSync } from 'node:child_process';
import process from 'node:process';
import type { PlaceView, ProbeRequestView, ProbeResultView } from '@podwire/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KindProvider, readAddons } from '../src/index.ts';
import type { KindCluster } from '../src/kind/kind-cluster.ts';
import { AGNHOST, kindTestOptions, kubectlIn, smallOrigin, Told } from './kind-told.ts';

const INSTALLATION = `extras${process.pid}`;
const START_TIMEOUT_MS = 300_000;
const ASKED_EVERY_MS = 250;
const IMAGE = `podwire.test/${INSTALLATION}:1`;
/** Two blocks of nothing: the end of an archive. */
const EMPTY_TAR = Buffer.alloc(1_024);
const FOLDER = process.env['KIND_ADDONS'];

if (FOLDER === undefined) console.warn('skipped: addons of kind clusters; KIND_ADDONS names no folder');

const setup = {
  path: 'setup/web.yaml',
  text: `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: default, labels: {app: web}}
spec: {nodeName: podwire-worker, containers: [{name: web, image: ${AGNHOST}, args: [netexec, --http-port=8080]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: far, namespace: default, labels: {app: far}}
spec: {nodeName: podwire-control-plane, containers: [{name: far, image: ${AGNHOST}, args: [netexec, --http-port=8080]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nobody, namespace: default}
spec: {podSelector: {matchLabels: {app: far}}, policyTypes: [Ingress]}
`,
};
const service = (name: string, spec: string): string =>
  `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: default}, spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}], ${spec}}}`;

/** A cluster whose CNI is an addon that ignores policies, and which has a load balancer. */
describe.skipIf(FOLDER === undefined)('what a kind cluster has beyond its node image', () => {
  let provider: KindProvider;
  let cluster: KindCluster;

  beforeAll(async () => {
    // Of one empty file: it is to be had on the nodes, not to be run.
    execFileSync('docker', ['import', '-', IMAGE], { input: EMPTY_TAR });
    provider = await KindProvider.open(kindTestOptions(INSTALLATION, await readAddons(FOLDER ?? '')));
    cluster = await provider.create(
      's1',
      {
        ...smallOrigin,
        needs: {
          ...smallOrigin.needs,
          nodes: 2,
          networkPolicies: false,
          loadBalancer: true,
          ingress: { className: 'edge-class' },
          podCidrs: ['10.8.0.0/16'],
          nodeLabels: [{}, { disk: 'ssd' }],
          images: [IMAGE],
        },
        setup: [setup],
      },
      new Told(),
    );
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    for (const session of await provider.owned()) await provider.remove(session);
    await provider.close();
    execFileSync('docker', ['rmi', IMAGE]);
  }, START_TIMEOUT_MS);

  const probe = (from: PlaceView, to: ProbeRequestView['to'], port: number): Promise<ProbeResultView> =>
    cluster.probe({ from, to, port, protocol: 'tcp', timeoutMs: 2_000 });
  const kubectl = (...words: string[]): Promise<string> => kubectlIn(cluster, words);
  const apply = (manifest: string): Promise<string> =>
    cluster
      .inToolbox(['sh', '-c', 'printf %s "$1" | kubectl apply -f -', 'sh', manifest])
      .then(({ stdout }) => stdout);
  const until = async (condition: () => Promise<boolean>): Promise<void> => {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY_MS));
  };
  const addressOf = (name: string): Promise<string> =>
    kubectl('get', 'service', name, '-o', 'jsonpath={.status.loadBalancer.ingress[0].ip}');
  const toolbox: PlaceView = { kind: 'toolbox' };

  it('NP2: takes a CNI in place of its own, which ignores the policies', async () => {
    const web: PlaceView = { kind: 'pod', namespace: 'default', name: 'web' };
    const far = { kind: 'pod', namespace: 'default', name: 'far' } as const;
    expect(await probe(web, far, 8_080)).toMatchObject({ verdict: 'open' });
  });

  it('has the nodes’ labels, the pods’ addresses and the images that a lab asks for', async () => {
    expect(await kubectl('get', 'nodes', '-l', 'disk=ssd', '-o', 'name')).toBe('node/podwire-worker\n');
    expect(await kubectl('get', 'pod', 'web', '-o', 'jsonpath={.status.podIP}')).toMatch(/^10\.8\./u);
    const node = `podwire-${INSTALLATION}-s1-worker`;
    const images = execFileSync('docker', [
      ...['exec', node, 'ctr', '--namespace=k8s.io', 'images', 'ls', '--quiet'],
    ]).toString();
    expect(images).toContain(IMAGE);
  });

  it('ING13: has an ingress controller at the first address, whose Ingresses rewrite paths', async () => {
    await apply(
      '{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}',
    );
    const path =
      '{path: "/in(/|$)(.*)", pathType: ImplementationSpecific, backend: {service: {name: web, port: {number: 80}}}}';
    await apply(
      `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: in, annotations: {nginx.ingress.kubernetes.io/rewrite-target: "/$2"}}, spec: {ingressClassName: edge-class, rules: [{http: {paths: [${path}]}}]}}`,
    );
    const curl = async (url: string): Promise<string> =>
      (await cluster.inToolbox(['curl', '-s', '-m', '2', '-w', ' %{http_code}', url])).stdout;
    await until(async () => (await curl('http://198.51.100.1/in/hostname')) === 'web 200');
    const secured = await cluster.grading().fetch({
      from: toolbox,
      url: 'https://198.51.100.1/in/hostname',
      host: 'shop.example',
      timeoutMs: 2_000,
    });
    expect(secured).toMatchObject({ status: 200, body: 'web', certificate: { trusted: false } });
    expect(secured.certificate?.subject).toContain('CN=Kubernetes Ingress Controller Fake Certificate');
    expect(await curl('http://198.51.100.1/hostname')).toMatch(/nginx[^]* 404$/u);
    await until(
      async () =>
        (await kubectl('get', 'ingress', 'in', '-o', 'jsonpath={.status.loadBalancer.ingress[0].ip}')) ===
        '198.51.100.1',
    );
  });

  it('SVC26: has a Service’s address lead to it from outside, and says so', async () => {
    await apply(service('edge', ''));
    await until(async () => (await addressOf('edge')) === '198.51.100.2');
    const host = { kind: 'host', host: '198.51.100.2' } as const;
    await until(async () => (await probe(toolbox, host, 80)).verdict === 'open');
    await until(async () => (await kubectl('get', 'events')).includes('EnsuredLoadBalancer'));
  });

  it('SVC8: keeps the client’s address under Local, and asks only the node with a pod', async () => {
    await apply(service('kept', 'externalTrafficPolicy: Local'));
    await until(async () => (await addressOf('kept')) === '198.51.100.3');
    const host = { kind: 'host', host: '198.51.100.3' } as const;
    await until(async () => (await probe(toolbox, host, 80)).verdict === 'open');
    const own = await cluster.inToolbox(['hostname', '-i']);
    expect(await probe(toolbox, host, 80)).toMatchObject({ sourceSeen: own.stdout.trim() });
  });

  it('gives addresses back', async () => {
    await kubectl('patch', 'service', 'edge', '-p', '{"spec":{"type":"ClusterIP"}}');
    await until(async () => (await addressOf('edge')) === '');
    const host = { kind: 'host', host: '198.51.100.2' } as const;
    await until(async () => (await probe(toolbox, host, 80)).verdict !== 'open');
  });

  it('leaves nothing in the host’s routing', async () => {
    const rules = (): string =>
      execFileSync('docker', [
        ...['run', '--rm', '--network=host', '--cap-add=NET_ADMIN', '--entrypoint=ip'],
        ...[kindTestOptions(INSTALLATION).toolboxImage, 'rule', 'list'],
      ]).toString();
    const before = rules().match(/iif pw/gu)?.length ?? 0;
    expect(before).toBeGreaterThan(0);
    await cluster.destroy();
    expect(rules().match(/iif pw/gu)?.length ?? 0).toBe(before - 1);
  });
});
