import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { SimulatedCluster } from '@podwire/kubesim';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { beforeAll, describe, expect, it } from 'vitest';
import { programs } from '../programs.ts';

const START_MS = Date.UTC(2026, 0, 1);
const LIMIT_MS = 120_000;
const MAX_EVENTS = 5_000_000;
const POD = `apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: {app: web}
spec:
  containers:
  - name: nginx
    image: nginx:1.29.3
    ports: [{name: http, containerPort: 80}]
`;

describe('kubectl on a cluster', () => {
  let cluster: SimulatedCluster;

  /** What a script on the learner's own machine prints, both streams together. */
  const sh = (script: string): string => {
    const started = cluster.exec({ kind: 'toolbox' }, ['bash', '-c', script]);
    if (!started.ok) throw new Error(started.reason);
    let text = '';
    let code: number | undefined;
    started.handle.onStdout((data) => (text += utf8Decode(data)));
    started.handle.onStderr((data) => (text += utf8Decode(data)));
    started.handle.onExit((value) => (code = value));
    started.handle.closeStdin();
    cluster.run({
      untilMs: cluster.nowMs() + LIMIT_MS,
      maxEvents: MAX_EVENTS,
      condition: () => code !== undefined,
    });
    return text;
  };

  beforeAll(() => {
    cluster = createCluster({ config: defaultConfig({ seed: 3, startMs: START_MS }), programs });
    cluster.settle(LIMIT_MS);
    cluster.toolboxFiles().writeFile('/home/learner/pod.yaml', utf8Encode(POD));
    expect(
      sh('kubectl apply -f pod.yaml && kubectl expose pod web --port=8000 --target-port=http'),
    ).toContain('service/web exposed');
    expect(sh('kubectl wait pod/web --for=condition=Ready')).toBe('pod/web condition met\n');
  });

  it('forwards many connections and several ports, in the background, until Ctrl-C', () => {
    const text = sh(`kubectl port-forward svc/web 8080:8000 8081:8000 &
sleep 1
for i in 1 2; do curl -s -o /dev/null -w '%{http_code}\\n' localhost:8080; done
curl -s -o /dev/null -w '%{http_code}\\n' localhost:8081
kill -INT %1; wait %1; echo "ended $?"; curl -s localhost:8080; echo "curl $?"`);
    expect(text).toContain('Forwarding from 127.0.0.1:8080 -> 80\n');
    expect(text.match(/Handling connection for 8080\n/g)).toHaveLength(2);
    expect(text).toContain('Handling connection for 8081\n');
    expect(text.match(/^200$/gm)).toHaveLength(3);
    expect(text).toContain('ended 0\ncurl 7\n');
  });

  it('loses the pod when nothing listens on its port, and says so', () => {
    const text = sh(
      'kubectl port-forward web 8080:81 & sleep 1; curl -s localhost:8080; wait %1; echo "ended $?"',
    );
    expect(text).toMatch(
      /E0101 .* portforward\.go:424\] "Unhandled Error" err="an error occurred forwarding 8080 -> 81: /,
    );
    expect(text).toContain('error: lost connection to pod\n');
    expect(text).toContain('ended 1\n');
  });

  it('serves the API on this machine, and refuses what the filter refuses', () => {
    const text = sh(`kubectl proxy & sleep 1
curl -s localhost:8001/api/v1/namespaces/default/pods/web | grep -o '"name": "web"' | head -1
curl -s localhost:8001/api/v1/namespaces/default/pods/web/exec
curl -s -H 'Host: elsewhere' localhost:8001/api
kill %1`);
    expect(text).toBe('Starting to serve on 127.0.0.1:8001\n"name": "web"\nForbidden\nForbidden\n');
  });

  it('copies files and directories in and out', () => {
    const text = sh(`mkdir -p d/e; echo one > d/a; echo two > d/e/b
kubectl cp d web:/tmp/d && kubectl exec web -- cat /tmp/d/e/b
kubectl cp web:/tmp/d back && cat back/a
kubectl cp nope web:/tmp; kubectl cp web:/nope x`);
    expect(text).toBe(`two
tar: Removing leading \`/' from member names
one
error: nope doesn't exist in local filesystem
tar: /nope: Cannot stat: No such file or directory
tar: Exiting with failure status due to previous errors
command terminated with exit code 2
`);
  });

  it('debugs in the network of a pod and of a node', () => {
    expect(
      sh(
        'kubectl debug web -c tools -q --image=busybox:1.37 --profile=general --attach -- wget -qO- localhost',
      ),
    ).toContain('Welcome to nginx');
    expect(
      sh('kubectl debug node/podwire-worker -q --image=busybox:1.37 --profile=netadmin --attach -- ip route'),
    ).toContain('172.18.0.0/16 dev eth0');
  });

  it('shows what a file would change, and whether it would', () => {
    const text = sh(`kubectl diff -f pod.yaml; echo "code $?"
sed 's/1.29.3/1.28.0/' pod.yaml | kubectl diff -f - >changes; echo "code $?"; grep '^[-+] .*image' changes
kubectl diff -f nope.yaml; echo "code $?"`);
    expect(text).toBe(`code 0
code 1
-  - image: nginx:1.29.3
+  - image: nginx:1.28.0
error: the path "nope.yaml" does not exist
code 2
`);
  });

  it('completes commands, flags, types and names when Tab is pressed', () => {
    const opened = cluster.openTerminal({ kind: 'toolbox' }, { columns: 100, rows: 30 });
    if (!opened.ok) throw new Error(opened.reason);
    let screen = '';
    opened.handle.onOutput((data) => (screen += utf8Decode(data)));
    const type = (text: string): void => {
      opened.handle.write(utf8Encode(text));
      cluster.run({ untilMs: cluster.nowMs() + 500, maxEvents: MAX_EVENTS });
    };
    type('');
    type('kubectl desc\tpo\tw\t');
    expect(screen).toContain('kubectl describe pod');
    type('\u0003kubectl describe pods w\t');
    expect(screen).toContain('kubectl describe pods web ');
    type('\u0003kubectl -n kube-sy\t');
    expect(screen).toContain('kubectl -n kube-system ');
    opened.handle.hangUp();
  });

  it('explains, and can be sourced for completion', () => {
    expect(sh('kubectl explain svc.spec.type')).toContain('FIELD: type <string>\nENUM:\n    ClusterIP\n');
    expect(sh('eval "$(kubectl completion bash)" && echo fine')).toBe('fine\n');
  });
});
