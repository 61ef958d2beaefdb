export function courseTemplate(title: string): string {
  return `title: ${JSON.stringify(title)}
summary: Say in one sentence what learners can do afterwards.
chapters: []
`;
}

/** A lab that works as it stands: podwire test proves it, and every part of the format is there to be changed. */
export function labTemplate(chapter: string, id: string, title: string): Readonly<Record<string, string>> {
  const root = `${chapter}/${id}`;
  return {
    [`${root}/lab.md`]: `---
id: ${id}
title: ${JSON.stringify(title)}
summary: Say in one sentence what the learner brings about.
minutes: 15
objectives:
  - Put a Service in front of a pod
cluster:
  nodes: 2
---

A pod \`web\` answers on port 8080, and a pod \`client\` wants to reach it by a name that stays.

::::task{#expose title="Give the pod a name that stays"}

Make a Service \`front\` whose port 80 leads to the pod's port 8080. Try it from the client:

\`\`\`sh run
kubectl exec client -- curl -s http://front/hostname
\`\`\`

:::hint{#which-label}

A Service finds its pods by their labels. \`kubectl get pod web --show-labels\` shows them.

:::

:::check{#answers title="The client reaches the pod through the Service"}

\`\`\`yaml
http: { from: pod/default/client, url: 'http://front/hostname', bodyContains: web }
\`\`\`

:::

::::

:::conclusion

The client knows a name and a port; which pod answers is the Service's business.

:::
`,
    [`${root}/setup/pods.yaml`]: `apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: { app: web }
spec:
  containers:
    - name: web
      image: registry.k8s.io/e2e-test-images/agnhost:2.53
      args: [netexec, --http-port=8080]
---
apiVersion: v1
kind: Pod
metadata:
  name: client
  labels: { app: client }
spec:
  containers:
    - name: client
      image: registry.k8s.io/e2e-test-images/agnhost:2.53
      args: [pause]
`,
    [`${root}/solution/expose.sh`]: `kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Service
metadata:
  name: front
spec:
  selector: { app: web }
  ports:
    - port: 80
      targetPort: 8080
EOF
`,
    [`${root}/wrong/target-port-forgotten.sh`]: `# fails: expose/answers
kubectl expose pod web --name front --port 80
`,
    [`${root}/wrong/other-label.sh`]: `# fails: expose/answers
kubectl create service clusterip front --tcp 80:8080
`,
    [`${root}/wrong/other-name.sh`]: `# fails: expose/answers
kubectl expose pod web --name door --port 80 --target-port 8080
`,
  };
}
