import { utf8Encode } from '@podwire/sim';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addNode, ask, cluster, hookChain, must, newWorld, run, serve } from '../../test/small-world.ts';
import type { World } from '../../test/small-world.ts';
import { PRIORITY, cidrContains, renderRuleset, ruleText } from '../index.ts';
import type { Action, Chain, Match, NetnsId, PacketTrace, Rule, Table } from '../index.ts';

const VIP = '10.96.0.1';
const POD1 = '10.244.0.2';
const POD2 = '10.244.1.2';
const ORIGIN = {
  kind: 'NetworkPolicy',
  namespace: 'default',
  name: 'deny',
  field: 'spec.ingress',
  reason: 'Policy default/deny allows nobody in.',
};

function table(name: string, chains: readonly Chain[], more: Partial<Table> = {}): Table {
  return {
    name,
    chains: new Map(chains.map((chain) => [chain.name, chain])),
    sets: new Map(),
    maps: new Map(),
    ...more,
  };
}

function put(world: World, netns: NetnsId, chains: readonly Chain[], more: Partial<Table> = {}): void {
  world.net.changeRuleset(netns, [{ op: 'put-table', table: table('t', chains, more) }]);
}

function rule(match: Match, action: Action, more: Partial<Rule> = {}): Rule {
  return { match, action, ...more };
}

/** Pods 10.244.0.2 on node0 and 10.244.1.2 on node1; a server on the second; the rules go to node1's FORWARD. */
function filtered(rules: readonly Rule[], policy: 'accept' | 'drop' = 'accept'): World {
  const world = newWorld();
  cluster(world, 2);
  serve(world, 'node1-pod1', 80);
  // Answers pass, so that each case is about the request alone.
  hookChain(world, 'node1', { hook: 'forward', policy }, [
    rule({ source: { cidrs: [`${POD2}/32`] } }, { kind: 'accept' }),
    ...rules,
  ]);
  return world;
}

function outcome(world: World, withinMs = 10_000): string {
  return ask(world, 'node0-pod1', POD2, 80, { withinMs }).outcome;
}

function trace(world: World, owner = 'client node0-pod1'): readonly PacketTrace[] {
  return world.net.takeTraces(owner);
}

describe('matches', () => {
  const cases: readonly (readonly [string, Match, boolean])[] = [
    ['nothing', {}, true],
    ['source inside', { source: { cidrs: ['10.244.0.0/24'] } }, true],
    ['source outside', { source: { cidrs: ['10.244.9.0/24', '192.168.0.0/16'] } }, false],
    ['source not', { source: { cidrs: ['10.244.0.0/24'], not: true } }, false],
    ['source of the other family', { source: { cidrs: ['::/0'] } }, false],
    ['destination', { destination: { cidrs: ['10.244.1.2/32'] } }, true],
    ['destination not', { destination: { cidrs: ['10.244.1.3/32'], not: true } }, true],
    ['protocol', { protocol: 'tcp' }, true],
    ['other protocol', { protocol: 'udp' }, false],
    ['port', { protocol: 'tcp', destinationPorts: [{ from: 80, to: 80 }] }, true],
    [
      'port range, both ends inclusive',
      {
        destinationPorts: [
          { from: 1, to: 2 },
          { from: 70, to: 80 },
        ],
      },
      true,
    ],
    ['other port', { destinationPorts: [{ from: 81, to: 90 }] }, false],
    ['source port', { sourcePorts: [{ from: 32_768, to: 60_999 }] }, true],
    ['in interface', { inInterface: 'eth0' }, true],
    ['in interface by prefix', { inInterface: 'et*' }, true],
    ['other in interface', { inInterface: 'veth*' }, false],
    ['out interface', { outInterface: 'cni0' }, true],
    ['state', { connectionState: ['new', 'established'] }, true],
    ['other state', { connectionState: ['invalid'] }, false],
    ['destination is local', { destinationIsLocal: true }, false],
    ['destination is not local', { destinationIsLocal: false }, true],
    ['source is local', { sourceIsLocal: true }, false],
    ['mark', { mark: { value: 0, mask: 0xff } }, true],
    ['other mark', { mark: { value: 1, mask: 1 } }, false],
    ['not DNATed', { dnated: false }, true],
    ['DNATed', { dnated: true }, false],
    ['all of several', { protocol: 'tcp', source: { cidrs: ['10.0.0.0/8'] }, inInterface: 'veth1' }, false],
  ];
  it.each(cases)('%s', (_name, match, holds) => {
    expect(outcome(filtered([rule(match, { kind: 'reject' })]))).toBe(holds ? 'ECONNREFUSED' : 'answered');
  });

  it('by set, which can be changed without touching the rules', () => {
    const world = newWorld();
    cluster(world, 2);
    serve(world, 'node1-pod1', 80);
    const allowed = (elements: readonly string[]) => ({ name: 'allowed', elements: new Set(elements) });
    put(
      world,
      'node1',
      [
        {
          name: 'c',
          hook: 'forward',
          policy: 'drop',
          rules: [
            rule({ connectionState: ['established'] }, { kind: 'accept' }),
            rule({ source: { set: 'allowed' } }, { kind: 'accept' }),
          ],
        },
      ],
      { sets: new Map([['allowed', allowed([])]]) },
    );
    expect(outcome(world, 3000)).toBe('timed out');
    world.net.changeRuleset('node1', [
      { op: 'put-set', table: 't', set: allowed(['10.244.0.0/30', '192.0.2.1/32']) },
    ]);
    expect(outcome(world)).toBe('answered');
    world.net.changeRuleset('node1', [{ op: 'delete-set', table: 't', set: 'allowed' }]);
    expect(outcome(world, 3000)).toBe('timed out');
  });

  it('sets agree with a scan of their elements', () => {
    const address = fc.integer({ min: 0, max: 255 }).map((low) => `10.244.0.${low}`);
    const cidr = fc
      .tuple(address, fc.integer({ min: 23, max: 32 }))
      .map(([base, length]) => `${base}/${length}`);
    fc.assert(
      fc.property(fc.array(cidr, { maxLength: 8 }), fc.boolean(), (elements, not) => {
        const world = newWorld();
        addNode(world, 'node0', 0);
        put(
          world,
          'node0',
          [{ name: 'c', hook: 'input', rules: [rule({ source: { set: 's', not } }, { kind: 'reject' })] }],
          { sets: new Map([['s', { name: 's', elements: new Set(elements) }]]) },
        );
        serve(world, 'node0', 80);
        const isIn = elements.some((each) => cidrContains(each, POD1));
        expect(ask(world, 'node0-pod1', '10.244.0.1', 80, { withinMs: 100 }).outcome).toBe(
          isIn === not ? 'answered' : 'ECONNREFUSED',
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe('verdicts', () => {
  it('drop is silence; the trace names the rule, its origin and the field', () => {
    const world = filtered([
      rule(
        { protocol: 'tcp', destinationPorts: [{ from: 80, to: 80 }] },
        { kind: 'drop' },
        { origin: ORIGIN },
      ),
    ]);
    world.net.traceOwner('client node0-pod1');
    expect(outcome(world, 500)).toBe('timed out');
    const [syn] = trace(world);
    expect(syn).toMatchObject({ summary: 'TCP SYN', fate: 'dropped' });
    expect(syn?.steps.at(-1)).toMatchObject({
      where: 'node node1',
      stage: 'forward',
      decision: 'drop',
      rule: { table: 't', chain: 'base', text: 'tcp dport 80 drop' },
      origin: ORIGIN,
      before: { protocol: 'tcp', source: POD1, destination: POD2, destinationPort: 80 },
      detail: 'A rule drops the packet without an answer. Policy default/deny allows nobody in.',
    });
  });

  it("a chain's policy decides what no rule did", () => {
    const world = filtered([], 'drop');
    world.net.traceOwner('client node0-pod1');
    expect(outcome(world, 500)).toBe('timed out');
    expect(trace(world)[0]?.steps.at(-1)).toMatchObject({
      decision: 'drop',
      detail: "No rule of chain base accepted the packet, and the chain's policy is drop.",
    });
  });

  it.each([
    [undefined, 'ECONNREFUSED', 'TCP RST'],
    ['tcp-reset', 'ECONNREFUSED', 'TCP RST'],
    ['port-unreachable', 'ECONNREFUSED', 'ICMP port unreachable'],
    ['admin-prohibited', 'EHOSTUNREACH', 'ICMP administratively prohibited'],
  ] as const)('reject with %s makes connect fail with %s, by a real %s', (how, errno, answer) => {
    const world = filtered([
      rule({}, how === undefined ? { kind: 'reject' } : { kind: 'reject', with: how }),
    ]);
    world.net.traceOwner('client node0-pod1');
    expect(outcome(world)).toBe(errno);
    const [syn, reply] = trace(world);
    expect([syn?.fate, reply?.summary, reply?.inReplyTo === syn?.packetId, reply?.fate]).toEqual([
      'rejected',
      answer,
      true,
      'delivered',
    ]);
  });

  it('reject on the way out of a host refuses its own process', () => {
    const world = newWorld();
    cluster(world, 2);
    serve(world, 'node1-pod1', 80);
    hookChain(world, 'node0', { hook: 'output' }, [
      rule({ destination: { cidrs: [`${POD2}/32`] } }, { kind: 'reject' }),
    ]);
    expect(ask(world, 'node0', POD2, 80).outcome).toBe('ECONNREFUSED');
  });

  it('a UDP datagram is rejected with port unreachable, which a connected socket learns of', () => {
    const world = filtered([rule({ protocol: 'udp' }, { kind: 'reject' })]);
    const socket = must(world.net.connectUdp('node0-pod1', 'c', { address: POD2, port: 53 }));
    world.net.send(socket, utf8Encode('x'));
    run(world, 100);
    expect(world.events.map(({ event }) => event)).toContainEqual({ kind: 'failed', errno: 'ECONNREFUSED' });
  });

  it('accept in one base chain does not keep a later one from dropping', () => {
    const world = newWorld();
    cluster(world, 2);
    serve(world, 'node1-pod1', 80);
    put(world, 'node1', [
      { name: 'late', hook: 'forward', priority: 10, rules: [rule({}, { kind: 'reject' })] },
      { name: 'early', hook: 'forward', priority: -10, rules: [rule({}, { kind: 'accept' })] },
    ]);
    expect(outcome(world)).toBe('ECONNREFUSED');
  });

  it('jump comes back, goto does not, return ends a chain early', () => {
    const verdictOf = (rules: readonly Rule[], others: readonly Chain[]): string => {
      const world = newWorld();
      cluster(world, 2);
      serve(world, 'node1-pod1', 80);
      put(world, 'node1', [{ name: 'base', hook: 'forward', rules }, ...others]);
      return outcome(world);
    };
    const reject = rule({}, { kind: 'reject' });
    const nothing: Chain = { name: 'sub', rules: [rule({}, { kind: 'note' })] };
    const returning: Chain = { name: 'sub', rules: [rule({}, { kind: 'return' }), reject] };
    expect(verdictOf([rule({}, { kind: 'jump', chain: 'sub' }), reject], [nothing])).toBe('ECONNREFUSED');
    expect(verdictOf([rule({}, { kind: 'goto', chain: 'sub' }), reject], [nothing])).toBe('answered');
    expect(verdictOf([rule({}, { kind: 'jump', chain: 'sub' })], [returning])).toBe('answered');
    expect(verdictOf([rule({}, { kind: 'return' }), reject], [])).toBe('answered');
    expect(
      verdictOf(
        [rule({}, { kind: 'jump', chain: 'sub' })],
        [
          { name: 'sub', rules: [rule({}, { kind: 'goto', chain: 'end' })] },
          { name: 'end', rules: [reject] },
        ],
      ),
    ).toBe('ECONNREFUSED');
  });

  it('a loop of chains ends in a drop, not in a hang', () => {
    for (const kind of ['jump', 'goto'] as const) {
      const world = newWorld();
      cluster(world, 2);
      put(world, 'node1', [
        { name: 'base', hook: 'forward', rules: [rule({}, { kind: 'jump', chain: 'a' })] },
        { name: 'a', rules: [rule({}, { kind, chain: 'b' })] },
        { name: 'b', rules: [rule({}, { kind, chain: 'a' })] },
      ]);
      expect(outcome(world, 500)).toBe('timed out');
    }
  });

  it('verdict maps lead from a key to a chain, and change by the entry', () => {
    const world = newWorld();
    cluster(world, 2);
    serve(world, 'node1-pod1', 80);
    put(
      world,
      'node1',
      [
        { name: 'base', hook: 'forward', rules: [rule({}, { kind: 'vmap', map: 'm' })] },
        { name: 'no', rules: [rule({}, { kind: 'reject' })] },
      ],
      {
        maps: new Map([
          [
            'm',
            {
              name: 'm',
              key: ['destination', 'protocol', 'destinationPort'],
              entries: new Map([[`${POD2} . tcp . 81`, 'no']]),
            },
          ],
        ]),
      },
    );
    expect(outcome(world)).toBe('answered');
    world.net.changeRuleset('node1', [
      { op: 'put-map-entry', table: 't', map: 'm', key: `${POD2} . tcp . 80`, chain: 'no' },
    ]);
    expect(outcome(world)).toBe('ECONNREFUSED');
    world.net.changeRuleset('node1', [
      { op: 'delete-map-entry', table: 't', map: 'm', key: `${POD2} . tcp . 80` },
    ]);
    expect(outcome(world)).toBe('answered');
  });

  it('marks are seen by later chains, and stay inside the namespace', () => {
    const world = newWorld();
    cluster(world, 2);
    serve(world, 'node1-pod1', 80);
    put(world, 'node0', [
      {
        name: 'm',
        hook: 'prerouting',
        priority: PRIORITY.mangle,
        rules: [rule({}, { kind: 'mark', set: 0x4000 })],
      },
    ]);
    hookChain(world, 'node1', { hook: 'forward' }, [
      rule({ mark: { value: 0x4000, mask: 0x4000 } }, { kind: 'reject' }),
    ]);
    expect(outcome(world)).toBe('answered');
    world.net.changeRuleset('node0', [
      {
        op: 'put-chain',
        table: 't',
        chain: {
          name: 'f',
          hook: 'forward',
          rules: [rule({ mark: { value: 0x4000, mask: 0x4000 } }, { kind: 'reject' })],
        },
      },
    ]);
    expect(outcome(world)).toBe('ECONNREFUSED');
  });

  it('a transaction that names what does not exist changes nothing', () => {
    const world = newWorld();
    cluster(world, 1);
    put(world, 'node0', [{ name: 'c', rules: [] }]);
    const before = renderRuleset(world.net.tables('node0'));
    const good = { op: 'put-chain', table: 't', chain: { name: 'new', rules: [] } } as const;
    const bad: readonly (readonly [Parameters<World['net']['changeRuleset']>[1][number], string])[] = [
      [{ op: 'put-chain', table: 'none', chain: { name: 'x', rules: [] } }, 'there is no table "none"'],
      [{ op: 'put-map-entry', table: 't', map: 'none', key: 'x', chain: 'c' }, 'there is no map "none"'],
      [
        {
          op: 'put-chain',
          table: 't',
          chain: { name: 'x', rules: [rule({}, { kind: 'jump', chain: 'nowhere' })] },
        },
        'jumps to chain "nowhere"',
      ],
    ];
    for (const [change, message] of bad) {
      expect(() => world.net.changeRuleset('node0', [good, change])).toThrow(message);
      expect(renderRuleset(world.net.tables('node0'))).toBe(before);
    }
  });
});

/** node0 translates the service address to the given backends, at PREROUTING and OUTPUT, and masquerades what asks for it. */
function translate(
  world: World,
  targets: Extract<Action, { kind: 'dnat' }>['targets'],
  more: {
    readonly masquerade?: Match;
    readonly affinity?: { readonly name: string; readonly timeoutSeconds: number };
  } = {},
): void {
  const dnat = rule(
    { destination: { cidrs: [`${VIP}/32`] }, protocol: 'tcp', destinationPorts: [{ from: 80, to: 80 }] },
    { kind: 'dnat', targets, ...(more.affinity === undefined ? {} : { affinity: more.affinity }) },
    { origin: { kind: 'Service', namespace: 'default', name: 'web' } },
  );
  put(world, 'node0', [
    { name: 'services', rules: [dnat] },
    {
      name: 'pre',
      hook: 'prerouting',
      priority: PRIORITY.dstnat,
      type: 'nat',
      rules: [rule({}, { kind: 'jump', chain: 'services' })],
    },
    {
      name: 'out',
      hook: 'output',
      priority: PRIORITY.dstnat,
      type: 'nat',
      rules: [rule({}, { kind: 'jump', chain: 'services' })],
    },
    {
      name: 'post',
      hook: 'postrouting',
      priority: PRIORITY.srcnat,
      type: 'nat',
      rules: more.masquerade === undefined ? [] : [rule(more.masquerade, { kind: 'masquerade' })],
    },
  ]);
  // Without a route of its own the service address goes out by the default route.
  world.net.addRoute('node0', { destination: '0.0.0.0/0', via: '172.18.0.254', interfaceName: 'eth0' });
}

describe('NAT', () => {
  it('SVC6: a pod reaches a service address, keeps its source, and gets its answer from that address', () => {
    const world = newWorld();
    cluster(world, 2);
    serve(world, 'node1-pod1', 8080);
    translate(world, [{ address: POD2, port: 8080, label: 'pod default/web-1' }]);
    world.net.traceOwner('client node0-pod1');
    expect(ask(world, 'node0-pod1', VIP, 80)).toMatchObject({ outcome: 'answered', text: 'HELLO' });
    const [syn, synAck, ack] = trace(world);
    const dnat = syn?.steps.find(({ decision }) => decision === 'dnat');
    expect(dnat).toMatchObject({
      where: 'node node0',
      stage: 'prerouting',
      before: { source: POD1, destination: VIP, destinationPort: 80 },
      after: { source: POD1, destination: POD2, destinationPort: 8080 },
      origin: { kind: 'Service', name: 'web' },
      detail: 'DNAT: the destination 10.96.0.1:80 becomes 10.244.1.2:8080, pod default/web-1.',
    });
    expect(syn?.steps.at(-1)).toMatchObject({
      where: 'pod node1-pod1',
      before: { source: POD1, destination: POD2, destinationPort: 8080 },
    });
    expect(synAck?.steps.find(({ decision }) => decision === 'snat')).toMatchObject({
      stage: 'postrouting',
      before: { source: POD2, sourcePort: 8080 },
      after: { source: VIP, sourcePort: 80 },
    });
    // Later packets are translated by conntrack, without asking the rules.
    expect(ack?.steps.find(({ decision }) => decision === 'dnat')?.rule).toBeUndefined();
    expect(world.net.conntrack('node0')).toMatchObject([
      {
        protocol: 'tcp',
        original: { source: { address: POD1 }, destination: { address: VIP, port: 80 } },
        reply: { source: { address: POD2, port: 8080 }, destination: { address: POD1 } },
        assured: true,
      },
    ]);
  });

  it('SVC6: the node itself reaches it too, with its own address when masqueraded', () => {
    const world = newWorld();
    cluster(world, 2);
    serve(world, 'node1-pod1', 8080);
    serve(world, 'node0-pod1', 8080);
    for (const [backend, seen] of [
      [POD2, '172.18.0.1'],
      [POD1, '10.244.0.1'],
    ] as const) {
      translate(world, [{ address: backend, port: 8080 }], { masquerade: { dnated: true } });
      world.net.flushConntrack('node0');
      world.net.traceOwner('client node0');
      expect(ask(world, 'node0', VIP, 80).outcome).toBe('answered');
      expect(trace(world, 'client node0')[0]?.steps.at(-1)?.before).toMatchObject({
        source: seen,
        destination: backend,
        destinationPort: 8080,
      });
    }
  });

  it('a process of the node is a backend like any other', () => {
    const world = newWorld();
    cluster(world, 1);
    serve(world, 'node0', 6443);
    translate(world, [{ address: '172.18.0.1', port: 6443 }]);
    expect(ask(world, 'node0-pod1', VIP, 80).outcome).toBe('answered');
    expect(ask(world, 'node0', VIP, 80).outcome).toBe('answered');
    expect(world.net.conntrack('node0').every(({ reply }) => reply.source.port === 6443)).toBe(true);
  });

  it('a masqueraded connection keeps its port, unless two would then be the same', () => {
    const world = newWorld();
    cluster(world, 2);
    serve(world, 'node1-pod1', 80);
    put(world, 'node0', [
      {
        name: 'post',
        hook: 'postrouting',
        priority: 100,
        type: 'nat',
        rules: [rule({ outInterface: 'eth0' }, { kind: 'masquerade' })],
      },
    ]);
    const connect = (pod: NetnsId): void => {
      must(world.net.connectTcp(pod, 'c', { address: POD2, port: 80 }, { port: 40_000 }));
      run(world, 50);
    };
    connect('node0-pod1');
    connect('node0-pod2');
    const replies = world.net.conntrack('node0').map(({ reply }) => reply.destination);
    expect(replies.map(({ address }) => address)).toEqual(['172.18.0.1', '172.18.0.1']);
    expect(replies[0]?.port).toBe(40_000);
    expect(replies[1]?.port).not.toBe(40_000);
    expect(world.net.sockets('node1-pod1').filter(({ state }) => state === 'ESTAB')).toHaveLength(2);
  });

  it('two service addresses with one backend, from one client port, are told apart', () => {
    const world = newWorld();
    cluster(world, 2);
    serve(world, 'node1-pod1', 8080);
    translate(world, [{ address: POD2, port: 8080 }]);
    world.net.changeRuleset('node0', [
      {
        op: 'put-chain',
        table: 't',
        chain: {
          name: 'services',
          rules: [
            rule(
              { destination: { cidrs: ['10.96.0.0/24'] } },
              { kind: 'dnat', targets: [{ address: POD2, port: 8080 }] },
            ),
          ],
        },
      },
    ]);
    const first = must(world.net.connectTcp('node0-pod1', 'c', { address: VIP, port: 80 }, { port: 40_000 }));
    const second = must(
      world.net.connectTcp('node0-pod1', 'c', { address: '10.96.0.2', port: 80 }, { port: 40_000 }),
    );
    run(world, 100);
    expect(
      world.events.filter(({ event }) => event.kind === 'connected').map(({ socket }) => socket),
    ).toEqual([first, second]);
  });

  it('SVC16: backends are picked at random, each about as often', () => {
    const world = newWorld(5);
    cluster(world, 2, { pods: 3 });
    for (const pod of [1, 2, 3]) serve(world, `node1-pod${pod}`, 8080);
    translate(
      world,
      [1, 2, 3].map((pod) => ({ address: `10.244.1.${pod + 1}`, port: 8080 })),
    );
    for (let count = 0; count < 90; count++)
      expect(ask(world, 'node0-pod1', VIP, 80).outcome).toBe('answered');
    const counts = new Map<string, number>();
    for (const { reply } of world.net.conntrack('node0'))
      counts.set(reply.source.address, (counts.get(reply.source.address) ?? 0) + 1);
    expect(counts.size).toBe(3);
    for (const count of counts.values()) expect(count).toBeGreaterThan(15);
  });

  it('SVC17: with affinity a client keeps its backend while it comes back in time', () => {
    const world = newWorld(9);
    cluster(world, 2, { pods: 3 });
    for (const pod of [1, 2, 3]) serve(world, `node1-pod${pod}`, 8080);
    const targets = [1, 2, 3].map((pod) => ({ address: `10.244.1.${pod + 1}`, port: 8080 }));
    translate(world, targets, { affinity: { name: 'web', timeoutSeconds: 100 } });
    const reached = (): string => {
      world.net.flushConntrack('node0');
      expect(ask(world, 'node0-pod1', VIP, 80).outcome).toBe('answered');
      return world.net.conntrack('node0')[0]?.reply.source.address ?? '';
    };
    const first = reached();
    for (let count = 0; count < 20; count++) {
      expect(reached()).toBe(first);
      run(world, 90_000);
    }
    const later = new Set<string>();
    for (let count = 0; count < 20; count++) {
      run(world, 101_000);
      later.add(reached());
    }
    expect(later.size).toBeGreaterThan(1);
  });

  it('SVC1: a refusal behind a service address comes from that address, and the client believes it', () => {
    const world = newWorld();
    cluster(world, 2);
    translate(world, [{ address: POD2, port: 9999 }]);
    world.net.traceOwner('client node0-pod1');
    expect(ask(world, 'node0-pod1', VIP, 80).outcome).toBe('ECONNREFUSED');
    expect(trace(world)[1]?.steps.at(-1)?.before).toMatchObject({
      source: VIP,
      sourcePort: 80,
      destination: POD1,
    });
  });

  it('NP: a reject after DNAT, by RST or by ICMP, reaches the client as from the service address', () => {
    for (const how of ['tcp-reset', 'port-unreachable', 'admin-prohibited'] as const) {
      const world = newWorld();
      cluster(world, 2);
      translate(world, [{ address: POD2, port: 8080 }]);
      world.net.changeRuleset('node0', [
        {
          op: 'put-chain',
          table: 't',
          chain: {
            name: 'f',
            hook: 'forward',
            rules: [rule({ destination: { cidrs: [`${POD2}/32`] } }, { kind: 'reject', with: how })],
          },
        },
      ]);
      expect(ask(world, 'node0-pod1', VIP, 80).outcome).toBe(
        how === 'admin-prohibited' ? 'EHOSTUNREACH' : 'ECONNREFUSED',
      );
      // A connection whose first packet was refused leaves no entry behind.
      expect(world.net.conntrack('node0')).toEqual([]);
    }
  });

  it('an ICMP error about a translated packet is translated with it', () => {
    const world = newWorld();
    cluster(world, 2);
    translate(world, [{ address: POD2, port: 8080 }], { masquerade: { dnated: true } });
    hookChain(world, 'node1', { hook: 'forward' }, [rule({}, { kind: 'reject', with: 'admin-prohibited' })]);
    world.net.traceOwner('client node0-pod1');
    expect(ask(world, 'node0-pod1', VIP, 80).outcome).toBe('EHOSTUNREACH');
    expect(trace(world)[1]).toMatchObject({ summary: 'ICMP administratively prohibited', fate: 'delivered' });
  });

  it('ping through a masquerade finds its way back', () => {
    const world = newWorld();
    cluster(world, 2);
    put(world, 'node0', [
      {
        name: 'post',
        hook: 'postrouting',
        priority: 100,
        type: 'nat',
        rules: [rule({ outInterface: 'eth0' }, { kind: 'masquerade' })],
      },
    ]);
    const socket = world.net.openPing('node0-pod1', 'ping');
    world.net.sendEcho(socket, POD2, { sequence: 1, bytes: 56 });
    run(world, 100);
    expect(world.net.receiveEcho(socket)).toMatchObject({ from: POD2, outcome: 'reply' });
    expect(world.net.conntrack('node0')).toMatchObject([
      { protocol: 'icmp', reply: { destination: { address: '172.18.0.1' } } },
    ]);
  });
});

describe('connection tracking', () => {
  it('NP27 and NP28: answers pass, and an established connection outlives a rule against new ones', () => {
    const world = newWorld();
    cluster(world, 2);
    serve(world, 'node1-pod1', 80);
    hookChain(world, 'node1', { hook: 'forward', policy: 'drop' }, [
      rule({ connectionState: ['established', 'related'] }, { kind: 'accept' }),
      rule(
        { source: { cidrs: ['10.244.0.0/24'] }, destination: { cidrs: [`${POD2}/32`] } },
        { kind: 'accept' },
      ),
    ]);
    const client = must(world.net.connectTcp('node0-pod1', 'c', { address: POD2, port: 80 }));
    run(world, 50);
    world.net.send(client, utf8Encode('one'));
    run(world, 50);
    expect(must(world.net.receive(client))).toEqual(utf8Encode('ONE'));
    hookChain(world, 'node1', { hook: 'forward', policy: 'drop' }, [
      rule({ connectionState: ['established', 'related'] }, { kind: 'accept' }),
    ]);
    world.net.send(client, utf8Encode('two'));
    run(world, 50);
    expect(must(world.net.receive(client))).toEqual(utf8Encode('TWO'));
    expect(outcome(world, 500)).toBe('timed out');
    // The other direction was never allowed.
    serve(world, 'node0-pod1', 80);
    expect(ask(world, 'node1-pod1', POD1, 80, { withinMs: 500 }).outcome).toBe('timed out');
  });

  it('follows TCP from SYN to the end, and forgets', () => {
    const world = newWorld();
    cluster(world, 2);
    const listener = must(world.net.listenTcp('node1-pod1', 's', { address: '0.0.0.0', port: 80 }));
    hookChain(world, 'node0', { hook: 'forward' }, []);
    const state = (): string | undefined => world.net.conntrack('node0')[0]?.state;
    const client = must(world.net.connectTcp('node0-pod1', 'c', { address: POD2, port: 80 }));
    const seen: (string | undefined)[] = [];
    for (let step = 0; step < 40; step++) {
      run(world, 0.05);
      if (seen.at(-1) !== state()) seen.push(state());
    }
    expect(seen.filter((each) => each !== undefined)).toEqual(['SYN_SENT', 'SYN_RECV', 'ESTABLISHED']);
    const server = must(world.net.accept(listener));
    world.net.close(client);
    run(world, 10);
    expect(state()).toBe('CLOSE_WAIT');
    world.net.close(server);
    run(world, 10);
    expect(state()).toBe('TIME_WAIT');
    expect(world.net.conntrack('node0')[0]?.expiresInSeconds).toBe(120);
    run(world, 120_001);
    expect(world.net.conntrack('node0')).toEqual([]);
  });

  it('is off where there are no rules', () => {
    const world = newWorld();
    cluster(world, 2);
    serve(world, 'node1-pod1', 80);
    expect(outcome(world)).toBe('answered');
    expect(world.net.conntrack('node0')).toEqual([]);
  });

  it('takes an answer to nothing for invalid', () => {
    const world = newWorld();
    cluster(world, 2);
    serve(world, 'node1-pod1', 80);
    hookChain(world, 'node1', { hook: 'prerouting' }, [
      rule({ source: { cidrs: [`${POD1}/32`] } }, { kind: 'note' }),
    ]);
    hookChain(world, 'node0', { hook: 'forward' }, [
      rule({ connectionState: ['invalid'] }, { kind: 'drop' }),
    ]);
    expect(outcome(world)).toBe('answered');
    const client = must(world.net.connectTcp('node0-pod1', 'c', { address: POD2, port: 80 }));
    run(world, 0.3);
    // The SYN is through; forgetting it now makes the SYN-ACK an answer to nothing.
    world.net.flushConntrack('node0');
    world.net.traceOwner('server node1-pod1 80');
    run(world, 500);
    expect(world.events.some(({ socket, event }) => socket === client && event.kind === 'connected')).toBe(
      false,
    );
  });

  it('a full table drops new connections and keeps established ones', () => {
    const world = newWorld();
    cluster(world, 2);
    hookChain(world, 'node0', { hook: 'forward' }, []);
    const socket = must(world.net.bindUdp('node0-pod1', 'flood', { address: '0.0.0.0', port: 5000 }));
    serve(world, 'node1-pod1', 80);
    const client = must(world.net.connectTcp('node0-pod1', 'c', { address: POD2, port: 80 }));
    run(world, 50);
    for (let port = 1; port <= 8600; port++) {
      world.net.sendTo(socket, { address: POD2, port: port + 100 }, new Uint8Array(1));
      if (port % 50 === 0) run(world, 1);
    }
    expect(world.net.conntrack('node0').length).toBeLessThanOrEqual(8192);
    world.net.send(client, utf8Encode('still here'));
    run(world, 50);
    expect(must(world.net.receive(client))).toEqual(utf8Encode('STILL HERE'));
  });
});

describe('nft text', () => {
  const cases: readonly (readonly [Rule, string])[] = [
    [rule({}, { kind: 'accept' }), 'accept'],
    [
      rule({ connectionState: ['established', 'related'] }, { kind: 'accept' }),
      'ct state established,related accept',
    ],
    [
      rule(
        { source: { cidrs: ['10.0.0.0/8'] }, protocol: 'tcp', destinationPorts: [{ from: 80, to: 80 }] },
        { kind: 'drop' },
      ),
      'ip saddr 10.0.0.0/8 tcp dport 80 drop',
    ],
    [
      rule(
        { source: { cidrs: ['10.0.0.1/32', '10.0.0.2/32'], not: true }, protocol: 'udp' },
        { kind: 'return' },
      ),
      'ip saddr != { 10.0.0.1, 10.0.0.2 } meta l4proto udp return',
    ],
    [
      rule(
        {
          destination: { set: 'pods' },
          protocol: 'tcp',
          destinationPorts: [
            { from: 80, to: 90 },
            { from: 443, to: 443 },
          ],
        },
        { kind: 'jump', chain: 'x' },
      ),
      'ip daddr @pods tcp dport { 80-90, 443 } jump x',
    ],
    [
      rule({ destination: { cidrs: ['fd00::1/128'] } }, { kind: 'goto', chain: 'y' }),
      'ip6 daddr fd00::1 goto y',
    ],
    [
      rule({ mark: { value: 0x4000, mask: 0x4000 } }, { kind: 'masquerade' }),
      'meta mark & 0x00004000 == 0x00004000 masquerade',
    ],
    [rule({}, { kind: 'mark', set: 0x4000 }), 'meta mark set 0x00004000'],
    [
      rule({ inInterface: 'veth*', outInterface: 'eth0' }, { kind: 'reject', with: 'admin-prohibited' }),
      'iifname "veth*" oifname "eth0" reject with icmpx type admin-prohibited',
    ],
    [
      rule(
        { protocol: 'tcp' },
        { kind: 'dnat', targets: [{ address: '10.0.0.1', port: 80 }] },
        { comment: 'web' },
      ),
      'meta l4proto tcp dnat to 10.0.0.1:80 comment "web"',
    ],
    [
      rule({ protocol: 'tcp' }, { kind: 'dnat', targets: [{ address: 'fd00::1', port: 80 }] }),
      'meta l4proto tcp dnat to [fd00::1]:80',
    ],
    [
      rule(
        { protocol: 'tcp' },
        {
          kind: 'dnat',
          targets: [
            { address: '10.0.0.1', port: 80 },
            { address: '10.0.0.2', port: 80 },
          ],
        },
      ),
      'meta l4proto tcp dnat to numgen random mod 2 map { 0 : 10.0.0.1 . 80, 1 : 10.0.0.2 . 80 }',
    ],
    [
      rule({ destinationIsLocal: true, dnated: true }, { kind: 'snat', address: '10.0.0.9' }),
      'ct status dnat fib daddr type local snat to 10.0.0.9',
    ],
  ];
  it.each(cases)('%j', (each, text) => {
    expect(ruleText(each)).toBe(text);
  });

  it('renders a whole rule set as nft list ruleset does', () => {
    const text = renderRuleset(
      new Map([
        [
          'ip kube-proxy',
          table(
            'ip kube-proxy',
            [
              { name: 'service-A', rules: [rule({}, { kind: 'drop' })] },
              {
                name: 'services',
                hook: 'prerouting',
                priority: -100,
                type: 'nat',
                rules: [rule({}, { kind: 'vmap', map: 'service-ips' })],
              },
              { name: 'forward', hook: 'forward', priority: -110, policy: 'drop', rules: [] },
            ],
            {
              sets: new Map([['nets', { name: 'nets', elements: new Set(['10.0.0.0/8', '192.0.2.1/32']) }]]),
              maps: new Map([
                [
                  'service-ips',
                  {
                    name: 'service-ips',
                    key: ['destination', 'protocol', 'destinationPort'],
                    entries: new Map([['10.96.0.1 . tcp . 443', 'service-A']]),
                  },
                ],
              ]),
            },
          ),
        ],
      ]),
    );
    expect(text).toBe(
      [
        'table ip kube-proxy {',
        '\tset nets {',
        '\t\ttype ipv4_addr',
        '\t\tflags interval',
        '\t\telements = { 10.0.0.0/8, 192.0.2.1 }',
        '\t}',
        '',
        '\tmap service-ips {',
        '\t\ttype ipv4_addr . inet_proto . inet_service : verdict',
        '\t\telements = { 10.96.0.1 . tcp . 443 : jump service-A }',
        '\t}',
        '',
        '\tchain service-A {',
        '\t\tdrop',
        '\t}',
        '',
        '\tchain services {',
        '\t\ttype nat hook prerouting priority dstnat; policy accept;',
        '\t\tip daddr . meta l4proto . th dport vmap @service-ips',
        '\t}',
        '',
        '\tchain forward {',
        '\t\ttype filter hook forward priority dstnat - 10; policy drop;',
        '\t}',
        '}',
        '',
      ].join('\n'),
    );
    expect(renderRuleset(new Map())).toBe('');
  });
});
