import type { Lab } from '@podwire/lab';
import { parseCourse } from '@podwire/lab';

const SETUP = `
apiVersion: v1
kind: Pod
metadata: { name: server, labels: { app: server } }
spec:
  containers:
    - name: main
      image: registry.k8s.io/e2e-test-images/agnhost:2.53
      args: [netexec, --http-port=8080]
---
apiVersion: v1
kind: Pod
metadata: { name: client, labels: { app: client } }
spec:
  containers:
    - { name: main, image: registry.k8s.io/e2e-test-images/agnhost:2.53, args: [pause] }
---
apiVersion: v1
kind: Pod
metadata: { name: stranger, labels: { app: stranger } }
spec:
  containers:
    - { name: main, image: registry.k8s.io/e2e-test-images/agnhost:2.53, args: [pause] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: wrong }
  ports: [{ port: 80, targetPort: 8080 }]
`;

const LAB = `---
id: forged
title: Reach the server
summary: Mend a Service and keep strangers out
minutes: 10
---

::::task{#reach title="Reach the server"}

:::question{#word kind=text}
What is the word?
:::

:::check{#page title="The client gets the server's page"}

\`\`\`yaml
http: { from: pod/default/client, url: 'http://web/hostname', bodyContains: server }
\`\`\`

:::

:::check{#welcome title="The client reaches the server"}

\`\`\`yaml
connectivity:
  - { from: pod/default/client, to: pod/default/server, port: 8080, expect: open }
holdsAtStart: true
\`\`\`

:::

:::check{#unwelcome title="The stranger does not"}

\`\`\`yaml
connectivity:
  - { from: pod/default/stranger, to: pod/default/server, port: 8080, expect: blocked }
\`\`\`

:::

:::check{#word-right title="You know the word"}

\`\`\`yaml
answer: { question: word, equals: 8d4f2c-the-word }
\`\`\`

:::
::::
`;

export const MEND = `kubectl patch service web -p '{"spec":{"selector":{"app":"server"}}}'`;
export const GUARD = `kubectl apply -f - <<'YAML'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: guard }
spec:
  podSelector: { matchLabels: { app: server } }
  ingress:
    - from: [{ podSelector: { matchLabels: { app: client } } }]
YAML`;
export const WORD = '8d4f2c-the-word';

export function forgedLab(): Lab {
  const files = new Map([
    [
      'course.yaml',
      'title: C\nsummary: S\nchapters:\n  - { id: one, title: One, summary: S, labs: [forged], lessons: [] }\n',
    ],
    ['one/forged/lab.md', LAB],
    ['one/forged/setup/all.yaml', SETUP],
    ['one/forged/solution/reach.sh', `# answer: word = ${WORD}\n${MEND}\n${GUARD}\n`],
  ]);
  const { course, diagnostics } = parseCourse(files);
  const lab = course.chapters[0]?.labs[0];
  if (lab === undefined) throw new Error(JSON.stringify(diagnostics));
  return lab;
}
