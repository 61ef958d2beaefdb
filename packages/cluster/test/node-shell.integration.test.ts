import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { Place, SimulatedCluster } from '@podwire/kubesim';
import { programs } from '@podwire/shell';
import { utf8Decode } from '@podwire/sim';
import { beforeAll, describe, expect, it } from 'vitest';

const TOOLBOX: Place = { kind: 'toolbox' };
const CONTROL_PLANE: Place = { kind: 'node', name: 'podwire-control-plane' };
const WORKER: Place = { kind: 'node', name: 'podwire-worker' };
const LIMIT_MS = 120_000;
const MAX_EVENTS = 2_000_000;

/** One cluster for each test, as it is when it has come to rest. */
let origin: SimulatedCluster;

beforeAll(() => {
  origin = createCluster({ config: defaultConfig({ seed: 3, startMs: Date.UTC(2026, 0, 1) }), programs });
  origin.settle(LIMIT_MS);
});

function fresh(): { type: (place: Place, command: string) => string } {
  const cluster = origin.fork();
  if (cluster === undefined) throw new Error('the cluster cannot fork now');
  return {
    type: (place, command) => {
      const started = cluster.exec(place, ['bash', '-c', command]);
      if (!started.ok) throw new Error(`no shell: ${started.reason}`);
      let output = '';
      let ended = false;
      started.handle.onStdout((data) => (output += utf8Decode(data)));
      started.handle.onStderr((data) => (output += utf8Decode(data)));
      started.handle.onExit(() => (ended = true));
      cluster.run({ untilMs: cluster.nowMs() + LIMIT_MS, maxEvents: MAX_EVENTS, condition: () => ended });
      expect(ended, `${command} does not end`).toBe(true);
      return output;
    },
  };
}

const PODS = 'kubectl get pods -A --no-headers -o custom-columns=N:.metadata.name,P:.status.phase';

function pod(name: string, container: string, volumes = ''): string {
  return `kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  nodeName: podwire-worker
  restartPolicy: Never
  containers: [${container}]
  ${volumes}
YAML`;
}

describe("a node's own shell", () => {
  it('a manifest that leaves the directory ends its static pod, and the component; back again, it starts', () => {
    const { type } = fresh();
    type(CONTROL_PLANE, 'mv /etc/kubernetes/manifests/kube-scheduler.yaml /root/; sleep 1');
    expect(type(TOOLBOX, PODS)).not.toContain('kube-scheduler');
    type(TOOLBOX, 'kubectl run late --image=nginx:1.29; sleep 5');
    expect(type(TOOLBOX, PODS)).toMatch(/late +Pending/);
    type(CONTROL_PLANE, 'mv /root/kube-scheduler.yaml /etc/kubernetes/manifests/; sleep 5');
    expect(type(TOOLBOX, PODS)).toMatch(/late +Running/);
  });

  it('a manifest of your own runs as a static pod of that node; one that is none does no harm', () => {
    const { type } = fresh();
    type(
      WORKER,
      `cat > /etc/kubernetes/manifests/web.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata: { name: web }
spec: { containers: [{ name: web, image: 'nginx:1.29' }] }
YAML
echo '{ [' > /etc/kubernetes/manifests/broken.yaml
echo 'apiVersion: v1
kind: Pod
metadata: { name: empty }
spec: {}' > /etc/kubernetes/manifests/empty.yaml
sleep 5`,
    );
    const pods = type(TOOLBOX, PODS);
    expect(pods).toMatch(/web-podwire-worker +Running/);
    expect(pods).not.toContain('empty');
  });

  it('kubectl is refused without an API server, and waits in vain without etcd', () => {
    const { type } = fresh();
    type(CONTROL_PLANE, 'mv /etc/kubernetes/manifests/kube-apiserver.yaml /root/; sleep 1');
    expect(type(TOOLBOX, 'kubectl get pods')).toBe(
      'The connection to the server 172.18.0.2:6443 was refused - did you specify the right host or port?\n',
    );
    type(CONTROL_PLANE, 'mv /root/kube-apiserver.yaml /etc/kubernetes/manifests/; sleep 3');
    expect(type(TOOLBOX, PODS)).toContain('kube-apiserver-podwire-control-plane');
    type(CONTROL_PLANE, 'mv /etc/kubernetes/manifests/etcd.yaml /root/; sleep 1');
    expect(type(TOOLBOX, 'kubectl get pods')).toContain('Error from server (Timeout)');
  });

  it('systemctl stops, shows and starts the kubelet; other units are not there', () => {
    const { type } = fresh();
    expect(type(WORKER, 'systemctl is-active kubelet')).toBe('active\n');
    type(WORKER, 'systemctl stop kubelet');
    expect(type(WORKER, 'systemctl status kubelet; echo $?')).toMatch(/inactive \(dead\) since .*\n3\n$/);
    type(TOOLBOX, 'sleep 60');
    expect(type(TOOLBOX, 'kubectl get nodes')).toMatch(/podwire-worker +NotReady/);
    type(WORKER, 'systemctl start kubelet');
    type(TOOLBOX, 'sleep 2');
    expect(type(TOOLBOX, 'kubectl get nodes')).not.toContain('NotReady');
    expect(type(WORKER, 'systemctl stop sshd')).toBe(
      'Failed to stop sshd.service: Unit sshd.service not found.\n',
    );
    expect(type(TOOLBOX, 'systemctl status kubelet')).toContain('command not found');
  });

  it('kube-proxy works on a node while its pod runs there; its rules outlive it', () => {
    const { type } = fresh();
    const selector = (value: string): string =>
      `kubectl -n kube-system patch daemonset kube-proxy -p '{"spec":{"template":{"spec":{"nodeSelector":{"kubernetes.io/hostname":${value}}}}}}'; sleep 10`;
    type(TOOLBOX, selector('"podwire-control-plane"'));
    type(TOOLBOX, 'kubectl create service clusterip fresh --tcp=80; sleep 1');
    expect(type(WORKER, 'nft list ruleset | grep -c default/fresh')).toBe('0\n');
    expect(type(CONTROL_PLANE, 'nft list ruleset | grep -c default/fresh')).not.toBe('0\n');
    expect(type(WORKER, 'nft list ruleset | grep -c kube-system/kube-dns')).not.toBe('0\n');
    type(TOOLBOX, selector('null'));
    expect(type(WORKER, 'nft list ruleset | grep -c default/fresh')).not.toBe('0\n');
  });

  it('CNI4: a configuration that a pod removes is missed at once, and found again when it is written', () => {
    const { type } = fresh();
    const kept = type(WORKER, 'cat /etc/cni/net.d/10-podwire.conflist');
    type(
      TOOLBOX,
      `${pod('tidy', "{ name: t, image: 'busybox:1.36', command: [sh, -c, 'rm /c/*'], volumeMounts: [{ name: c, mountPath: /c }] }", 'volumes: [{ name: c, hostPath: { path: /etc/cni/net.d } }]')}\nsleep 3`,
    );
    expect(type(TOOLBOX, 'kubectl get nodes')).toMatch(/podwire-worker +NotReady/);
    type(WORKER, `cat > /etc/cni/net.d/05-mine.conflist <<'JSON'\n${kept}JSON\nsleep 1`);
    expect(type(TOOLBOX, 'kubectl get nodes')).not.toContain('NotReady');
  });

  it.each([
    ['Directory', 'hostPath type check failed: /srv/none is not a directory'],
    ['File', 'hostPath type check failed: /srv/none is not a file'],
    ['Socket', 'hostPath type check failed: /srv/none is not a socket file'],
  ])('a hostPath of type %s waits for what is not there', (kind, message) => {
    const { type } = fresh();
    type(
      TOOLBOX,
      `${pod('p', "{ name: p, image: 'busybox:1.36', command: [sleep, infinity], volumeMounts: [{ name: h, mountPath: /h }] }", `volumes: [{ name: h, hostPath: { path: /srv/none, type: ${kind} } }]`)}\nsleep 3`,
    );
    expect(type(TOOLBOX, 'kubectl describe pod p')).toContain(message);
  });

  it("a hostPath is the node's own directory, whichever pod or shell looks", () => {
    const { type } = fresh();
    type(
      TOOLBOX,
      `${pod('w', "{ name: w, image: 'busybox:1.36', command: [sh, -c, 'echo from the pod > /h/note; sleep infinity'], volumeMounts: [{ name: h, mountPath: /h }] }", 'volumes: [{ name: h, hostPath: { path: /srv/book, type: DirectoryOrCreate } }]')}\nsleep 3`,
    );
    expect(type(WORKER, 'cat /srv/book/note; echo from the node >> /srv/book/note')).toBe('from the pod\n');
    expect(type(TOOLBOX, 'kubectl exec w -- cat /h/note')).toBe('from the pod\nfrom the node\n');
    expect(type(CONTROL_PLANE, 'ls /srv/book')).toContain('No such file or directory');
  });

  it('ip route add: onlink takes a gateway that no address reaches, without it none', () => {
    const { type } = fresh();
    expect(type(WORKER, 'ip route add 10.9.0.0/24 via 192.0.2.1 dev eth0')).toBe(
      'Error: Nexthop has invalid gateway.\n',
    );
    expect(type(WORKER, 'ip route add 10.9.0.0/24 via 192.0.2.1 dev eth0 onlink; ip route')).toContain(
      '10.9.0.0/24 via 192.0.2.1 dev eth0 onlink',
    );
    expect(type(WORKER, 'ip route add 10.9.0.0/24 via 172.18.0.2')).toBe('RTNETLINK answers: File exists\n');
  });
});
