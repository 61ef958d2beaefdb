import type { TaskProgram } from '@podwire/machine';
import type { InterfaceInfo } from '@podwire/netsim';
import { complain, print } from '../stdio/output.ts';

/** iproute2's bridge: the ports of bridges, and what these and VXLAN devices know of MAC addresses. */
export const bridge: TaskProgram = {
  kind: 'task',
  *run(process) {
    const words = process.argv.slice(1);
    const [object = '', command = 'show', ...rest] = words;
    const option = words.find((word) => word.startsWith('-'));
    if (option !== undefined)
      return yield* complain(process, `bridge: ${option} is not part of this simulation`, 255);
    if (object === '')
      return yield* complain(
        process,
        'Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }\nwhere  OBJECT := { link | fdb }',
        255,
      );
    if (object !== 'link' && object !== 'fdb')
      return yield* complain(process, `Object "${object}" is unknown, try "bridge help".`, 255);
    if (!['show', 'list', 'ls'].includes(command))
      return yield* complain(
        process,
        `bridge: "bridge ${object} ${command}" is not part of this simulation; "show" is`,
        255,
      );
    const all = process.net.network.interfaces(process.net.netns);
    const after = (name: string): string | undefined =>
      rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined;
    const device = after('dev');
    if (device !== undefined && !all.some(({ name }) => name === device))
      return yield* complain(process, `Cannot find device "${device}"`, 1);
    const bridgeName = after('br');
    const lines = object === 'link' ? all.flatMap(portLine) : all.flatMap((entry) => fdbLines(entry, all));
    yield* print(
      process,
      lines
        .filter(
          ({ port, master }) =>
            device === undefined || port === device || (object === 'fdb' && master === device),
        )
        .filter(({ master }) => bridgeName === undefined || master === bridgeName)
        .map(({ text }) => `${text} \n`)
        .join(''),
    );
    return 0;
  },
};

interface Line {
  readonly port: string;
  readonly master: string | undefined;
  readonly text: string;
}

function portLine(entry: InterfaceInfo): readonly Line[] {
  const { index, name, peer, up, mtuBytes, master } = entry;
  if (master === undefined) return [];
  const shown = peer === undefined ? name : `${name}@if${peer.index}`;
  const flags = ['BROADCAST', 'MULTICAST', ...(up ? ['UP', 'LOWER_UP'] : [])].join(',');
  const state = up ? 'forwarding' : 'disabled';
  const text = `${index}: ${shown}: <${flags}> mtu ${mtuBytes} master ${master} state ${state} priority 32 cost 2`;
  return [{ port: name, master, text }];
}

function fdbLines(entry: InterfaceInfo, all: readonly InterfaceInfo[]): readonly Line[] {
  const { name, vxlan, learned } = entry;
  const remote = (vxlan?.peers ?? []).map((peer): Line => ({
    port: name,
    master: undefined,
    text: `${peer.mac} dev ${name} dst ${peer.remote} self permanent`,
  }));
  const known = (learned ?? []).map(({ mac, port }): Line => ({
    port,
    master: name,
    text: `${mac} dev ${port} master ${name}`,
  }));
  const own = all
    .filter(({ master }) => learned !== undefined && master === name)
    .map((port): Line => ({
      port: port.name,
      master: name,
      text: `${port.mac} dev ${port.name} master ${name} permanent`,
    }));
  return [...known, ...own, ...remote];
}
