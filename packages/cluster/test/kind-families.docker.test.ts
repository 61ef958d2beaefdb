import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import type { PlaceView, ProbeRequestView, ProbeResultView } from '@podwire/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KindProvider, unheard } from '../src/index.ts';
import type { KindCluster } from '../src/kind/kind-cluster.ts';
import { sessionNames } from '../src/kind/names.ts';
import { AGNHOST, kindTestOptions, kubectlIn, smallOrigin } from './kind-told.ts';

const INSTALLATION = `families${process.pid}`;
const START_TIMEOUT_MS = 300_000;
const TEST_TIMEOUT_MS = 60_000;
const ASKED_EVERY_MS = 250;

const pod = (name: string, node: string): string =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: default, labels: {app: ${name}}}, spec: {nodeName: ${node}, containers: [{name: web, image: "${AGNHOST}", args: [netexec, --http-port=8080]}]}}`;
const service = (name: string, families: string): string =>
  `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: default}, spec: {ipFamilyPolicy: ${families}, selector: {app: ${name}}, ports: [{port: 80, targetPort: 8080}]}}`;
const nobody = `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: nobody, namespace: default}, spec: {podSelector: {matchLabels: {app: far}}, policyTypes: [Ingress, Egress]}}`;
const asker = `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: asker, namespace: default}, spec: {podSelector: {matchLabels: {app: far}}, ingress: [{from: [{podSelector: {matchLabels: {app: asker}}}]}]}}`;

const ASKER: PlaceView = { kind: 'pod', namespace: 'default', name: 'asker' };

/** One family beside the other, and IPv6 alone: the nodes' network, the pods', the Services' and the policies'. */
describe.each([
  { ipFamily: 'dual', nodes: 2, families: 'RequireDualStack', addresses: ['ipv4', 'ipv6'] },
  { ipFamily: 'ipv6', nodes: 1, families: 'SingleStack', addresses: ['ipv6'] },
] as const)('a kind cluster of the family $ipFamily', ({ ipFamily, nodes, families, addresses }) => {
  const session = ipFamily;
  let provider: KindProvider;
  let cluster: KindCluster;

  beforeAll(async () => {
    provider = await KindProvider.open(kindTestOptions(INSTALLATION));
    const last = nodes === 1 ? 'podwire-control-plane' : 'podwire-worker';
    const objects = [pod('asker', 'podwire-control-plane'), pod('near', 'podwire-control-plane')];
    objects.push(pod('far', last), service('near', families), service('far', families));
    cluster = await provider.create(
      session,
      {
        ...smallOrigin,
        needs: { ...smallOrigin.needs, nodes, ipFamily },
        setup: [{ path: 'setup/pods.yaml', text: objects.join('\n---\n') }],
      },
      unheard,
    );
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    for (const owned of await provider.owned()) await provider.remove(owned);
    await provider.close();
  }, START_TIMEOUT_MS);

  const kubectl = (...words: string[]): Promise<string> => kubectlIn(cluster, words);
  const apply = (manifest: string): Promise<unknown> =>
    cluster.inToolbox(['sh', '-c', 'printf %s "$1" | kubectl apply -f -', 'sh', manifest]);
  const listOf = async (kind: string, name: string, path: string): Promise<readonly string[]> =>
    (await kubectl('get', kind, name, '-o', `jsonpath={${path}}`)).split(' ');
  const isIpv6 = (address: string): boolean => address.includes(':');
  const oneOf = (found: readonly string[], family: 'ipv4' | 'ipv6'): string =>
    found.find((each) => isIpv6(each) === (family === 'ipv6')) ?? `no ${family} address`;
  const podAddress = async (name: string, family: 'ipv4' | 'ipv6'): Promise<string> =>
    oneOf(await listOf('pod', name, '.status.podIPs[*].ip'), family);
  const serviceAddress = async (name: string, family: 'ipv4' | 'ipv6'): Promise<string> =>
    oneOf(await listOf('service', name, '.spec.clusterIPs[*]'), family);
  const probe = (host: string, port: number, from: PlaceView = ASKER): Promise<ProbeResultView> =>
    cluster.probe({
      from,
      to: { kind: 'host', host } satisfies ProbeRequestView['to'],
      port,
      protocol: 'tcp',
      timeoutMs: 2_000,
    });
  const until = async (condition: () => Promise<boolean>): Promise<void> => {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY_MS));
  };

  it('gives pods, Services and nodes an address of each, and none of the other', async () => {
    const wanted = addresses.map((family) => family === 'ipv6');
    for (const found of [
      await listOf('pod', 'asker', '.status.podIPs[*].ip'),
      await listOf('service', 'near', '.spec.clusterIPs[*]'),
      await listOf('node', 'podwire-control-plane', '.status.addresses[?(@.type=="InternalIP")].address'),
    ])
      expect(found.map(isIpv6)).toEqual(wanted);
  });

  describe.each(addresses)('over %s', (family) => {
    it(
      'reaches a pod, wherever it is, and is seen as itself',
      async () => {
        const own = await podAddress('asker', family);
        for (const name of ['near', 'far']) {
          const address = await podAddress(name, family);
          expect(await probe(address, 8_080), name).toMatchObject({
            verdict: 'open',
            reached: { address, port: 8_080 },
            sourceSeen: own,
          });
        }
      },
      TEST_TIMEOUT_MS,
    );

    it(
      'reaches a Service’s pod, on the same node too, and it is known which',
      async () => {
        for (const name of ['near', 'far']) {
          const address = await podAddress(name, family);
          const found = await probe(await serviceAddress(name, family), 80);
          expect(found, name).toMatchObject({ verdict: 'open', reached: { address, port: 8_080 } });
        }
      },
      TEST_TIMEOUT_MS,
    );

    it(
      'is kept out and in by policies, which leave alone how neighbours find each other',
      async () => {
        const address = await podAddress('far', family);
        await apply(nobody);
        await until(async () => (await probe(address, 8_080)).verdict === 'timed-out');
        await apply(asker);
        await until(async () => (await probe(address, 8_080)).verdict === 'open');
        // Not to be had by name of a policy: the other pod, and the way out.
        const near: PlaceView = { kind: 'pod', namespace: 'default', name: 'near' };
        expect(await probe(address, 8_080, near)).toMatchObject({ verdict: 'timed-out' });
        const far: PlaceView = { kind: 'pod', namespace: 'default', name: 'far' };
        expect(await probe(await podAddress('near', family), 8_080, far)).toMatchObject({
          verdict: 'timed-out',
        });
        await kubectl('delete', 'networkpolicy', 'nobody', 'asker');
        await until(async () => (await probe(address, 8_080, near)).verdict === 'open');
      },
      TEST_TIMEOUT_MS,
    );
  });

  it('reaches no service of the host over IPv6', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '::', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      // Docker takes the first address of a range for the bridge itself.
      const gateway = sessionNames(INSTALLATION, session).ipv6Subnet.replace(/::\/64$/u, '::1');
      // It is there: whoever may, reaches it.
      await once(connect(port, gateway), 'connect');
      const node: PlaceView = { kind: 'node', name: 'podwire-control-plane' };
      for (const from of [{ kind: 'toolbox' } as const, node, ASKER])
        // Not so much as its neighbour's address is told: a second look ends without waiting.
        expect(['timed-out', 'unreachable']).toContain((await probe(gateway, port, from)).verdict);
    } finally {
      server.close();
    }
  });
});
