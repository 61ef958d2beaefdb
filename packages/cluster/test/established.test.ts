import { parseCourse } from '@podwire/lab';
import type { Lab } from '@podwire/lab';
import type { ProvingCluster } from '@podwire/prover';
import { beforeAll, describe, expect, it } from 'vitest';
import { simulatedProvingGround } from '../src/index.ts';

const SETUP = `
apiVersion: v1
kind: Pod
metadata: { name: server, labels: { app: server } }
spec: { containers: [{ name: main, image: "registry.k8s.io/e2e-test-images/agnhost:2.53", args: [netexec] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: client, labels: { app: client } }
spec: { containers: [{ name: main, image: "registry.k8s.io/e2e-test-images/agnhost:2.53", args: [pause] }] }
`;
const DENY =
  'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: deny, namespace: default }\nspec: { podSelector: { matchLabels: { app: server } } }\n';
const GONE = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: elsewhere }\n';

function lab(): Lab {
  const { course, diagnostics } = parseCourse(
    new Map([
      [
        'course.yaml',
        'title: C\nsummary: S\nchapters:\n  - { id: one, title: One, summary: S, labs: [held], lessons: [] }\n',
      ],
      [
        'one/held/lab.md',
        '---\nid: held\ntitle: T\nsummary: S\nminutes: 5\n---\n\n::::task{#a title="A"}\n\n:::check{#c title="C"}\n\n```yaml\nconnectivity:\n  - { from: toolbox, to: node/podwire-worker, port: 10250, expect: open }\n```\n\n:::\n::::\n',
      ],
      ['one/held/setup/all.yaml', SETUP],
    ]),
  );
  const found = course.chapters[0]?.labs[0];
  if (found === undefined) throw new Error(JSON.stringify(diagnostics));
  return found;
}

let cluster: ProvingCluster;

beforeAll(async () => {
  const booted = await simulatedProvingGround().boot(lab(), 3);
  if (!booted.ok) throw new Error(booted.message);
  cluster = booted.cluster;
}, 60_000);

const hold = (change: string, port = 8080): ReturnType<ProvingCluster['grading']['hold']> =>
  cluster.grading.hold({
    from: { kind: 'pod', namespace: 'default', name: 'client' },
    to: { kind: 'pod', namespace: 'default', name: 'server' },
    port,
    timeoutMs: 3_000,
    change,
  });

describe('a connection that is to live on', () => {
  it('is tried although programs run in the learner’s terminals', async () => {
    await cluster.runScript('sleep 86400 & nc -l -p 4444 &');
    expect(await cluster.copy(), 'the cluster as it is can’t be copied').toBeUndefined();
    expect(await hold(GONE)).toEqual({
      opened: true,
      alive: true,
      because: 'The server answered over it after the change.',
    });
    // Policies judge the first packet of a connection.
    expect(await hold(DENY)).toMatchObject({ opened: true, alive: true });
    expect(await hold(DENY, 81)).toMatchObject({ opened: false, alive: false });
  });

  it('leaves the cluster itself as it was: its programs run, and nothing was applied', async () => {
    const ran = await cluster.runScript('ps; kubectl get networkpolicies,namespaces -o name');
    expect(ran.output).toMatch(/ sleep\n/);
    expect(ran.output).toMatch(/ nc\n/);
    expect(ran.output).not.toMatch(/deny|elsewhere/);
  });
});
