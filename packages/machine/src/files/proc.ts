import { utf8Encode } from '@podwire/sim';
import { newDirectory, newFile } from './node.ts';
import type { DirectoryNode } from './node.ts';
import { newTree } from './tree.ts';
import type { FileTree } from './tree.ts';

/** One process as /proc shows it. */
export interface ProcEntry {
  readonly pid: number;
  readonly parent: number;
  readonly argv: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  readonly cwd: string;
  readonly state: 'running' | 'waiting' | 'stopped';
}

/** What /proc is made from at the moment of a look. */
export interface ProcSource {
  readonly processes: readonly ProcEntry[];
  readonly self: number | undefined;
  readonly mounts: readonly string[];
  readonly uptimeSeconds: number;
  readonly hostname: string;
  readonly nowMs: number;
  /** Files of /proc/net, by name. */
  readonly net: ReadonlyMap<string, string>;
}

const STATES = { running: 'R (running)', waiting: 'S (sleeping)', stopped: 'T (stopped)' } as const;

/** proc(5), as much of it as shells, `ps` and curious readers use: what is not here does not exist. */
export function procTree(source: ProcSource): FileTree {
  const root = newDirectory('root', source.nowMs, 0o555);
  const put = (directory: DirectoryNode, name: string, text: string): void => {
    directory.entries.set(name, newFile(utf8Encode(text), 'root', source.nowMs, 0o444));
  };
  for (const process of source.processes) {
    const directory = newDirectory('root', source.nowMs, 0o555);
    const name = process.argv[0]?.split('/').at(-1)?.slice(0, 15) ?? '';
    put(directory, 'cmdline', process.argv.map((word) => `${word}\0`).join(''));
    put(directory, 'comm', `${name}\n`);
    put(directory, 'environ', [...process.env].map(([key, value]) => `${key}=${value}\0`).join(''));
    put(
      directory,
      'status',
      `Name:\t${name}\nState:\t${STATES[process.state]}\nPid:\t${process.pid}\nPPid:\t${process.parent}\n`,
    );
    directory.entries.set('cwd', {
      kind: 'symlink',
      target: process.cwd,
      owner: 'root',
      modifiedMs: source.nowMs,
    });
    root.entries.set(String(process.pid), directory);
  }
  if (source.self !== undefined)
    root.entries.set('self', {
      kind: 'symlink',
      target: String(source.self),
      owner: 'root',
      modifiedMs: source.nowMs,
    });
  put(root, 'mounts', source.mounts.map((line) => `${line}\n`).join(''));
  put(root, 'uptime', `${source.uptimeSeconds.toFixed(2)} ${source.uptimeSeconds.toFixed(2)}\n`);
  const net = newDirectory('root', source.nowMs, 0o555);
  for (const [name, text] of source.net) put(net, name, text);
  root.entries.set('net', net);
  for (const directory of root.entries.values())
    if (directory.kind === 'directory' && directory !== net) directory.entries.set('net', net);
  const kernel = newDirectory('root', source.nowMs, 0o555);
  put(kernel, 'hostname', `${source.hostname}\n`);
  const sys = newDirectory('root', source.nowMs, 0o555);
  sys.entries.set('kernel', kernel);
  root.entries.set('sys', sys);
  return newTree(root, 0);
}
