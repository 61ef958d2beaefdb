import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { comparePolicies } from '@podwire/grader';
import type { PolicyScene } from '@podwire/grader';
import type { Bench, Figure, Measurement } from '../figure.ts';
import { temporaryFolder } from '../process.ts';
import { ROOT } from '../root.ts';
import { spentOn } from '../simulated/measuring.ts';
import { rounded, summary } from '../statistics.ts';

/** What both runs of the command have in common (its start, the lab's own runs) is in their difference no more. */
const FEW = 10;
const MANY = 110;
/** A class hands in at once, and looks at its marks a minute later. */
const GOAL_A_MINUTE = 1_000;
const MS_PER_MINUTE = 60_000;
const S_PER_MINUTE = 60;

const PODS = 200;
const POLICIES = 40;
const NAMESPACES = 5;
const COMPARISONS = 30;
const GOAL_COMPARISON_MS = 100;

const AGNHOST = 'registry.k8s.io/e2e-test-images/agnhost:2.53';
const pod = (name: string, args: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, labels: { app: ${name} } }\nspec: { containers: [{ name: main, image: "${AGNHOST}", args: [${args}] }] }\n---\n`;
const SETUP = `${pod('server', 'netexec, --http-port=8080')}${pod('client', 'pause')}${pod('stranger', 'pause')}apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { selector: { app: nobody }, ports: [{ port: 80, targetPort: 8080 }] }\n`;
const GUARD = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: guard }
spec:
  podSelector: { matchLabels: { app: server } }
  ingress: [{ from: [{ podSelector: { matchLabels: { app: client } } }], ports: [{ port: 8080 }] }]
`;
const SOLUTION = `apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { selector: { app: server }, ports: [{ port: 80, targetPort: 8080 }] }\n---\n${GUARD}`;

/** Twenty checks of every sort that a lab commonly has. */
const CHECKS: readonly string[] = [
  'object: { apiVersion: v1, kind: Service, namespace: default, name: web, match: { spec: { selector: { app: server } } } }',
  "object: { apiVersion: v1, kind: Service, namespace: default, name: web, cel: 'object.spec.ports.exists(p, p.port == 80)' }",
  'object: { apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, namespace: default, count: { min: 1 } }',
  'object: { apiVersion: v1, kind: Pod, namespace: default, labelSelector: app=server, count: { min: 1, max: 1 } }',
  'object: { apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, namespace: default, cel: "\'Ingress\' in object.spec.policyTypes" }',
  'connectivity: [{ from: pod/default/client, to: pod/default/server, port: 8080, expect: open }]',
  'connectivity: [{ from: pod/default/client, to: service/default/web, port: 80, expect: open }]',
  'connectivity: [{ from: pod/default/stranger, to: pod/default/server, port: 8080, expect: blocked }]',
  'connectivity: [{ from: pod/default/stranger, to: service/default/web, port: 80, expect: timed-out }]',
  'connectivity: [{ from: pod/default/client, to: pod/default/server, port: 8081, expect: blocked }]',
  'connectivity: [{ from: toolbox, to: service/default/web, port: 80, expect: blocked }]',
  "http: { from: pod/default/client, url: 'http://web/hostname', bodyContains: server }",
  "http: { from: pod/default/client, url: 'http://web/echo?msg=hello', bodyContains: hello }",
  'dns: { from: pod/default/client, name: web, type: A, service: service/default/web }',
  'dns: { from: pod/default/client, name: nobody.default.svc.cluster.local, expect: nxdomain }',
  "command: { in: pod/default/client, run: 'curl -s -m 2 http://web/hostname', contains: server }",
  'object: { apiVersion: v1, kind: Pod, namespace: default, name: stranger, match: { status: { phase: Running } } }',
  'connectivity: [{ from: pod/default/client, to: pod/default/stranger, port: 80, expect: refused }]',
  'connectivity: [{ from: pod/default/server, to: host/web, port: 80, expect: open }]',
  `policiesEqual:\n  reference: |\n${GUARD.replaceAll(/^/gm, '    ')}`,
];

function writeCourse(folder: string): void {
  const checks = CHECKS.map(
    (check, index) => `:::check{#c${index} title="Check ${index}"}\n\n\`\`\`yaml\n${check}\n\`\`\`\n\n:::\n`,
  );
  const files = {
    'course.yaml':
      'title: C\nsummary: S\nchapters:\n  - { id: one, title: One, summary: S, labs: [twenty], lessons: [] }\n',
    'one/twenty/lab.md': `---\nid: twenty\ntitle: Twenty checks\nsummary: S\nminutes: 5\n---\n\n::::task{#all title="All"}\n\n${checks.join('\n')}\n::::\n`,
    'one/twenty/setup/all.yaml': SETUP,
    'one/twenty/solution/all.sh': `kubectl apply -f - <<'YAML'\n${SOLUTION}YAML\n`,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
}

interface Ran {
  readonly wallMs: number;
  /** Of the command and all its processes. */
  readonly cpuS: number;
  readonly verdicts: Readonly<Record<string, number>>;
}

/** The real command, on so many submissions, in one process. */
function grade(place: string, count: number): Ran {
  const submissions = path.join(place, `of-${count}`);
  mkdirSync(submissions);
  for (let number = 0; number < count; number++)
    // Half of them forgot the policy.
    writeFileSync(
      path.join(submissions, `learner-${number}.yaml`),
      number % 2 === 0 ? SOLUTION : SOLUTION.slice(0, SOLUTION.indexOf('---')),
    );
  const out = path.join(place, `of-${count}.jsonl`);
  const command = [
    process.execPath,
    path.join(ROOT, 'apps/cli/bin/podwire.mjs'),
    ...['grade', submissions, '--course', path.join(place, 'course'), '--lab', 'twenty'],
    ...['--jobs', '1', '--out', out],
  ];
  const quoted = command.map((word) => `'${word}'`).join(' ');
  const begunMs = performance.now();
  const ran = spawnSync('bash', ['-c', `TIMEFORMAT='%U %S'; time ${quoted}`], { encoding: 'utf8' });
  const wallMs = performance.now() - begunMs;
  if (ran.status !== 0) throw new Error(`podwire grade failed: ${ran.stderr}`);
  const cpuS = (ran.stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  const verdicts: Record<string, number> = {};
  for (const line of readFileSync(out, 'utf8').trim().split('\n')) {
    const { verdict } = JSON.parse(line) as { verdict: string };
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  }
  return { wallMs, cpuS: (cpuS[0] ?? 0) + (cpuS[1] ?? 0), verdicts };
}

function gradeClass(bench: Bench): Promise<readonly Measurement[]> {
  const place = temporaryFolder('grading');
  bench.atEnd(() => place.remove());
  writeCourse(path.join(place.path, 'course'));
  bench.progress(`${FEW} submissions`);
  // The command is bundled on its first use.
  grade(place.path, 1);
  const few = grade(place.path, FEW);
  bench.progress(`${MANY} submissions`);
  const many = grade(place.path, MANY);
  const expected = { passed: MANY / 2, failed: MANY / 2 };
  if (many.verdicts['passed'] !== expected.passed || many.verdicts['failed'] !== expected.failed)
    throw new Error(`wrong verdicts: ${JSON.stringify(many.verdicts)}`);
  const more = MANY - FEW;
  const wall = (more / (many.wallMs - few.wallMs)) * MS_PER_MINUTE;
  const core = (more / (many.cpuS - few.cpuS)) * S_PER_MINUTE;
  return Promise.resolve([
    {
      name: 'grade-submissions',
      value: rounded(core),
      unit: 'per minute',
      statistic: 'difference',
      samples: more,
      goal: { atLeast: GOAL_A_MINUTE },
      detail: {
        'a core': 'submissions by a minute of processor time',
        'by the wall clock': rounded(wall),
        checks: CHECKS.length,
        'cpu ms each': rounded(((many.cpuS - few.cpuS) * 1_000) / more),
      },
    },
  ]);
}

export const gradeSubmissions: Figure = {
  name: 'grade-submissions',
  about: `podwire grade, sealed: submissions with ${CHECKS.length} checks each, a fresh cluster each`,
  run: gradeClass,
};

type Manifest = Parameters<typeof comparePolicies>[1][number];

/** Every pod with a label of its own, in namespaces of its own, so that few are alike. */
function scene(): PolicyScene {
  const pods = Array.from({ length: PODS }, (_none, index) => ({
    metadata: {
      namespace: `n${index % NAMESPACES}`,
      name: `p${index}`,
      labels: { app: `a${index % POLICIES}`, tier: `t${index % 3}`, own: `o${index}` },
    },
    spec: {
      nodeName: `node-${index % 4}`,
      containers: [{ name: 'main', ports: [{ name: 'http', containerPort: 8_000 + (index % 7) }] }],
    },
    status: { phase: 'Running', podIPs: [{ ip: `10.244.${index % 4}.${2 + Math.floor(index / 4)}` }] },
  }));
  const namespaces = Array.from({ length: NAMESPACES }, (_none, index) => ({
    metadata: { name: `n${index}`, labels: { team: `x${index % 2}` } },
  }));
  const nodes = Array.from({ length: 4 }, (_none, index) => ({
    metadata: { name: `node-${index}` },
    status: { addresses: [{ type: 'InternalIP', address: `172.18.0.${index + 2}` }] },
  }));
  return { pods, namespaces, nodes };
}

/** `tidy`: the same meaning, written otherwise. */
function policies(tidy: boolean): readonly Manifest[] {
  return Array.from({ length: POLICIES }, (_none, index) => {
    const from = [
      { podSelector: { matchLabels: { app: `a${(index + 1) % POLICIES}` } } },
      {
        namespaceSelector: { matchLabels: { team: `x${index % 2}` } },
        podSelector: tidy
          ? { matchExpressions: [{ key: 'tier', operator: 'In', values: [`t${index % 3}`] }] }
          : { matchLabels: { tier: `t${index % 3}` } },
      },
      { ipBlock: { cidr: `10.${index}.0.0/16`, except: [`10.${index}.${index}.0/24`] } },
    ];
    const ports = [
      { port: 'http' },
      { port: 8_000 + index, endPort: 8_100 + index },
      { protocol: 'UDP', port: 53 },
    ];
    return {
      metadata: { namespace: `n${index % NAMESPACES}`, name: `policy-${index}` },
      spec: {
        podSelector: { matchLabels: { app: `a${index}` } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: tidy ? from.map((peer) => ({ from: [peer], ports })) : [{ from, ports }],
        egress: [{ to: [{ namespaceSelector: {} }], ports: [{ port: 53 }, { protocol: 'UDP', port: 53 }] }],
      },
    };
  });
}

async function comparePolicySets(): Promise<readonly Measurement[]> {
  const [world, first, second] = [scene(), policies(false), policies(true)];
  const walls: number[] = [];
  let cpuMs = 0;
  for (let time = -3; time < COMPARISONS; time++) {
    const spent = await spentOn(() => {
      const difference = comparePolicies(world, first, second);
      if (difference !== undefined) throw new Error(`they differ: ${JSON.stringify(difference)}`);
    });
    if (time < 0) continue;
    walls.push(spent.wallMs);
    cpuMs += spent.cpuMs;
  }
  const detail = summary(walls);
  return [
    {
      name: 'policies-equal',
      value: detail.p50,
      unit: 'ms',
      statistic: 'p50',
      samples: walls.length,
      goal: { atMost: GOAL_COMPARISON_MS },
      detail: { ...detail, 'cpu ms each': rounded(cpuMs / walls.length), pods: PODS, policies: 2 * POLICIES },
    },
  ];
}

export const policiesEqual: Figure = {
  name: 'policies-equal',
  about: `whether two sets of ${POLICIES} policies mean the same for ${PODS} pods, decided symbolically`,
  run: comparePolicySets,
};
