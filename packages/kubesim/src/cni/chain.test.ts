import { createNetwork, newNetworkState } from '@podwire/netsim';
import { newSimulationState, Simulation } from '@podwire/sim';
import { describe, expect, it } from 'vitest';
import { parseConfigList, runAdd, runDel } from './chain.ts';
import type { CniPlugin, PluginConfig, PluginContext, PluginResult } from './plugin.ts';

const EMPTY: PluginResult = { cniVersion: '1.1.0', interfaces: [], ips: [], routes: [] };

interface Call {
  readonly type: string;
  readonly verb: 'ADD' | 'DEL';
  readonly config: PluginConfig;
  readonly previous?: PluginResult | undefined;
}

/** Plugins that write down how they were called; `bad` fails its ADD. */
function recorders(calls: Call[]): ReadonlyMap<string, CniPlugin> {
  const recorder = (type: string): CniPlugin => ({
    add: (_context, config, previous) => {
      calls.push({ type, verb: 'ADD', config, previous });
      if (type === 'bad') return { ok: false, message: 'no luck' };
      return {
        ok: true,
        result: { ...EMPTY, interfaces: [...(previous?.interfaces ?? []), { name: type }] },
      };
    },
    del: (_context, config) => {
      calls.push({ type, verb: 'DEL', config });
    },
  });
  return new Map(['first', 'second', 'bad'].map((type) => [type, recorder(type)]));
}

const network = createNetwork(newNetworkState(), {
  simulation: new Simulation(newSimulationState({ seed: 1, startMs: 0 })),
  onSocketEvent: () => undefined,
});
network.addNetns('node/a', { label: 'node a' });

const context: PluginContext = {
  network,
  host: 'node/a',
  state: { ranges: new Map(), hostPorts: new Map() },
  request: {
    containerId: 'c1',
    netns: 'pod/1',
    nodeName: 'a',
    interfaceName: 'eth0',
    podNamespace: 'default',
    podName: 'p',
    podUid: 'u',
    portMappings: [],
  },
  readFile: () => undefined,
};

function list(...types: string[]): NonNullable<ReturnType<typeof parseConfigList>> {
  const plugins = types.map((type) => ({ type, name: 'own-name', cniVersion: '0.1.0', option: type }));
  return parseConfigList(JSON.stringify({ name: 'net', cniVersion: '1.1.0', plugins }))!;
}

describe('plugin chains', () => {
  it('CNI1 ADD in order with the previous result, DEL in reverse', () => {
    const calls: Call[] = [];
    const outcome = runAdd(context, list('first', 'second'), recorders(calls));
    expect(calls.map(({ type, previous }) => [type, previous?.interfaces])).toEqual([
      ['first', undefined],
      ['second', [{ name: 'first' }]],
    ]);
    expect(outcome).toMatchObject({
      ok: true,
      result: { interfaces: [{ name: 'first' }, { name: 'second' }] },
    });
    calls.length = 0;
    runDel(context, list('first', 'second'), recorders(calls));
    expect(calls.map(({ type, verb }) => `${verb} ${type}`)).toEqual(['DEL second', 'DEL first']);
  });

  it('CNI2 a failed ADD stops the chain, and DEL covers every plugin', () => {
    const calls: Call[] = [];
    const outcome = runAdd(context, list('first', 'bad', 'second'), recorders(calls));
    expect(outcome).toEqual({ ok: false, message: 'plugin type="bad" failed (add): no luck' });
    expect(calls.map(({ type, verb }) => `${verb} ${type}`)).toEqual([
      'ADD first',
      'ADD bad',
      'DEL second',
      'DEL bad',
      'DEL first',
    ]);
  });

  it('CNI2 a plugin that is not installed fails the chain', () => {
    expect(runAdd(context, list('first', 'calico'), recorders([]))).toEqual({
      ok: false,
      message: 'failed to find plugin "calico" in path [/opt/cni/bin]',
    });
  });

  it('CNI3 the list’s name and version override each plugin’s', () => {
    const calls: Call[] = [];
    runAdd(context, list('first'), recorders(calls));
    expect(calls[0]?.config).toEqual({ type: 'first', name: 'net', cniVersion: '1.1.0', option: 'first' });
  });

  it.each([
    '',
    '{',
    '[]',
    '{"name":"x"}',
    '{"name":"x","cniVersion":"1","plugins":[]}',
    '{"name":"x","cniVersion":"1","plugins":[{}]}',
  ])('is no list: %j', (text) => {
    expect(parseConfigList(text)).toBeUndefined();
  });

  it('portmap and flannel say what they need', () => {
    expect(runAdd(context, list('portmap'))).toEqual({
      ok: false,
      message: 'plugin type="portmap" failed (add): must be called as chained plugin',
    });
    expect(runAdd(context, list('flannel'))).toEqual({
      ok: false,
      message:
        'plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory',
    });
  });
});
