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
      /^\.:53\n\[INFO\] plugin\/reload: Running configuration SHA512 = 1b226df7[0-9a-f]{120}\nCoreDNS-1\.12\.1\nlinux\/amd64, go1\.24\.1, 707c7c1\n\[ERROR\] plugin\/errors: 2 \d+\.\d+\. HINFO: read udp 10\.244\.0\.2:\d+->172\.18\.0\.1:53: read: connection refused\n$/,
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
      options: new Uint8Array([0, 10, 0, 1, 9, 0, 77, 0, 1, 9]),
    };
    const answer = new Scene().udp('nope.default.svc.cluster.local.', 'A', edns);
    expect(answer).toMatchObject({
      responseCode: 3,
      authorities: [{ name: 'cluster.local.' }],
      edns: { udpSizeBytes: 1232 },
    });
    // Of the two options it knows the cookie, and gives it back.
    expect([...(answer?.edns?.options ?? [])]).toEqual([0, 10, 0, 1, 9]);
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

  it('DNS14 reloads a Corefile that changed, and keeps running on one that is broken', () => {
    const scene = new Scene();
    const files = scene.machines.fileSystem('coredns');
    const write = (corefile: string): void => {
      files.writeFile('/etc/coredns/Corefile', utf8Encode(corefile));
      scene.logs.length = 0;
    };
    write('.:53 {\n nonsense\n}\n');
    scene.cluster.run(22_000);
    expect(scene.log).toBe('');
    scene.cluster.run(60_000);
    const broken = "/etc/coredns/Corefile:2 - Error during parsing: Unknown directive 'nonsense'";
    expect(scene.log).toBe(
      `[INFO] Reloading\n[ERROR] Restart failed: ${broken}\n[ERROR] plugin/reload: Corefile changed but reload failed: starting with listener file descriptors: ${broken}\n`,
    );
    expect(scene.udp('web.default.svc.cluster.local.')?.answers).toHaveLength(1);
    write('.:53 {\n errors {\n');
    scene.cluster.run(37_500);
    // At each check.
    expect(scene.log).toMatch(
      /^(?:\[WARNING\] plugin\/reload: Corefile parse failed: \/etc\/coredns\/Corefile:2 - Error during parsing: Unexpected EOF\n){1,2}$/,
    );
    write('.:53 {\n hosts {\n  10.9.9.9 new.example.org\n }\n reload\n}\n');
    scene.cluster.run(60_000);
    expect(scene.log).toMatch(
      /^\[INFO\] Reloading\n\[INFO\] plugin\/reload: Running configuration SHA512 = [0-9a-f]{128}\n\[INFO\] Reloading complete\n$/,
    );
    expect(scene.udp('new.example.org.')?.answers[0]?.data).toEqual({ type: 'A', address: '10.9.9.9' });
  });

  it('DNS14 does not start with a broken Corefile', () => {
    const scene = new Scene('.:53 {\n nonsense\n}\n');
    expect(scene.exitCode).toBe(1);
    expect(scene.log).toBe("/etc/coredns/Corefile:2 - Error during parsing: Unknown directive 'nonsense'\n");
  });

  it('DNS15 loop finds a server that forwards to itself, and ends it', () => {
    const scene = new Scene('.:53 {\n forward . 10.244.0.2\n loop\n}\n');
    scene.cluster.run(5000);
    expect(scene.exitCode).toBe(1);
    expect(scene.log).toMatch(
      /\[FATAL\] plugin\/loop: Loop \((?:127\.0\.0\.1|10\.244\.0\.2):\d+ -> :53\) detected for zone "\.", see https:\/\/coredns\.io\/plugins\/loop#troubleshooting\. Query: "HINFO \d+\.\d+\."\n$/,
    );
  });

  it('a server that forwards elsewhere lives on, and its loop forgets its query', () => {
    const scene = new Scene('.:53 {\n forward . 172.18.0.1\n loop\n}\n');
    scene.cluster.run(60_000);
    expect(scene.exitCode).toBeUndefined();
    expect(scene.udp('web.default.svc.cluster.local.')?.responseCode).toBe(2);
  });

  it('log writes each query, with its own format and for the classes it is given', () => {
    const scene = new Scene(
      '.:53 {\n log cluster.local "{type} {name} {rcode} {x}" {\n  class denial\n }\n log\n kubernetes cluster.local\n}\n',
    );
    scene.logs.length = 0;
    scene.udp('web.default.svc.cluster.local.');
    scene.udp('nope.default.svc.cluster.local.');
    scene.udp('example.org.');
    expect(scene.logs[0]).toBe('[INFO] A nope.default.svc.cluster.local. NXDOMAIN {x}\n');
    expect(scene.logs[1]).toMatch(
      /^\[INFO\] 10\.244\.1\.2:\d+ - 42 "A IN example\.org\. udp 29 false 512" SERVFAIL qr,rd 29 0\.\d+s\n$/,
    );
    expect(scene.logs).toHaveLength(2);
  });

  it('log tells sizes as CoreDNS sends them: names in full where there is room', () => {
    const scene = new Scene('.:53 {\n log\n kubernetes cluster.local\n}\n');
    scene.logs.length = 0;
    scene.udp('web.default.svc.cluster.local.');
    expect(scene.log).toContain(
      '"A IN web.default.svc.cluster.local. udp 47 false 512" NOERROR qr,aa,rd 92 ',
    );
  });

  it('a block for a zone of its own forwards to another server, over TCP for clients that came over TCP', () => {
    const scene = new Scene(
      'corp.example:53 {\n errors\n forward . 203.0.113.53\n}\n.:53 {\n kubernetes cluster.local\n}\n',
    );
    const { cluster } = scene;
    const upstream = cluster.outsideHost('203.0.113.53');
    const listener = cluster.network.listenTcp(upstream, 'upstream', { address: '0.0.0.0', port: 53 });
    if (!listener.ok) throw new Error(listener.errno);
    const onMachine = cluster.onSocketEvent;
    cluster.onSocketEvent = (socket, owner, event) => {
      if (owner !== 'upstream') {
        onMachine?.(socket, owner, event);
        return;
      }
      for (
        let peer = cluster.network.accept(listener.value);
        peer.ok;
        peer = cluster.network.accept(listener.value)
      );
      const got = socket === listener.value ? undefined : cluster.network.receive(socket, 65_536);
      const bytes = got?.ok === true ? got.value : undefined;
      const [message] = bytes === undefined ? [] : unframeTcp(bytes).messages;
      if (message === undefined) return;
      const query = read(message);
      const name = query.questions[0]?.name ?? '';
      const record = { name, class: 1, ttlSeconds: 9, data: { type: 'TXT', texts: ['by tcp'] } } as const;
      cluster.network.send(
        socket,
        frameForTcp(encodeMessage({ ...query, response: true, answers: [record] })),
      );
    };
    const query = encodeMessage(queryMessage(7, { name: 'db.corp.example.', type: 'TXT', class: 1 }));
    const [answer] = unframeTcp(scene.tcp(DNS_IP, 53, frameForTcp(query))).messages;
    expect(answer === undefined ? undefined : read(answer)).toMatchObject({
      id: 7,
      answers: [{ data: { texts: ['by tcp'] } }],
    });
    // The other block has nobody to ask.
    expect(scene.udp('example.org.')?.responseCode).toBe(2);
  });

  it('template makes answers of questions', () => {
    const scene = new Scene(`.:53 {
  errors
  template IN A nip.example {
    match "^(?P<name>[a-z]+)-(\\d+)[.]nip[.]example[.]$"
    answer "{{ .Name }} 60 IN A 10.0.0.{{ index .Match 2 }}"
    additional "{{ .Zone }} 60 IN TXT {{ .Group.name }}"
    fallthrough
  }
  template IN AAAA nip.example {
    rcode NXDOMAIN
  }
  template IN MX nip.example {
    answer "{{ .Name }} 60 IN MX many"
  }
}
`);
    expect(scene.udp('web-7.nip.example.')).toMatchObject({
      authoritative: true,
      answers: [{ name: 'web-7.nip.example.', ttlSeconds: 60, data: { address: '10.0.0.7' } }],
      additionals: [{ name: 'nip.example.', data: { texts: ['web'] } }],
    });
    expect(scene.udp('web-7.nip.example.', 'AAAA')?.responseCode).toBe(3);
    expect(scene.udp('other.nip.example.')?.responseCode).toBe(2);
    scene.logs.length = 0;
    expect(scene.udp('web-7.nip.example.', 'MX')?.responseCode).toBe(2);
    expect(scene.log).toContain(
      '[ERROR] plugin/errors: 2 web-7.nip.example. MX: dns: bad record in template',
    );
  });

  it.each([
    [
      'rewrite name suffix .shop.example .default.svc.cluster.local',
      'web.shop.example.',
      'web.default.svc.cluster.local.',
    ],
    [
      'rewrite name suffix .shop.example .default.svc.cluster.local answer auto',
      'web.shop.example.',
      'web.shop.example.',
    ],
    [
      'rewrite name regex (.*)\\.shop\\.example {1}.default.svc.cluster.local answer auto',
      'web.shop.example.',
      'web.shop.example.',
    ],
    [
      'rewrite name regex (.*)\\.shop\\.example {1}.default.svc.cluster.local answer name (.*)\\.default\\.svc\\.cluster\\.local {1}.mine.example',
      'web.shop.example.',
      'web.mine.example.',
    ],
    [
      'rewrite name substring shop.example default.svc.cluster.local answer auto',
      'web.shop.example.',
      'web.shop.example.',
    ],
    [
      'rewrite name prefix my web answer auto',
      'my.default.svc.cluster.local.',
      'my.default.svc.cluster.local.',
    ],
    [
      'rewrite {\n continue\n name\n exact\n a.example\n b.example\n }\n rewrite name b.example web.default.svc.cluster.local',
      'a.example.',
      'a.example.',
    ],
  ])('%s', (line, asked, answered) => {
    const scene = new Scene(`.:53 {\n ${line}\n kubernetes cluster.local\n}\n`);
    expect(scene.udp(asked)).toMatchObject({
      questions: [{ name: asked }],
      answers: [{ name: answered, data: { address: '10.96.0.80' } }],
    });
  });

  it('rewrite changes types and times to live', () => {
    const scene = new Scene(
      '.:53 {\n rewrite continue ttl suffix cluster.local 60-120\n rewrite type AAAA A\n kubernetes cluster.local\n}\n',
    );
    expect(scene.udp('web.default.svc.cluster.local.', 'AAAA')).toMatchObject({
      questions: [{ type: 'AAAA' }],
      answers: [{ ttlSeconds: 60, data: { type: 'A' } }],
    });
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
