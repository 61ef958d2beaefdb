import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder of files that a test makes. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'podwire-test-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

/** A lab of one task: make a Service in front of a pod. It works, and every mutant of its solution is caught. */
export const SMALL_COURSE: Readonly<Record<string, string>> = {
  'course.yaml':
    'title: T\nsummary: S\nchapters:\n  - { id: one, title: One, summary: First, lessons: [], labs: [front] }\n',
  'one/front/lab.md': `---
id: front
title: A door
summary: Put a Service in front of a pod.
minutes: 5
---

A pod \`web\` runs.

::::task{#expose title="Put a Service in front of it"}

Make a Service \`door\` on port 80.

:::check{#answers title="It answers"}

\`\`\`yaml
http: { from: pod/default/web, url: 'http://door/hostname', bodyContains: web }
message: The Service does not lead to the pod.
\`\`\`

:::

::::
`,
  'one/front/setup/web.yaml': `apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: { app: web }
spec:
  containers:
    - name: web
      image: registry.k8s.io/e2e-test-images/agnhost:2.53
      args: [netexec, --http-port=8080]
`,
  'one/front/solution/expose.sh': 'kubectl expose pod web --name door --port 80 --target-port 8080\n',
  'one/front/wrong/port.sh':
    '# fails: expose/answers\n# message: does not lead to the pod\nkubectl expose pod web --name door --port 80\n',
};
