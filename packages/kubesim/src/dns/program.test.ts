import { createMachines, newMachinesState } from '@podwire/machine';
import type { Machines } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { forkState, utf8Decode, utf8Encode } from '@podwire/sim';
import { describe, expect, it } from 'vitest';
import {
  ClusterNetwork,
  policyObject,
  serviceObject,
  sliceObject,
} from '../nodes/cluster-network.test-support.ts';
import type { PodHandle } from '../nodes/cluster-network.test-support.ts';
import { defaultCorefile } from './corefile-default.ts';
import { decodeMessage, encodeMessage, frameForTcp, queryMessage, unframeTcp } from './message.ts';
import { dnsProgram, KUBERNETES_CLIENT_SERVICE } from './program.ts';
import type { DnsMessage, Edns } from './records.ts';

const DNS_IP = '10.96.0.10';
const RESOLV_CONF = 'nameserver 172.18.0.1\n';

/** A cluster whose one CoreDNS pod stands behind Service kube-dns, and a client pod on the other node. */
class Scene {
  readonly cluster = new ClusterNetwork();
  readonly dns: PodHandle = this.cluster.addPod('coredns', { node: 0, labels: { 'k8s-app': 'kube-dns' } });
  readonly client: PodHandle = this.cluster.addPod('client', { node: 1, labels: { app: 'client' } });
  readonly logs: string[] = [];
  readonly state = newMachinesState();
  readonly machines: Machines;
  exitCode: number | undefined;

  constructor(corefile = defaultCorefile('cluster.local')) {
    const { cluster } = this;
    this.machines = createMachines(this.state, {
      simulation: cluster.simulation,
      network: cluster.network,
      programs: new Map([['coredns', dnsProgram]]),
      onExit: (_machine, _pid, exitCode) => {
        this.exitCode = exitCode;
      },
      onLog: (_machine, _pid, _stream, data) => {
        this.logs.push(utf8Decode(data));
      },
      service: (_machine, name) => (name === KUBERNETES_CLIENT_SERVICE ? cluster.store.client() : undefined),
    });
    cluster.onSocketEvent = (socket, owner, event) => {
      this.machines.handleSocketEvent(socket, owner, event);
    };
    const ports = [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    ];
    cluster.store.put('Service', serviceObject('kube-dns', { clusterIP: DNS_IP, ports }));
    const slice = sliceObject('kube-dns', { name: 'dns', port: 53, protocol: 'UDP' }, [this.dns]);
    cluster.store.put('EndpointSlice', { ...slice, ports: ports.map((port) => ({ ...port })) });
    cluster.store.put('Service', serviceObject('web', { clusterIP: '10.96.0.80', ports: [{ port: 80 }] }));
    cluster.sync();
    this.machines.addMachine({
      id: 'coredns',
      hostname: 'coredns',
      netns: this.dns.netns,
      image: {
        programs: new Map([['/coredns', 'coredns']]),
        files: new Map([
          ['/etc/coredns/Corefile', corefile],
          ['/etc/resolv.conf', RESOLV_CONF],
        ]),
      },
      mounts: [],
      env: new Map(),
      workingDirectory: '/',
      user: 'root',
    });
    const started = this.machines.start('coredns', { argv: ['/coredns', '-conf', '/etc/coredns/Corefile'] });
    if (!started.ok) throw new Error(started.reason);
    cluster.run(10);
  }

  udp(name: string, type = 'A', edns?: Edns): DnsMessage | undefined {
    const { network } = this.cluster;
    const socket = network.connectUdp(this.client.netns, 'client', { address: DNS_IP, port: 53 });
    if (!socket.ok) throw new Error(socket.errno);
    const query = queryMessage(42, { name, type, class: 1 }, edns === undefined ? {} : { edns });
    network.sendTo(socket.value, { address: DNS_IP, port: 53 }, encodeMessage(query));
    this.cluster.run(3000);
    const datagram = network.receiveFrom(socket.value);
    network.close(socket.value);
    if (datagram === undefined) return undefined;
    expect(datagram.from.address).toBe(DNS_IP);
    return read(datagram.data);
  }

  tcp(address: string, port: number, bytes: Uint8Array): Uint8Array {
    const { network } = this.cluster;
    const socket = network.connectTcp(this.client.netns, 'client', { address, port });
    if (!socket.ok) throw new Error(socket.errno);
    this.cluster.run(50);
    network.send(socket.value, bytes);
    this.cluster.run(100);
    const received = this.#drain(socket.value);
    network.close(socket.value);
    return received;
  }

  #drain(socket: SocketId): Uint8Array {
    const received = this.cluster.network.receive(socket, 65_536);
    return received.ok ? (received.value ?? new Uint8Array()) : new Uint8Array();
  }

  get log(): string {
    return this.logs.join('');
  }
}

function read(bytes: Uint8Array): DnsMessage {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.message;
}

describe('CoreDNS in its pod', () => {
  it('says what CoreDNS says when it starts', () => {
    expect(new Scene().log).toMatch(
      /^\.:53\n\[INFO\] plugin\/reload: Running configuration SHA512 = [0-9a-f]{128}\nCoreDNS-1\.12\.1\nlinux\/amd64, go1\.24\.1, 707c7c1\n$/,
    );
  });

  it('DNS3 answers over UDP through its Service, with authority and without recursion', () => {
    const answer = new Scene().udp('web.default.svc.cluster.local.');
    expect(answer).toMatchObject({
      id: 42,
      response: true,
      authoritative: true,
      recursionDesired: true,
      recursionAvailable: false,
      responseCode: 0,
      answers: [
        {
          name: 'web.default.svc.cluster.local.',
          ttlSeconds: 30,
          data: { type: 'A', address: '10.96.0.80' },
        },
      ],
    });
    expect(answer?.edns).toBeUndefined();
  });

  it('DNS1 says NXDOMAIN with the zone’s SOA, and answers EDNS with EDNS', () => {
    const edns = {
      udpSizeBytes: 1232,
      version: 0,
      dnssecOk: false,
      options: new Uint8Array([0, 10, 0, 1, 9]),
    };
    const answer = new Scene().udp('nope.default.svc.cluster.local.', 'A', edns);
    expect(answer).toMatchObject({
      responseCode: 3,
      authorities: [{ name: 'cluster.local.' }],
      edns: { udpSizeBytes: 1232 },
    });
    expect(answer?.edns?.options.length).toBe(0);
  });

  it('DNS6 keeps the client’s spelling of the name', () => {
    expect(new Scene().udp('WEB.default.svc.CLUSTER.local.')?.answers[0]?.name).toBe(
      'WEB.default.svc.CLUSTER.local.',
    );
  });

  it('DNS13 truncates over UDP, and gives all over TCP, several to a connection', () => {
    const scene = new Scene();
    const { store } = scene.cluster;
    store.put('Service', serviceObject('many', { clusterIP: 'None', ports: [{ port: 80 }] }));
    const handles = Array.from({ length: 60 }, (_, index) => ({
      ...scene.dns,
      ip: `10.244.0.${100 + index}`,
    }));
    store.put('EndpointSlice', sliceObject('many', { port: 80 }, handles));
    const name = 'many.default.svc.cluster.local.';
    const cut = scene.udp(name);
    expect(cut?.truncated).toBe(true);
    expect(cut?.answers.length).toBeLessThan(60);
    const frame = frameForTcp(encodeMessage(queryMessage(1, { name, type: 'A', class: 1 })));
    const { messages } = unframeTcp(scene.tcp(DNS_IP, 53, Uint8Array.from([...frame, ...frame])));
    expect(messages.map((each) => read(each).answers.length)).toEqual([60, 60]);
  });

  it('a name outside the cluster is SERVFAIL in a closed network, and the log says why', () => {
    const scene = new Scene();
    expect(scene.udp('example.org.')?.responseCode).toBe(2);
    expect(scene.log).toMatch(
      /\[ERROR\] plugin\/errors: 2 example\.org\. A: read udp 10\.244\.0\.2:\d+->172\.18\.0\.1:53: read: connection refused\n/,
    );
  });

  it('forwards to an upstream that is there, and caches its answer', () => {
    const scene = new Scene('.:53 {\n  cache 30\n  forward . 203.0.113.53\n}\n');
    const { cluster } = scene;
    const upstream = cluster.outsideHost('203.0.113.53');
    const bound = cluster.network.bindUdp(upstream, 'upstream', { address: '0.0.0.0', port: 53 });
    if (!bound.ok) throw new Error(bound.errno);
    let asked = 0;
    const onMachine = cluster.onSocketEvent;
    cluster.onSocketEvent = (socket, owner, event) => {
      if (owner !== 'upstream') onMachine?.(socket, owner, event);
      const datagram = socket === bound.value ? cluster.network.receiveFrom(socket) : undefined;
      if (datagram === undefined) return;
      asked++;
      const query = read(datagram.data);
      const name = query.questions[0]?.name ?? '';
      const record = {
        name,
        class: 1,
        ttlSeconds: 300,
        data: { type: 'A', address: '203.0.113.80' },
      } as const;
      cluster.network.sendTo(
        socket,
        datagram.from,
        encodeMessage({ ...query, response: true, answers: [record] }),
      );
    };
    expect(scene.udp('example.org.')?.answers[0]).toMatchObject({
      ttlSeconds: 30,
      data: { address: '203.0.113.80' },
    });
    expect(scene.udp('Example.ORG.')?.answers[0]).toMatchObject({ data: { address: '203.0.113.80' } });
    expect(asked).toBe(1);
    cluster.run(31_000);
    scene.udp('example.org.');
    expect(asked).toBe(2);
  });

  it('an upstream that never answers times out', () => {
    const scene = new Scene('.:53 {\n errors\n forward . 172.18.0.100\n}\n');
    // The toolbox takes the datagrams and says nothing.
    scene.cluster.network.bindUdp('toolbox', 'silent', { address: '0.0.0.0', port: 53 });
    expect(scene.udp('example.org.')?.responseCode).toBe(2);
    expect(scene.log).toContain('->172.18.0.100:53: i/o timeout');
  });

  it('hosts and rewrite come before the cluster’s names', () => {
    const scene = new Scene(`.:53 {
  rewrite name old.example.org web.default.svc.cluster.local
  hosts {
    10.1.2.3 legacy.example.org
    fallthrough
  }
  kubernetes cluster.local
}
`);
    expect(scene.udp('legacy.example.org.')?.answers[0]?.data).toEqual({ type: 'A', address: '10.1.2.3' });
    expect(scene.udp('old.example.org.')).toMatchObject({
      questions: [{ name: 'old.example.org.' }],
      answers: [{ name: 'old.example.org.', data: { address: '10.96.0.80' } }],
    });
  });

  it('answers what is no proper query by its header', () => {
    const scene = new Scene();
    const exchange = (bytes: Uint8Array): number | undefined => {
      const [message] = unframeTcp(scene.tcp(DNS_IP, 53, frameForTcp(bytes))).messages;
      return message === undefined ? undefined : read(message).responseCode;
    };
    const query = queryMessage(1, { name: 'web.default.svc.cluster.local.', type: 'A', class: 1 });
    expect(exchange(Uint8Array.from([...encodeMessage(query).slice(0, 12), 0xc0, 0x0c]))).toBe(1);
    expect(exchange(encodeMessage({ ...query, opcode: 5 }))).toBe(4);
    expect(exchange(encodeMessage({ ...query, questions: [] }))).toBe(1);
    expect(exchange(encodeMessage({ ...query, questions: [{ ...query.questions[0]!, class: 3 }] }))).toBe(5);
    expect(exchange(encodeMessage({ ...query, response: true }))).toBeUndefined();
    expect(exchange(Uint8Array.from([1, 2, 3]))).toBeUndefined();
  });

  it('serves /health, /ready and /metrics', () => {
    const scene = new Scene();
    const get = (port: number, path: string): string =>
      utf8Decode(scene.tcp(scene.dns.ip, port, utf8Encode(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)));
    expect(get(8080, '/health')).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nOK$/);
    expect(get(8181, '/ready')).toMatch(/\r\n\r\nOK$/);
    expect(get(8080, '/other')).toMatch(/^HTTP\/1\.1 404 /);
    scene.udp('web.default.svc.cluster.local.');
    expect(get(9153, '/metrics')).toContain('coredns_dns_responses_total{rcode="NOERROR",type="A"} 1');
  });

  it('reloads a Corefile that changed, and keeps running on one that is broken', () => {
    const scene = new Scene();
    const files = scene.machines.fileSystem('coredns');
    files.writeFile('/etc/coredns/Corefile', utf8Encode('.:53 {\n nonsense\n}\n'));
    scene.cluster.run(60_000);
    expect(scene.log).toContain(
      "[ERROR] Restart failed: /etc/coredns/Corefile:2 - Error during parsing: Unknown directive 'nonsense'",
    );
    expect(scene.udp('web.default.svc.cluster.local.')?.answers).toHaveLength(1);
    files.writeFile(
      '/etc/coredns/Corefile',
      utf8Encode('.:53 {\n hosts {\n  10.9.9.9 new.example.org\n }\n reload\n}\n'),
    );
    scene.cluster.run(60_000);
    expect(scene.log).toContain('[INFO] Reloading complete');
    expect(scene.udp('new.example.org.')?.answers[0]?.data).toEqual({ type: 'A', address: '10.9.9.9' });
  });

  it('does not start with a broken Corefile', () => {
    const scene = new Scene('.:53 {\n nonsense\n}\n');
    expect(scene.exitCode).toBe(1);
    expect(scene.log).toBe("/etc/coredns/Corefile:2 - Error during parsing: Unknown directive 'nonsense'\n");
  });

  it('stops after its lameduck time', () => {
    const scene = new Scene();
    scene.machines.signal('coredns', 1, 'SIGTERM');
    scene.cluster.run(1000);
    expect(scene.exitCode).toBeUndefined();
    expect(scene.udp('web.default.svc.cluster.local.')?.answers).toHaveLength(1);
    scene.cluster.run(5000);
    expect(scene.exitCode).toBe(0);
  });

  it('keeps its memory as plain data', () => {
    const scene = new Scene();
    scene.udp('web.default.svc.cluster.local.');
    expect(() => forkState(scene.state)).not.toThrow();
  });

  it('DNS12 an egress policy that forgets DNS breaks every name; UDP and TCP 53 mend it', () => {
    const scene = new Scene();
    const podSelector = { matchLabels: { app: 'client' } };
    const web = { to: [{ ipBlock: { cidr: '10.244.0.200/32' } }] };
    scene.cluster.store.put(
      'NetworkPolicy',
      policyObject('out', { podSelector, policyTypes: ['Egress'], egress: [web] }),
    );
    scene.cluster.sync();
    expect(scene.udp('web.default.svc.cluster.local.')).toBeUndefined();
    const dns = {
      to: [{ podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
      ports: [
        { protocol: 'UDP', port: 53 },
        { protocol: 'TCP', port: 53 },
      ],
    };
    scene.cluster.store.put(
      'NetworkPolicy',
      policyObject('out', { podSelector, policyTypes: ['Egress'], egress: [web, dns] }),
    );
    scene.cluster.sync();
    expect(scene.udp('web.default.svc.cluster.local.')?.answers).toHaveLength(1);
  });
});
