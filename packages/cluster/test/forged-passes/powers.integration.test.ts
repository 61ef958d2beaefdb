import type { Lab } from '@podwire/lab';
import { parseCourse } from '@podwire/lab';
import { beforeAll, describe, expect, it } from 'vitest';
import { Contest } from './contest.ts';
import { GUARD } from './lab.ts';

/**
 * A lab whose solutions make a workload and a Service, so that a learner's may be taken along: what these can do beside
 * what was asked for is tried here.
 */
const AGNHOST = 'registry.k8s.io/e2e-test-images/agnhost:2.53';
const pod = (name: string, args: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, labels: { app: ${name} } }\nspec:\n  containers:\n    - { name: main, image: ${AGNHOST}, args: ${args} }\n`;
const SETUP = [
  pod('server', '[netexec, --http-port=8080]'),
  pod('client', '[pause]'),
  pod('stranger', '[pause]'),
].join('---\n');
const check = (id: string, yaml: string): string =>
  `:::check{#${id} title="${id}"}\n\n\`\`\`yaml\n${yaml}\n\`\`\`\n\n:::\n\n`;
const LAB = `---
id: powers
title: A front and a helper
summary: S
minutes: 10
---

::::task{#do title="Do it"}

${check('page', "http: { from: pod/default/client, url: 'http://front/hostname', bodyContains: server }")}
${check('unwelcome', 'connectivity:\n  - { from: pod/default/stranger, to: pod/default/server, port: 8080, expect: blocked }')}
${check('helper', 'object: { apiVersion: apps/v1, kind: Deployment, namespace: default, name: helper, match: { status: { readyReplicas: 2 } } }')}
${check('said', "command: { in: pod/default/client, run: 'curl -s -m 3 http://front/hostname', contains: server }")}
::::
`;
const SERVICE =
  'kubectl create service clusterip front --tcp 80:8080\nkubectl set selector service front app=server';
const HELPER = `kubectl create deployment helper --replicas 2 --image ${AGNHOST} -- /agnhost pause`;
const SOLUTION = `${SERVICE}\n${HELPER}\nkubectl rollout status deployment/helper --timeout=60s\n${GUARD}\n`;

function powersLab(): Lab {
  const { course, diagnostics } = parseCourse(
    new Map([
      [
        'course.yaml',
        'title: C\nsummary: S\nchapters:\n  - { id: one, title: One, summary: S, labs: [powers], lessons: [] }\n',
      ],
      ['one/powers/lab.md', LAB],
      ['one/powers/setup/all.yaml', SETUP],
      ['one/powers/solution/do.sh', SOLUTION],
    ]),
  );
  const lab = course.chapters[0]?.labs[0];
  if (lab === undefined || diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics));
  return lab;
}

const contest = new Contest(powersLab());
beforeAll(() => contest.boot());

/** A policy that keeps nobody out. */
const IDLE_POLICY = `kubectl apply -f - <<'YAML'\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: idle }\nspec: { podSelector: { matchLabels: { app: nobody } } }\nYAML`;
const helper = (spec: string): string =>
  `kubectl apply -f - <<YAML\napiVersion: apps/v1\nkind: Deployment\nmetadata: { name: helper }\nspec:\n  replicas: 2\n  selector: { matchLabels: { app: helper } }\n  template:\n    metadata: { labels: { app: helper } }\n    spec:\n${spec}\nYAML\nkubectl rollout status deployment/helper --timeout=60s`;
const IPS = Array.from({ length: 40 }, (_, at) => `10.244.${at % 2}.${Math.floor(at / 2) + 1}`);
const BLACKHOLES = IPS.map((ip) => `ip route add blackhole ${ip}/32`).join('; ');
const DROPS =
  "nft add table inet mine; nft add chain inet mine f '{ type filter hook forward priority -300; }'; nft add rule inet mine f tcp dport 8080 drop";

interface Forgery {
  readonly name: string;
  readonly script: string;
  readonly seen: readonly [command: string, output: RegExp];
  /** What a note says that was not taken along. */
  readonly left?: string;
  /** The task passes where it was forged. */
  readonly fools?: true;
}

const FORGERIES: readonly Forgery[] = [
  {
    name: 'a workload in the network of the node cuts routes there',
    script: `${SERVICE}\n${IDLE_POLICY}\n${helper(`      hostNetwork: true\n      containers:\n        - name: main\n          image: nicolaka/netshoot:v0.13\n          securityContext: { privileged: true }\n          command: [sh, -c, "${BLACKHOLES}; sleep 100000"]`)}`,
    seen: ['kubectl get deployment helper -o yaml', /hostNetwork: true/],
    left: 'Deployment default/helper (it uses hostNetwork, privileged,',
  },
  {
    name: 'a workload in the network of the node adds rules there',
    script: `${SERVICE}\n${IDLE_POLICY}\n${helper(`      hostNetwork: true\n      containers:\n        - name: main\n          image: nicolaka/netshoot:v0.13\n          securityContext: { capabilities: { add: [NET_ADMIN] } }\n          command: [sh, -c, "${DROPS.replaceAll('"', '')}; sleep 100000"]`)}`,
    seen: ['kubectl get deployment helper -o yaml', /NET_ADMIN/],
    left: '(it uses hostNetwork, capability NET_ADMIN,',
  },
  {
    name: 'a workload mounts the node’s folder of static pods and leaves one',
    script: `${SERVICE}\n${IDLE_POLICY}\n${helper(`      containers:\n        - name: main\n          image: busybox:1.36\n          command: [sh, -c, "echo 'kind: Pod' > /m/liar.yaml; sleep 100000"]\n          volumeMounts: [{ name: m, mountPath: /m }]\n      volumes: [{ name: m, hostPath: { path: /etc/kubernetes/manifests } }]`)}`,
    seen: ['kubectl get deployment helper -o yaml', /hostPath/],
    left: '(it uses hostPath /etc/kubernetes/manifests,',
  },
  {
    name: 'a workload mounts the administrator’s kubeconfig',
    script: `${SERVICE}\n${IDLE_POLICY}\n${helper(`      tolerations: [{ operator: Exists }]\n      containers:\n        - name: main\n          image: busybox:1.36\n          command: [sh, -c, "cat /k/admin.conf; sleep 100000"]\n          volumeMounts: [{ name: k, mountPath: /k }]\n      volumes: [{ name: k, hostPath: { path: /etc/kubernetes } }]`)}`,
    seen: ['kubectl get deployment helper -o yaml', /etc\/kubernetes/],
    left: '(it uses hostPath /etc/kubernetes,',
  },
  {
    name: 'a second Service takes the pods’ addresses by externalIPs and leads nowhere',
    script: `${SERVICE}\n${HELPER}\n${IDLE_POLICY}\nkubectl apply -f - <<'YAML'\napiVersion: v1\nkind: Service\nmetadata: { name: hole }\nspec:\n  selector: { app: client }\n  ports: [{ port: 8080, targetPort: 9 }]\n  externalIPs: [${IPS.join(', ')}]\nYAML`,
    seen: ['kubectl get service hole -o yaml', /externalIPs/],
    left: 'Service default/hole (it uses externalIPs,',
    fools: true,
  },
  {
    name: 'status that says the helper is ready, with an image that there is not',
    script: `${SERVICE}\n${GUARD}\n${HELPER.replace(AGNHOST, 'registry.invalid/none:1')}\nkubectl patch deployment helper --subresource=status --type=merge -p '{"status":{"readyReplicas":2,"replicas":2,"availableReplicas":2}}'`,
    seen: ['kubectl get deployment helper -o name', /helper/],
  },
  {
    name: 'a note of kubectl apply says the policy that is not there',
    script: `${SERVICE}\n${HELPER}\n${GUARD}\nkubectl patch networkpolicy guard --type=json -p '[{"op":"replace","path":"/spec/ingress","value":[{}]}]'`,
    seen: ['kubectl get networkpolicy guard -o yaml', /last-applied/],
  },
  {
    name: 'start files of the home folder make curl say what is asked for',
    script: `${HELPER}\n${GUARD}\nmkdir -p ~/bin\necho 'alias curl="echo server"' > ~/.bashrc\ncp ~/.bashrc ~/.profile\necho 'connect-to = front:80:server:8080' > ~/.curlrc\necho 'echo server' > ~/bin/curl\nchmod +x ~/bin/curl`,
    seen: ['cat ~/.bashrc', /alias curl/],
  },
  {
    name: 'the policy is in a namespace where it keeps nobody out',
    script: `${SERVICE}\n${HELPER}\nkubectl create namespace elsewhere\n${GUARD.replace('name: guard', 'name: guard, namespace: elsewhere')}\n${IDLE_POLICY}`,
    seen: ['kubectl get networkpolicy -n elsewhere', /guard/],
    left: 'NetworkPolicy elsewhere/guard (not asked for)',
  },
  {
    name: 'a Job waits for the grader and writes the policy by its ServiceAccount',
    script: `${SERVICE}\n${HELPER}\n${IDLE_POLICY}\nkubectl create serviceaccount hand\nkubectl create clusterrolebinding hand --clusterrole cluster-admin --serviceaccount default:hand\nkubectl apply -f - <<'YAML'\napiVersion: batch/v1\nkind: Job\nmetadata: { name: hand }\nspec:\n  template:\n    spec:\n      serviceAccountName: hand\n      restartPolicy: Never\n      containers:\n        - { name: main, image: curlimages/curl:8.11.1, command: [sh, -c, 'curl -sk -X POST -H "Authorization: Bearer $(cat /var/run/secrets/kubernetes.io/serviceaccount/token)" -H "Content-Type: application/json" https://kubernetes.default/apis/networking.k8s.io/v1/namespaces/default/networkpolicies -d "{\\"apiVersion\\":\\"networking.k8s.io/v1\\",\\"kind\\":\\"NetworkPolicy\\",\\"metadata\\":{\\"name\\":\\"late\\"},\\"spec\\":{\\"podSelector\\":{\\"matchLabels\\":{\\"app\\":\\"stranger\\"}},\\"policyTypes\\":[\\"Egress\\"]}}"'] }\nYAML\nsleep 5\nkubectl delete networkpolicy late`,
    seen: ['kubectl get job hand -o name', /hand/],
    left: 'ClusterRoleBinding hand (not asked for)',
  },
  {
    name: 'a Service of type ExternalName stands for the front',
    script: `${HELPER}\n${GUARD}\nkubectl create service externalname front --external-name server.elsewhere.test`,
    seen: ['kubectl get service front -o yaml', /ExternalName/],
    left: '(it uses ExternalName,',
  },
  {
    name: 'a helper of the highest priority drives the stranger out',
    script: `${SERVICE}\n${IDLE_POLICY}\n${helper(`      priorityClassName: system-node-critical\n      containers:\n        - name: main\n          image: ${AGNHOST}\n          args: [pause]\n          resources: { requests: { cpu: '3' } }`)}`,
    seen: ['kubectl get deployment helper -o yaml', /system-node-critical/],
    left: '(it uses system-node-critical,',
  },
  {
    name: 'a pod of another name answers in the server’s name',
    script: `kubectl create service clusterip front --tcp 80:8080\nkubectl set selector service front app=helper\n${IDLE_POLICY}\n${GUARD}\n${helper(`      hostname: server\n      containers:\n        - { name: main, image: ${AGNHOST}, args: [netexec, --http-port=8080] }`)}`,
    seen: ['kubectl get deployment helper -o yaml', /hostname: server/],
    left: '(it uses hostname,',
    fools: true,
  },
  {
    name: 'a pod of the helper takes the port of its node, and its own names',
    script: `${SERVICE}\n${IDLE_POLICY}\n${helper(`      hostAliases: [{ ip: 10.0.0.1, hostnames: [front] }]\n      containers:\n        - { name: main, image: ${AGNHOST}, args: [pause], ports: [{ containerPort: 1, hostPort: 8080 }] }`)}`,
    seen: ['kubectl get deployment helper -o yaml', /hostPort/],
    left: '(it uses hostAliases, hostPort,',
  },
];

describe('a lab whose solutions make workloads and Services', () => {
  it('passes by an honest solution, sealed too', async () => {
    const cluster = await contest.learner(SOLUTION);
    expect(await contest.inPlace(cluster)).toBe('passed');
    const graded = await contest.sealed(cluster);
    expect({ ...graded, checks: graded.checks.filter(({ verdict }) => verdict !== 'passed') }).toMatchObject({
      verdict: 'passed',
      notes: [],
      checks: [],
    });
  });

  it.each(FORGERIES)('is not had sealed: $name', async ({ script, seen: [command, output], left, fools }) => {
    const cluster = await contest.learner(script);
    expect((await cluster.runScript(command)).output).toMatch(output);
    if (fools === true) expect(await contest.inPlace(cluster)).toBe('passed');
    const { verdict, notes } = await contest.sealed(cluster);
    if (left !== undefined) expect(notes.join('\n')).toContain(left);
    expect(['failed', 'not-gradable']).toContain(verdict);
  });
});
