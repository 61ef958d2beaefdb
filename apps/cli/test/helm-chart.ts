import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const CHART = `apiVersion: v2
name: shop
version: 0.1.0
`;
const VALUES = `replicas: 1
greeting: hello
`;
const TEMPLATES = `apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}-web}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec:
      containers:
      - name: web
        image: registry.k8s.io/e2e-test-images/agnhost:2.53
        args: [netexec, --http-port=8080]
        env: [{name: GREETING, value: {{ .Values.greeting | quote }}}]
        readinessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}-web}
spec: {selector: {app: {{ .Release.Name }}}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-before
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: "busybox:1.37", command: [sh, -c, "echo before"]}]
---
apiVersion: v1
kind: Pod
metadata: {name: {{ .Release.Name }}-test, annotations: {helm.sh/hook: test}}
spec:
  restartPolicy: Never
  containers:
  - name: c
    image: registry.k8s.io/e2e-test-images/agnhost:2.53
    command: [sh, -c, "curl -sS http://{{ .Release.Name }}-web/hostname"]
`;

/** Writes a chart with a workload, a hook that is a Job, and a test. */
export function writeChart(folder: string): void {
  mkdirSync(path.join(folder, 'templates'), { recursive: true });
  writeFileSync(path.join(folder, 'Chart.yaml'), CHART);
  writeFileSync(path.join(folder, 'values.yaml'), VALUES);
  writeFileSync(path.join(folder, 'templates/all.yaml'), TEMPLATES);
}
