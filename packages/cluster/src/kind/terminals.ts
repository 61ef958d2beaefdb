import { StringDecoder } from 'node:string_decoder';
import type { PlaceView } from '@podwire/protocol';
import type { DockerHost, NodeContainer, TtyExec } from './docker-host.ts';
import type { OpenTerminalOutcome } from '../port.ts';
import { PLACE_REFUSALS, refusedTerminal } from '../refusals.ts';

/** Input that a program does not take is held up to here; then the terminal is closed. */
const MAX_UNTAKEN_BYTES = 1_048_576;
/** A shell and what it begins first. */
const SPARE_PROCESSES = 16;
const KUBECONFIG = '/home/learner/.kube/config';

export interface TerminalListener {
  onOutput(terminalId: string, offset: number, data: string): void;
  onExit(terminalId: string, exitCode: number): void;
}

interface OpenTerminal {
  readonly exec: TtyExec;
  /** Characters of output so far. */
  written: number;
}

/** What a terminal runs in, and where. */
export interface TerminalTargets {
  readonly toolbox: string;
  readonly nodes: readonly NodeContainer[];
}

/** Terminals of one session: programs on a TTY in the toolbox, or on a node. */
export class KindTerminals {
  readonly #docker: DockerHost;
  readonly #targets: TerminalTargets;
  readonly #listener: TerminalListener;
  readonly #open = new Map<string, OpenTerminal>();
  /** Ids whose terminal is being opened. */
  readonly #opening = new Set<string>();

  constructor(docker: DockerHost, targets: TerminalTargets, listener: TerminalListener) {
    this.#docker = docker;
    this.#targets = targets;
    this.#listener = listener;
  }

  async open(terminal: {
    readonly terminalId: string;
    readonly place: PlaceView;
    readonly columns: number;
    readonly rows: number;
  }): Promise<OpenTerminalOutcome> {
    const { terminalId } = terminal;
    const refused = refusedTerminal(
      this.#open.has(terminalId) || this.#opening.has(terminalId),
      this.#open.size + this.#opening.size,
    );
    if (refused !== undefined) return refused;
    const program = this.#programOf(terminal.place);
    if (program === undefined) {
      return {
        kind: 'refused',
        reason: 'no-such-place',
        message: PLACE_REFUSALS['no-such-place'],
      };
    }
    this.#opening.add(terminalId);
    try {
      const full = await this.#makeRoom(program.container);
      if (full !== undefined) return full;
      const exec = await this.#docker.execOnTty(program.container, program.words, terminal);
      this.#attach(terminalId, exec);
      return { kind: 'opened' };
    } finally {
      this.#opening.delete(terminalId);
    }
  }

  /** No program can be begun where there is no process left: so a toolbox is started again, and its files stay. */
  async #makeRoom(container: string): Promise<OpenTerminalOutcome | undefined> {
    const { count, limit } = await this.#docker.processesOf(container);
    if (limit - count >= SPARE_PROCESSES) return undefined;
    if (container !== this.#targets.toolbox)
      return {
        kind: 'refused',
        reason: 'too-many-processes',
        message: PLACE_REFUSALS['too-many-processes'],
      };
    this.announce(
      'Your toolbox had no process left and was started again: its files stay, its programs ended.',
    );
    await this.#docker.restart(container);
    return undefined;
  }

  /** Said in each open terminal, on lines of its own. */
  announce(text: string): void {
    for (const [terminalId, terminal] of this.#open) this.#say(terminalId, terminal, `\r\n*** ${text}\r\n`);
  }

  #say(terminalId: string, terminal: OpenTerminal, text: string): void {
    this.#listener.onOutput(terminalId, terminal.written, text);
    terminal.written += text.length;
  }

  #programOf(
    place: PlaceView,
  ): { readonly container: string; readonly words: readonly string[] } | undefined {
    switch (place.kind) {
      case 'toolbox':
        return { container: this.#targets.toolbox, words: ['bash', '--login'] };
      case 'node': {
        const node = this.#targets.nodes.find(({ name }) => name === place.name);
        return node === undefined ? undefined : { container: node.id, words: ['bash', '--login'] };
      }
      case 'pod':
        return {
          container: this.#targets.toolbox,
          words: [
            'kubectl',
            `--kubeconfig=${KUBECONFIG}`,
            'exec',
            '--stdin',
            '--tty',
            `--namespace=${place.namespace}`,
            place.name,
            ...(place.container === undefined ? [] : [`--container=${place.container}`]),
            '--',
            'sh',
            '-c',
            'command -v bash >/dev/null && exec bash || exec sh',
          ],
        };
      case 'outside':
        return undefined;
    }
  }

  #attach(terminalId: string, exec: TtyExec): void {
    const terminal: OpenTerminal = { exec, written: 0 };
    this.#open.set(terminalId, terminal);
    const decoder = new StringDecoder('utf8');
    exec.stream.on('data', (chunk: Buffer) => {
      const text = decoder.write(chunk);
      if (text === '') return;
      this.#say(terminalId, terminal, text);
    });
    const ended = (): void => {
      if (!this.#open.delete(terminalId)) return;
      exec.exitCode().then(
        (code) => this.#listener.onExit(terminalId, code),
        // The container is gone, and its programs with it.
        () => this.#listener.onExit(terminalId, 137),
      );
    };
    exec.stream.once('end', ended);
    exec.stream.once('close', ended);
    exec.stream.on('error', ended);
  }

  /** @returns whether there is such a terminal to take it. */
  write(terminalId: string, data: string): boolean {
    const terminal = this.#open.get(terminalId);
    if (terminal === undefined) return false;
    if (terminal.exec.stream.writableLength > MAX_UNTAKEN_BYTES) this.close(terminalId);
    else terminal.exec.stream.write(data);
    return true;
  }

  resize(terminalId: string, columns: number, rows: number): void {
    // A terminal that ends meanwhile has no size.
    this.#open
      .get(terminalId)
      ?.exec.resize(columns, rows)
      .catch(() => undefined);
  }

  setFlow(terminalId: string, paused: boolean): void {
    const stream = this.#open.get(terminalId)?.exec.stream;
    if (paused) stream?.pause();
    else stream?.resume();
  }

  /** Its program is hung up: Docker closes the TTY's other side. */
  close(terminalId: string): void {
    const terminal = this.#open.get(terminalId);
    terminal?.exec.stream.write('\u0004');
    terminal?.exec.stream.destroy();
  }

  closeAll(): void {
    for (const terminalId of this.#open.keys()) this.close(terminalId);
  }
}
