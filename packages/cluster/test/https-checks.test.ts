import { gradeTask } from '@podwire/grader';
import type { TaskGrade } from '@podwire/grader';
import { parseCourse } from '@podwire/lab';
import type { Task } from '@podwire/lab';
import type { ProvingCluster } from '@podwire/prover';
import { beforeAll, describe, expect, it } from 'vitest';
import { simulatedProvingGround } from '../src/index.ts';

const EDGE = '198.51.100.1';
const SEED = 7;

const SETUP = `
apiVersion: v1
kind: Pod
metadata: { name: client }
spec:
  containers:
    - { name: main, image: registry.k8s.io/e2e-test-images/agnhost:2.53, args: [pause] }
---
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  containers:
    - { name: main, image: registry.k8s.io/e2e-test-images/agnhost:2.53, args: [netexec] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
`;

const MAKE = `
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout shop.key -out shop.crt -subj /O=Shop/CN=shop.example -addext subjectAltName=DNS:shop.example,DNS:*.shop.example -days 90
kubectl create secret tls shop --cert=shop.crt --key=shop.key
kubectl apply -f - <<'YAML'
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop }
spec:
  ingressClassName: nginx
  tls: [{ hosts: [shop.example], secretName: shop }]
  rules:
    - host: shop.example
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] }
---
apiVersion: v1
kind: Pod
metadata: { name: secret-web, labels: { app: secret-web } }
spec:
  volumes: [{ name: cert, secret: { secretName: shop } }]
  containers:
    - name: main
      image: registry.k8s.io/e2e-test-images/agnhost:2.53
      args: [netexec, --http-port=8443, --tls-cert-file=/cert/tls.crt, --tls-private-key-file=/cert/tls.key]
      volumeMounts: [{ name: cert, mountPath: /cert }]
---
apiVersion: v1
kind: Service
metadata: { name: secret-web }
spec: { selector: { app: secret-web }, ports: [{ port: 443, targetPort: 8443 }] }
YAML
`;

/** Checks in the language that authors write them in. */
function taskOf(checks: readonly string[]): Task {
  const blocks = checks.map(
    (check, index) => `:::check{#c${index} title="Check ${index}"}\n\n\`\`\`yaml\n${check}\n\`\`\`\n\n:::\n`,
  );
  const { course, diagnostics } = parseCourse(
    new Map([
      [
        'course.yaml',
        'title: C\nsummary: S\nchapters:\n  - { id: one, title: One, summary: S, labs: [secure], lessons: [] }\n',
      ],
      [
        'one/secure/lab.md',
        `---\nid: secure\ntitle: T\nsummary: S\nminutes: 5\ncluster:\n  nodes: 2\n  loadBalancer: true\n  ingress: { className: nginx }\n---\n\n::::task{#ask title="Ask"}\n\n${blocks.join('\n')}\n::::\n`,
      ],
      ['one/secure/setup/all.yaml', SETUP],
    ]),
  );
  const lab = course.chapters[0]?.labs[0];
  const task = lab?.tasks[0];
  if (task?.checks.length !== checks.length) throw new Error(JSON.stringify(diagnostics));
  labOf = lab;
  return task;
}

let labOf: Parameters<ReturnType<typeof simulatedProvingGround>['boot']>[0] | undefined;
let cluster: ProvingCluster;

beforeAll(async () => {
  taskOf(["http: { from: toolbox, url: 'http://web/' }"]);
  if (labOf === undefined) throw new Error('no lab');
  const booted = await simulatedProvingGround().boot(labOf, SEED);
  if (!booted.ok) throw new Error(booted.message);
  cluster = booted.cluster;
  const made = await cluster.runScript(MAKE);
  if (made.kind !== 'ended' || made.exitCode !== 0) throw new Error(made.output);
  await cluster.settle();
}, 60_000);

async function graded(...checks: readonly string[]): Promise<TaskGrade> {
  const copy = await cluster.copy();
  if (copy === undefined) throw new Error('the cluster can’t be copied');
  return gradeTask({ task: taskOf(checks), cluster: copy.grading, answers: {}, metEarlier: new Set() });
}

const AT_EDGE = `url: 'https://${EDGE}/hostname', host: shop.example`;

describe('an https check', () => {
  it.each([
    ['a pod', 'pod/default/client'],
    ['a node', 'node/podwire-worker'],
    ['outside', 'outside/192.0.2.9'],
    ['the toolbox', 'toolbox'],
  ])('asks an Ingress with TLS from %s: status, body, headers, certificate', async (_name, from) => {
    const { checks } = await graded(
      `http: { from: ${from}, ${AT_EDGE}, bodyContains: web, headers: { Strict-Transport-Security: { contains: max-age } } }`,
      `http: { from: ${from}, ${AT_EDGE}, certificate: { subject: 'CN=shop.example', issuer: 'O=Shop', names: ['*.shop.example'], trusted: false } }`,
      `http: { from: ${from}, ${AT_EDGE}, weights: { requests: 10, shares: [{ share: 1, contains: web }] } }`,
    );
    expect(checks.map(({ verdict, saw }) => [verdict, saw])).toEqual(checks.map(() => ['passed', undefined]));
  });

  it('asks a pod that serves TLS itself, by the name of its Service, and by its path', async () => {
    const { checks } = await graded(
      `http: { from: pod/default/client, url: 'https://secret-web/hostname', bodyContains: secret-web, certificate: { trusted: false } }`,
      `http: { from: pod/default/client, url: 'https://secret-web.default.svc:443/echo?msg=this-path', bodyContains: this-path }`,
      `http: { from: pod/default/client, url: 'https://secret-web/redirect?location=/there&code=302', redirectsTo: /there }`,
    );
    expect(checks.map(({ verdict, saw }) => [verdict, saw])).toEqual(checks.map(() => ['passed', undefined]));
  });

  it('says what is wrong with a certificate', async () => {
    const { checks } = await graded(
      `http: { from: toolbox, ${AT_EDGE}, certificate: { trusted: true } }`,
      `http: { from: toolbox, ${AT_EDGE}, certificate: { names: [other.example] } }`,
      `http: { from: toolbox, url: 'https://${EDGE}/hostname', host: other.example, certificate: { subject: 'CN=shop.example' }, status: 404 }`,
    );
    expect(checks.map(({ verdict, saw }) => [verdict, saw])).toEqual([
      ['failed', 'it is not trusted'],
      ['failed', 'names shop.example, *.shop.example'],
      ['failed', expect.stringMatching(/^subject .*Fake Certificate/)],
    ]);
  });

  it('is trusted where the place’s own programs would trust it, for the name that was asked', async () => {
    const copy = await cluster.copy();
    const certificate = (await cluster.files()).find(({ path }) => path === 'shop.crt')?.text ?? '';
    await copy?.runScript(
      `# at: node/podwire-worker\nmkdir -p /etc/ssl/certs\ncat > /etc/ssl/certs/ca-certificates.crt <<'PEM'\n${certificate}PEM\n`,
    );
    const task = taskOf([
      `http: { from: node/podwire-worker, ${AT_EDGE}, certificate: { trusted: true } }`,
      `http: { from: node/podwire-worker, url: 'https://${EDGE}/hostname', status: 404, certificate: { trusted: false } }`,
      `http: { from: pod/default/client, ${AT_EDGE}, certificate: { trusted: false } }`,
    ]);
    if (copy === undefined) throw new Error('the cluster can’t be copied');
    const { checks } = await gradeTask({ task, cluster: copy.grading, answers: {}, metEarlier: new Set() });
    expect(checks.map(({ verdict, saw }) => [verdict, saw])).toEqual(checks.map(() => ['passed', undefined]));
  });

  it('says so where nobody speaks TLS, and where plain text is spoken to TLS', async () => {
    const { checks } = await graded(
      `http: { from: pod/default/client, url: 'https://web:80/hostname' }`,
      `http: { from: pod/default/client, url: 'http://secret-web:443/hostname' }`,
      `http: { from: pod/default/client, url: 'https://web:444/hostname' }`,
    );
    expect(checks.map(({ verdict }) => verdict)).toEqual(['failed', 'failed', 'failed']);
    expect(checks[0]?.because).toContain('does not speak TLS');
    expect(checks[1]?.saw).toBe('status 400');
  });

  it('keeps a page on its own side: what was seen replays to the same', async () => {
    const [first, again] = [
      await graded(`http: { from: toolbox, ${AT_EDGE} }`),
      await graded(`http: { from: toolbox, ${AT_EDGE} }`),
    ];
    expect(again).toEqual(first);
  });
});
