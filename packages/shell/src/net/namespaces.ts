import { CONTAINER_RUNTIME_SERVICE } from '@podwire/kubesim';
import type { ContainerRuntime, RuntimePod } from '@podwire/kubesim';
import type { Process, Task, TaskProgram } from '@podwire/machine';
import type { NetnsId } from '@podwire/netsim';
import { complain, print } from '../stdio/output.ts';
import { waitForExit } from '../stdio/program.ts';

/** The pods of the node that a process runs on; undefined where it is no node. */
export function nodePods(process: Process): readonly RuntimePod[] | undefined {
  const runtime = process.machine.service(CONTAINER_RUNTIME_SERVICE) as ContainerRuntime | undefined;
  return runtime?.pods();
}

/** Runs a command with another network namespace, as its parent's stand-in. */
function* runIn(process: Process, netns: NetnsId, argv: readonly string[], name: string): Task {
  const spawned = process.spawn({ argv, netns });
  if (spawned.ok) return yield* waitForExit(process, spawned.pid);
  const why = spawned.reason === 'not-found' ? 'No such file or directory' : 'Permission denied';
  const text =
    name === 'nsenter'
      ? `nsenter: failed to execute ${argv[0] ?? ''}: ${why}`
      : `exec of "${argv[0] ?? ''}" failed: ${why}`;
  return yield* complain(process, text, name === 'nsenter' ? 127 : 255);
}

const WHAT_NOT: Readonly<Record<string, string>> = {
  m: 'mount',
  mount: 'mount',
  u: 'UTS',
  uts: 'UTS',
  i: 'IPC',
  ipc: 'IPC',
  p: 'PID',
  pid: 'PID',
  U: 'user',
  user: 'user',
  C: 'cgroup',
  cgroup: 'cgroup',
  a: 'all',
  all: 'all',
};

interface Entering {
  readonly pid: number | undefined;
  readonly path: string | undefined;
  readonly net: boolean;
  readonly command: readonly string[];
}

/** nsenter(1): into the network namespace of a container, with the files of the node. */
export const nsenter: TaskProgram = {
  kind: 'task',
  *run(process) {
    const read = readEntering(process.argv.slice(1));
    if (typeof read === 'string') return yield* complain(process, read);
    const pods = nodePods(process);
    if (pods === undefined)
      return yield* complain(
        process,
        'nsenter: only the shell of a node can enter the namespaces of its pods; kubectl exec leads into a pod',
      );
    let netns: NetnsId | undefined;
    if (read.path !== undefined) {
      const wanted = read.path.replace(/^.*\//, '');
      netns = pods.find(({ netnsName, ready }) => ready && netnsName === wanted)?.netns;
      if (netns === undefined)
        return yield* complain(process, `nsenter: cannot open ${read.path}: No such file or directory`);
    } else {
      if (read.pid === undefined)
        return yield* complain(process, 'nsenter: no target PID specified for --net');
      if (read.pid === 1 || process.machine.processes().some(({ pid }) => pid === read.pid))
        netns = process.net.netns;
      netns ??= pods.find(({ containers }) => containers.some(({ pid }) => pid === read.pid))?.netns;
      if (netns === undefined)
        return yield* complain(
          process,
          `nsenter: cannot open /proc/${read.pid}/ns/net: No such file or directory`,
        );
    }
    if (!read.net)
      return yield* complain(
        process,
        'nsenter: -n (--net) says which namespace to enter; the others are not part of this simulation',
      );
    return yield* runIn(process, netns, read.command.length === 0 ? ['/bin/bash'] : read.command, 'nsenter');
  },
};

function readEntering(args: readonly string[]): Entering | string {
  let pid: number | undefined;
  let path: string | undefined;
  let net = false;
  let index = 0;
  for (; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--') {
      index++;
      break;
    }
    if (!arg.startsWith('-') || arg === '-') break;
    const target = /^(?:--target(?:=(.*))?|-t(.*))$/.exec(arg);
    const file = /^(?:--net(?:=(.*))?|-n(.*))$/.exec(arg);
    if (target !== null) {
      const inline = target[1] ?? target[2] ?? '';
      const text = inline === '' ? (args[++index] ?? '') : inline;
      if (!/^\d{1,9}$/.test(text)) return `nsenter: failed to parse pid: '${text}'`;
      pid = Number(text);
    } else if (file !== null) {
      net = true;
      const inline = (file[1] ?? file[2] ?? '').replace(/^=/, '');
      if (inline !== '') path = inline;
    } else {
      const word = arg.replace(/^-+/, '');
      const other = WHAT_NOT[word] ?? WHAT_NOT[word.charAt(0)];
      return other === undefined
        ? `nsenter: unrecognized option '${arg}'\nTry 'nsenter --help' for more information.`
        : `nsenter: ${arg}: the ${other} namespace cannot be entered in this simulation; -n can, with the files of the node`;
    }
  }
  return { pid, path, net, command: args.slice(index) };
}

/** `ip netns`: the namespaces that the runtime of a node made for its pods. */
export function* ipNetns(process: Process, command: string, rest: readonly string[]): Task {
  const pods = (nodePods(process) ?? []).filter(({ ready }) => ready);
  const named = pods.flatMap(({ netns, netnsName }) =>
    netnsName === undefined ? [] : [{ netns, name: netnsName }],
  );
  switch (command) {
    case 'list':
    case 'ls':
    case 'show':
      yield* print(process, named.map(({ name }, index) => `${name} (id: ${index})\n`).join(''));
      return 0;
    case 'exec': {
      const [name, ...argv] = rest;
      if (name === undefined) return yield* complain(process, 'No netns name specified', 255);
      if (argv.length === 0) return yield* complain(process, 'No command specified', 255);
      const found = named.find((each) => each.name === name);
      if (found === undefined)
        return yield* complain(
          process,
          `Cannot open network namespace "${name}": No such file or directory`,
          255,
        );
      return yield* runIn(process, found.netns, argv, 'ip');
    }
    case 'identify': {
      const pid = Number(rest[0]);
      const found = pods.find(({ containers }) => containers.some((container) => container.pid === pid));
      yield* print(process, `${found?.netnsName ?? ''}\n`);
      return 0;
    }
    case 'pids': {
      const found = pods.find(({ netnsName }) => netnsName === rest[0]);
      if (found === undefined)
        return yield* complain(
          process,
          `Cannot open network namespace "${rest[0] ?? ''}": No such file or directory`,
          255,
        );
      yield* print(
        process,
        found.containers
          .filter(({ pid }) => pid > 0)
          .map(({ pid }) => `${pid}\n`)
          .join(''),
      );
      return 0;
    }
    default:
      return yield* complain(
        process,
        `ip: "ip netns ${command}" is not part of this simulation; list, exec, identify and pids are`,
        255,
      );
  }
}
