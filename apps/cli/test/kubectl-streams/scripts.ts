import type { Script } from '../../../../packages/cluster/test/kubectl-differential/script.ts';

/** A pod of two containers, one that is gone, one that never comes, and a server behind a Service. */
const WORLD = `apiVersion: v1
kind: Pod
metadata: { name: two, labels: { app: two } }
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - { name: main, image: 'busybox:1.36', command: [sleep, infinity] }
    - { name: side, image: 'busybox:1.36', command: [sh, -c, 'echo side is up; sleep infinity'] }
---
apiVersion: v1
kind: Pod
metadata: { name: spoken, annotations: { kubectl.kubernetes.io/default-container: side } }
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - { name: main, image: 'busybox:1.36', command: [sleep, infinity] }
    - { name: side, image: 'busybox:1.36', command: [sleep, infinity] }
---
apiVersion: v1
kind: Pod
metadata: { name: done }
spec:
  restartPolicy: Never
  containers:
    - { name: once, image: 'busybox:1.36', command: [sh, -c, 'echo it is done; exit 3'] }
---
apiVersion: v1
kind: Pod
metadata: { name: waiting }
spec:
  containers:
    - { name: never, image: 'nginx:no-such-tag-here' }
---
apiVersion: v1
kind: Pod
metadata: { name: reader }
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 0
  containers:
    - { name: shell, image: 'busybox:1.36', command: [sh, -c, 'read line; echo got $line'], stdin: true, stdinOnce: true }
---
apiVersion: v1
kind: Pod
metadata: { name: bare }
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - { name: pause, image: 'registry.k8s.io/pause:3.10' }
---
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - { name: nginx, image: 'nginx:1.29.3', ports: [{ name: http, containerPort: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ name: http, port: 8000, targetPort: http }]
---
apiVersion: v1
kind: Service
metadata: { name: nobody }
spec:
  selector: { app: nobody }
  ports: [{ port: 80 }]
---
apiVersion: v1
kind: Service
metadata: { name: bare }
spec:
  ports: [{ port: 80 }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{ name: nginx, image: 'nginx:1.29.3', ports: [{ containerPort: 80 }] }]
`;
const FILES = {
  'world.yaml': WORLD,
  'note.txt': 'a note\n',
  'tree/one.txt': '1\n',
  'tree/sub/two.txt': '2\n',
};
const START = ['apply -f world.yaml', 'wait --for=condition=Ready pod/two pod/web pod/spoken --timeout=60s'];
const GET = 'GET /no-such-page HTTP/1.0\r\nHost: web\r\n\r\n';

const EXEC: Script = {
  title: 'exec',
  files: FILES,
  lines: [
    ...START,
    'exec two -- echo hello',
    'exec pod/two -- echo hello',
    'exec pods/two -- echo hello',
    'exec two -c side -- hostname',
    'exec two -c nope -- hostname',
    'exec two -c "" -- hostname',
    'exec spoken -- hostname',
    'exec two -q -- hostname',
    'exec two -- sh -c "exit 7"',
    'exec two -c main -- sh -c "echo out; echo err >&2; exit 3"',
    'exec two -c main -- false',
    'exec two -c main -- true',
    'exec two -c main -- nosuchprogram',
    'exec two -c main -- /nosuchprogram x',
    'exec two -c main -- /etc',
    'exec two -c main -- ./relative',
    'exec bare -- ls',
    'exec bare -- sh -c true',
    'exec done -- ls',
    'exec waiting -- ls --pod-running-timeout=1s',
    'exec waiting --pod-running-timeout=1s -- ls',
    'exec two --pod-running-timeout=0s -- ls',
    'exec two --pod-running-timeout=x -- ls',
    'exec two',
    'exec two --',
    'exec -- ls',
    'exec two ls',
    'exec two -c main ls',
    'exec',
    'exec nope -- ls',
  ],
};

const EXEC_OTHERS: Script = {
  title: 'exec by other names, with input, with a terminal',
  files: FILES,
  lines: [
    ...START,
    'exec deploy/shop -- echo from the deployment',
    'exec deployment/shop -- nginx -v',
    'exec svc/web -- echo from the service',
    'exec service/web -- echo again',
    'exec svc/nobody --pod-running-timeout=1s -- ls',
    'exec svc/bare --pod-running-timeout=1s -- ls',
    'exec rs/nope -- ls',
    'exec node/podwire-worker -- ls',
    'exec cm/kube-root-ca.crt -- ls',
    'exec nonsense/two -- ls',
    'exec -f world.yaml -- ls',
    'exec two -n nowhere -- ls',
    'exec two -i -c main -- cat',
    { line: 'exec -i two -c main -- cat', stdin: 'one\ntwo\n' },
    { line: 'exec -i two -c main -- sh', stdin: 'echo from a script\nexit 4\n' },
    { line: 'exec two -c main -- cat', stdin: 'not sent\n' },
    { line: 'exec -i two -c main -- wc -c', stdin: 'x'.repeat(100_000) },
    { line: 'exec -i two -c main -- head -n 1', stdin: 'first\nsecond\n' },
    'exec -t two -c main -- echo with a terminal',
    'exec -it two -c main -- echo with a terminal',
    { line: 'exec -it two -c main -- sh', stdin: 'echo no terminal\n' },
    'exec -q -it two -c main -- echo quiet',
    'exec two -c main --stdin=maybe -- ls',
    'exec two -c main --nonsense -- ls',
    'exec two -c main -- sh -c "kill -9 $$"',
    'exec two -c main -- printf %s no-newline',
    'exec two -c main -- seq 1 2000',
    'exec two -c main --as=jane -- ls',
    'exec two -c main -- sh -c "echo $HOSTNAME; pwd; whoami"',
  ],
};

const ATTACH: Script = {
  title: 'attach and run',
  files: FILES,
  lines: [
    ...START,
    'attach',
    'attach nope',
    'attach done',
    'attach waiting --pod-running-timeout=1s',
    'attach two -c nope',
    'attach a b c',
    'attach svc/nobody --pod-running-timeout=1s',
    'attach cm/kube-root-ca.crt',
    'attach two --pod-running-timeout=0s',
    { line: 'attach -i reader', stdin: 'something\n' },
    'logs reader',
    'run',
    'run x',
    'run x --image=busybox:1.36 --rm',
    'run x --image=busybox:1.36 --rm -i --dry-run=client',
    'run x --image=busybox:1.36 -t',
    'run x --image=busybox:1.36 --attach --dry-run=server',
    { line: 'run one --image=busybox:1.36 --rm -i --restart=Never -- cat', stdin: 'through a pod\n' },
    { line: 'run two2 --image=busybox:1.36 --rm -i -q --restart=Never -- cat', stdin: 'quietly\n' },
    {
      line: 'run three --image=busybox:1.36 --rm -i --restart=Never -- sh -c "cat; exit 5"',
      stdin: 'and fails\n',
    },
    { line: 'run four --image=busybox:1.36 -i --restart=Never -- cat', stdin: 'and stays\n' },
    'get pod four',
    'logs four',
    'run two --image=busybox:1.36 --rm -i --restart=Never -- true',
    'run bad --image=nginx:no-such-tag --rm -i --restart=Never --pod-running-timeout=1s -- true',
    'get pods',
  ],
};

const COPY: Script = {
  title: 'cp',
  files: FILES,
  lines: [
    ...START,
    'cp note.txt two:/tmp/note.txt -c main',
    'exec two -c main -- cat /tmp/note.txt',
    'cp note.txt two:/tmp -c main',
    'cp note.txt two:/tmp/ -c main',
    'cp note.txt two:/tmp/renamed -c main',
    'cp note.txt two:note.txt -c main',
    'cp note.txt two:/no/such/folder/note.txt -c main',
    'cp missing.txt two:/tmp -c main',
    'cp note.txt two:/tmp',
    'cp note.txt default/two:/tmp -c main',
    'cp note.txt nowhere/two:/tmp -c main',
    'cp note.txt two:/tmp -c nope',
    'cp note.txt nope:/tmp',
    'cp note.txt bare:/tmp',
    'cp bare:/etc/passwd x',
    'cp note.txt done:/tmp',
    'cp note.txt waiting:/tmp',
    'cp tree two:/tmp/tree -c main',
    'exec two -c main -- find /tmp/tree',
    'cp tree two:/tmp -c main',
    'cp tree/ two:/tmp/again -c main',
    'exec two -c main -- sh -c "find /tmp/again | sort"',
    'cp two:/tmp/note.txt back.txt -c main',
    'create cm x --from-file=back.txt --dry-run=client -o yaml',
    'cp two:/tmp/tree back -c main',
    'create cm x --from-file=back --from-file=back/sub --dry-run=client -o yaml',
    'cp two:tmp/note.txt relative.txt -c main',
    // What is missing in the container is not asked for: whether the real one sees tar's failure or the end of its archive
    // first is a race between two of its goroutines.
    'cp two:/tmp/note.txt . -c main',
    'cp two:/tmp/note.txt',
    'cp note.txt',
    'cp note.txt other.txt',
    'cp two:/a spoken:/b',
    'cp two: x',
    'cp note.txt two:',
    'cp pod/two:/tmp x',
    'cp note.txt two:/tmp --no-preserve -c main',
    'cp note.txt two:/tmp --retries=1 -c main',
    'cp two:/tmp/note.txt third.txt --retries=-1 -c main',
    'cp note.txt two:/tmp --retries=x',
    'exec two -c main -- ln -s /etc/hosts /tmp/tree/link',
    'cp two:/tmp/tree linked -c main',
    'cp web:/usr/share/nginx/html pages',
  ],
};

const FORWARD: Script = {
  title: 'port-forward and proxy',
  files: FILES,
  lines: [
    ...START,
    { line: 'port-forward --address 127.0.0.1 web :80', until: { says: '-> 80', ask: GET } },
    { line: 'port-forward --address 127.0.0.1 pod/web :80', until: { says: '-> 80' } },
    { line: 'port-forward --address 127.0.0.1 web :http', until: { says: '-> 80' } },
    { line: 'port-forward --address 127.0.0.1 svc/web :8000', until: { says: '-> 80', ask: GET } },
    { line: 'port-forward --address 127.0.0.1 service/web :http', until: { says: '-> 80' } },
    { line: 'port-forward --address 127.0.0.1 deploy/shop :80', until: { says: '-> 80' } },
    { line: 'port-forward --address 127.0.0.1 deployment.apps/shop :80', until: { says: '-> 80' } },
    {
      line: 'port-forward --address 127.0.0.1 web :80 :81',
      until: { says: '-> 81', ask: GET },
    },
    'port-forward --address 127.0.0.1 web',
    'port-forward --address 127.0.0.1 web :nope',
    'port-forward --address 127.0.0.1 web a:b',
    'port-forward --address 127.0.0.1 web :1:2:3',
    'port-forward --address 127.0.0.1 web :0',
    'port-forward --address 127.0.0.1 web :70000',
    'port-forward --address 127.0.0.1 svc/web :80',
    'port-forward --address 127.0.0.1 svc/nobody :80 --pod-running-timeout=1s',
    'port-forward --address 127.0.0.1 svc/bare :80 --pod-running-timeout=1s',
    'port-forward --address 127.0.0.1 svc/nope :80',
    'port-forward --address 127.0.0.1 done :80',
    'port-forward --address 127.0.0.1 waiting :80 --pod-running-timeout=1s',
    'port-forward --address nonsense web :80',
    'port-forward web :80 --pod-running-timeout=0s',
    'port-forward cm/kube-root-ca.crt :80',
    { line: 'proxy --port=0', until: { says: 'Starting' } },
    'proxy --port=x',
    { line: 'proxy extra --port=0', until: { says: 'Starting' } },
    {
      line: 'proxy --accept-paths=[ --port=0',
      known: 'Go words the fault of a regular expression in its own way',
    },
  ],
};

const DEBUG: Script = {
  title: 'debug',
  files: FILES,
  lines: [
    ...START,
    'debug two --image=busybox:1.36 -c probe --profile=general -- echo looking',
    'wait --for=jsonpath={.status.ephemeralContainerStatuses[0].state.terminated.reason}=Completed pod/two --timeout=60s',
    'get pod two -o jsonpath={.spec.ephemeralContainers}',
    'logs two -c probe',
    'debug two --image=busybox:1.36 -c probe --profile=general -- echo again',
    {
      line: 'debug two --image=busybox:1.36 -i -c talk --target=main --profile=general -- cat',
      stdin: 'said to it\n',
    },
    { line: 'debug two --image=busybox:1.36 -q -i -c hush --profile=restricted -- cat', stdin: 'hush\n' },
    'debug two --image=busybox:1.36 -c t2 --target=nope --profile=general -- true',
    'debug two --copy-to=twin --container=main --image=busybox:1.36 --profile=general -- sleep 5',
    'get pod twin -o jsonpath={.spec.containers[*].name}',
    'get pod twin -o jsonpath={.spec.containers[*].command}',
    'debug two --copy-to=twin --container=main --profile=general -- sleep 5',
    'debug two --copy-to=triplet --set-image=*=busybox:1.35 --profile=general',
    'get pod triplet -o jsonpath={.spec.containers[*].image}',
    'debug two --copy-to=quad --set-image=nope=busybox:1.35 --profile=general',
    'debug two --copy-to=quint --same-node --share-processes=false --image=busybox:1.36 -c extra --profile=general -- true',
    'get pod quint -o jsonpath={.spec.nodeName}/{.spec.shareProcessNamespace}/{.spec.containers[*].name}',
    'debug two --replace --copy-to=two --image=busybox:1.36 --profile=general -- true',
    'debug node/podwire-worker --image=busybox:1.36 --profile=general -- ls /host',
    'debug node/podwire-worker -q --image=busybox:1.36 --profile=general -- ls /host',
    'debug node/nope --image=busybox:1.36 --profile=general -- ls',
    'debug nodes/podwire-worker --image=busybox:1.36 --copy-to=x',
    'debug node/podwire-worker --profile=general',
    'debug deploy/shop --image=busybox:1.36 --profile=general',
    'debug two --image=busybox:1.36 --profile=custom',
    'debug two --image=busybox:1.36 --env=A --profile=general',
    'debug two --image=busybox:1.36 --custom=missing.json --profile=general',
    'debug done --image=busybox:1.36 -c late --profile=general -- true',
    'debug two --image=busybox:1.36 --attach=maybe',
  ],
};

const FOLLOW: Script = {
  title: 'logs that are followed, waits, watches',
  files: FILES,
  lines: [
    'apply -f world.yaml',
    'wait --for=condition=Ready pod/two --timeout=60s',
    'logs -f done',
    'logs done -f --tail=1',
    { line: 'logs -f two -c side', until: { says: 'side is up' } },
    { line: 'logs -f two --all-containers', until: { says: 'side is up' } },
    { line: 'logs -f two --all-containers --prefix', until: { says: 'side is up' } },
    'logs two',
    'logs two --all-containers --prefix',
    'logs -f two -c nope',
    'logs -f waiting',
    'logs -f nope',
    { line: 'logs -f -l app=two -c side --tail=1 --max-log-requests=0', until: { says: 'side is up' } },
    'logs -f two --all-containers --max-log-requests=1',
    'logs -l app=two --all-containers --prefix',
    'logs -l app=nothing',
    'logs two done',
    'logs two side',
    'logs two --tail=x',
    'logs two -c side --limit-bytes=4',
    'logs two -c side --limit-bytes=-1',
    'logs two -c side --since-time=nonsense',
    'logs two -c side --since=1h --since-time=2026-01-01T00:00:00Z',
    'logs done -p',
    'wait --for=jsonpath={.status.phase}=Failed pod/done --timeout=60s',
    'wait --for=jsonpath={.status.phase} pod/done --timeout=60s',
    'wait --for=jsonpath={.status.nope} pod/done --timeout=1s',
    'wait --for=condition=Ready=false pod/done --timeout=60s',
    'wait --for=create pod/two --timeout=60s',
    'wait --for=create pod/never-made --timeout=1s',
    'wait --for=delete pod/nope',
    'wait --for=condition=Ready pod -l app=two --timeout=60s',
    'wait --for=condition=Ready pod -l app=nothing --timeout=1s',
    'wait --for=condition=Available deploy/shop --timeout=60s -o name',
    'wait --for=condition=Nope pod/two --timeout=0',
    'wait --for=condition= pod/two --timeout=1s',
    'wait --for=jsonpath=nonsense pod/two --timeout=1s',
    'wait --for=jsonpath={.status.phase}=A=B pod/two --timeout=1s',
  ],
};

export const STREAM_SCRIPTS: readonly Script[] = [EXEC, EXEC_OTHERS, ATTACH, COPY, FORWARD, DEBUG, FOLLOW];
