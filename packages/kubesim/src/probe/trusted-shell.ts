import type { ExecHandle, Machines, SpawnFailure } from '@podwire/machine';
import { utf8Encode } from '@podwire/sim';
import type { Simulation } from '@podwire/sim';
import { TOOLBOX } from '../images/index.ts';
import type { ProbeSource } from './prober.ts';

/** Nobody else's machine has an id like this: containers are `pod/…`, nodes `node/…`. */
const ID_PREFIX = 'examiner/';
const ENVIRONMENT: ReadonlyMap<string, string> = new Map([
  ['HOME', '/root'],
  ['USER', 'root'],
  ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  ['SHELL', '/bin/bash'],
  ['LANG', 'C.UTF-8'],
]);

/** A command that runs longer is ended, with its machine. */
const MAX_COMMAND_MS = 120_000;
const TARGET = 'examiner';

/**
 * Programs of our own in a place's network, as an ephemeral debug container has them: from an image that
 * nobody in the cluster can write to, so that no file, mount or PATH of the place stands in for them. The
 * place's resolv.conf and hosts are taken over, since they decide what its programs connect to.
 */
export class TrustedShell {
  readonly #machines: Machines;
  readonly #simulation: Simulation;
  readonly #nextId: () => number;

  constructor(machines: Machines, simulation: Simulation, nextId: () => number) {
    this.#machines = machines;
    this.#simulation = simulation;
    this.#nextId = nextId;
    simulation.on(TARGET, (id) => machines.removeMachine(id as string));
  }

  exec(
    source: ProbeSource,
    argv: readonly string[],
    limitMs: number,
    given: ReadonlyMap<string, string>,
  ):
    | { readonly ok: true; readonly handle: ExecHandle }
    | { readonly ok: false; readonly reason: SpawnFailure } {
    const id = `${ID_PREFIX}${this.#nextId()}`;
    this.#machines.addMachine({
      id,
      hostname: 'examiner',
      netns: source.netns,
      image: TOOLBOX.layer,
      mounts: [],
      env: ENVIRONMENT,
      workingDirectory: '/root',
      user: 'root',
    });
    const files = this.#machines.fileSystem(id);
    files.mkdir('/root', { parents: true });
    files.mkdir('/etc', { parents: true });
    files.writeFile('/etc/resolv.conf', utf8Encode(source.resolvConf));
    files.writeFile('/etc/hosts', utf8Encode(source.hosts));
    for (const [path, text] of given) {
      const target = `/root/${path}`;
      files.mkdir(target.slice(0, target.lastIndexOf('/')), { parents: true });
      files.writeFile(target, utf8Encode(text));
    }
    // Ends it as well, when it still runs: by virtual time, so that it is the same when it is played again.
    this.#simulation.schedule(Math.min(Math.max(1, limitMs), MAX_COMMAND_MS), TARGET, id);
    return this.#machines.exec(id, { argv, env: ENVIRONMENT, cwd: '/root' });
  }
}
