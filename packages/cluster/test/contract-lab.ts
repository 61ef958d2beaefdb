import { parseCourse } from '@podwire/lab';
import type { Lab } from '@podwire/lab';

const LAB = `---
id: toy
title: Keep the asker out
summary: A policy
minutes: 5
backends: [simulated, kind]
---

::::task{#guard title="Keep the asker out"}

:::question{#address kind=text}
What is the address of the pod web?
:::

:::check{#out title="The asker is kept out"}

\`\`\`yaml
connectivity:
  - { from: pod/shop/asker, to: pod/shop/web, port: 8080, expect: blocked }
\`\`\`

:::

:::check{#known title="You know the address of your own pod"}

\`\`\`yaml
answer:
  question: address
  field: { object: { apiVersion: v1, kind: Pod, namespace: shop, name: web }, path: status.podIP }
\`\`\`

:::
::::
`;

/** A lab that sets up what the contract's cluster has, to be handed in for credit. */
export function contractLab(setup: string, solution: string): Lab {
  const files = new Map([
    [
      'course.yaml',
      'title: C\nsummary: S\nchapters:\n  - { id: one, title: One, summary: S, labs: [toy], lessons: [] }\n',
    ],
    ['one/toy/lab.md', LAB],
    ['one/toy/setup/web.yaml', setup],
    ['one/toy/files/deny.yaml', solution],
    [
      'one/toy/solution/guard.sh',
      "# answer: address = $(kubectl get pod web -n shop -o jsonpath='{.status.podIP}')\nkubectl apply -f deny.yaml\n",
    ],
  ]);
  const { course, diagnostics } = parseCourse(files);
  const lab = course.chapters[0]?.labs[0];
  if (lab === undefined) throw new Error(JSON.stringify(diagnostics));
  return lab;
}
