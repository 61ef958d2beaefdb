import process from 'node:process';
import type { PlaceView } from '@podwire/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KindProvider, readAddons } from '../src/index.ts';
import type { KindCluster } from '../src/kind/kind-cluster.ts';
import { AGNHOST, kindTestOptions, kubectlIn, smallOrigin, Told } from './kind-told.ts';

const INSTALLATION = `cni${process.pid}`;
const START_TIMEOUT_MS = 300_000;
const TEST_TIMEOUT_MS = 90_000;
/** An agent takes a policy up within this, or not at all. */
const FOLLOWS = { timeout: 30_000, interval: 250 };
const FOLDER = process.env['KIND_ADDONS'];
const ADDONS = FOLDER === undefined ? {} : await readAddons(FOLDER);
const ABSENT = ADDONS.cniWithPolicies === undefined;

if (ABSENT)
  console.warn('skipped: a CNI with policies of the operator’s; $KIND_ADDONS has no cni-with-policies.yaml');

const pod = (name: string, node: string): string => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: default, labels: {app: ${name}}}
spec: {nodeName: ${node}, containers: [{name: ${name}, image: ${AGNHOST}, args: [netexec, --http-port=8080]}]}
`;
const setup = {
  path: 'setup/pods.yaml',
  text: [
    pod('web', 'podwire-worker'),
    pod('near', 'podwire-worker'),
    pod('far', 'podwire-control-plane'),
    '{apiVersion: v1, kind: Service, metadata: {name: web, namespace: default}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}\n',
  ].join('---\n'),
};
const policy = (name: string, spec: string): string =>
  `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: ${name}}, spec: {${spec}}}`;
const place = (name: string) => ({ kind: 'pod', namespace: 'default', name }) as const;

/** What a lab may rely on with the operator's CNI in place of the node image's own (`KIND_CNI=addon`). */
describe.skipIf(ABSENT)('the operator’s CNI with policies', () => {
  let provider: KindProvider;
  let cluster: KindCluster;

  beforeAll(async () => {
    provider = await KindProvider.open({
      ...kindTestOptions(INSTALLATION),
      abilities: { networkPolicies: true, addons: ADDONS, cni: 'addon' },
    });
    const needs = {
      ...smallOrigin.needs,
      nodes: 2,
      podCidrs: ['10.8.0.0/16'],
      serviceCidrs: ['10.9.0.0/20'],
    };
    cluster = await provider.create('s1', { ...smallOrigin, needs, setup: [setup] }, new Told());
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    for (const session of await provider.owned()) await provider.remove(session);
    await provider.close();
  }, START_TIMEOUT_MS);

  const kubectl = (...words: string[]): Promise<string> => kubectlIn(cluster, words);
  const apply = async (manifest: string): Promise<void> => {
    const script = 'printf %s "$1" | kubectl apply -f -';
    const { exitCode, stderr } = await cluster.inToolbox(['sh', '-c', script, 'sh', manifest]);
    if (exitCode !== 0) throw new Error(stderr);
  };
  const asked = (from: PlaceView, name: string) =>
    cluster.probe({ from, to: place(name), port: 8_080, protocol: 'tcp', timeoutMs: 2_000 });
  const isOpen = async (from: string, to: string): Promise<boolean> =>
    (await asked(place(from), to)).verdict === 'open';

  it('is what the cluster has, and gives pods the addresses that a lab asks for', async () => {
    const daemons = await kubectl('get', 'daemonsets', '-A', '-o', 'json', '--show-managed-fields');
    expect(daemons).toContain('"manager": "podwire-setup"');
    expect(await kubectl('get', 'pod', 'web', '-o', 'jsonpath={.status.podIP}')).toMatch(/^10\.8\./u);
  });

  it.each([
    ['far', 'web'],
    ['web', 'far'],
    ['near', 'web'],
  ])(
    'CNI6: leads from %s to %s with the client’s own address',
    async (from, to) => {
      const own = await kubectl('get', 'pod', from, '-o', 'jsonpath={.status.podIP}');
      await expect.poll(() => isOpen(from, to), FOLLOWS).toBe(true);
      expect(await asked(place(from), to)).toMatchObject({ sourceSeen: own });
    },
    TEST_TIMEOUT_MS,
  );

  it.each(['far', 'near'])(
    'lets %s look a Service up, and reach it, itself where it stands behind it',
    async (from) => {
      const grading = cluster.grading();
      const found = await grading.lookUp({ from: place(from), name: 'web', type: 'A', timeoutMs: 5_000 });
      expect(found).toMatchObject({ kind: 'records', name: 'web.default.svc.cluster.local.' });
      const address = await kubectl('get', 'pod', 'web', '-o', 'jsonpath={.status.podIP}');
      const service = { kind: 'service', namespace: 'default', name: 'web' } as const;
      for (const client of [from, 'web'])
        expect(
          await cluster.probe({
            from: place(client),
            to: service,
            port: 80,
            protocol: 'tcp',
            timeoutMs: 2_000,
          }),
        ).toMatchObject({ verdict: 'open', reached: { address, port: 8_080 } });
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'NP3: closes what a policy selects, and opens it to whom it names',
    async () => {
      await apply(policy('closed', 'podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]'));
      await expect.poll(() => isOpen('far', 'web'), FOLLOWS).toBe(false);
      expect(await isOpen('near', 'web')).toBe(false);
      const from = '[{podSelector: {matchLabels: {app: far}}}]';
      const ports = '[{port: 8080}]';
      await apply(
        policy('open', `podSelector: {matchLabels: {app: web}}, ingress: [{from: ${from}, ports: ${ports}}]`),
      );
      await expect.poll(() => isOpen('far', 'web'), FOLLOWS).toBe(true);
      expect(await isOpen('near', 'web')).toBe(false);
      await kubectl('delete', 'networkpolicies', '--all');
      await expect.poll(() => isOpen('near', 'web'), FOLLOWS).toBe(true);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    'NP3: closes what leaves a pod, its lookups too, and nobody else’s',
    async () => {
      await apply(policy('inward', 'podSelector: {matchLabels: {app: far}}, policyTypes: [Egress]'));
      await expect.poll(() => isOpen('far', 'web'), FOLLOWS).toBe(false);
      const grading = cluster.grading();
      const lookUp = (from: string) =>
        grading.lookUp({ from: place(from), name: 'web', type: 'A', timeoutMs: 2_000 });
      expect(await lookUp('far')).toMatchObject({ kind: 'no-answer' });
      expect(await lookUp('near')).toMatchObject({ kind: 'records' });
      expect(await isOpen('near', 'web')).toBe(true);
      await kubectl('delete', 'networkpolicies', '--all');
      await expect.poll(() => isOpen('far', 'web'), FOLLOWS).toBe(true);
    },
    TEST_TIMEOUT_MS,
  );
});
