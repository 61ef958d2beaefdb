import type { SimulatedCluster } from '@podwire/kubesim';
import type { ExecHandle, SpawnFailure } from '@podwire/machine';
import type { JournalEntry } from '../journal.ts';
import { requestJson } from './api-request.ts';
import { HostedTerminal } from './terminal.ts';

/** What an entry did to the cluster. `refused`: nothing, so it is not part of the journal. */
export type Effect =
  | { readonly kind: 'done' }
  | {
      readonly kind: 'refused';
      readonly reason: SpawnFailure | 'no-such-place' | 'no-such-terminal' | 'no-such-component' | 'file';
      readonly errno?: string;
    }
  | { readonly kind: 'probe'; readonly handle: ReturnType<SimulatedCluster['startProbe']> }
  | { readonly kind: 'command'; readonly handle: ExecHandle }
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown };

/** What entries act on. */
export interface EffectTarget {
  readonly cluster: SimulatedCluster;
  readonly terminals: Map<string, HostedTerminal>;
}

const DONE: Effect = { kind: 'done' };

/** Lets one entry take effect: the same code when it happens and when it is replayed. */
export function applyEntry(target: EffectTarget, entry: JournalEntry): Effect {
  const { cluster, terminals } = target;
  switch (entry.kind) {
    case 'terminal-opened': {
      const size = { columns: entry.columns, rows: entry.rows };
      const opened = cluster.openTerminal(entry.place, size);
      if (!opened.ok) return { kind: 'refused', reason: opened.reason };
      terminals.set(entry.terminalId, new HostedTerminal(entry.terminalId, entry.place, size, opened.handle));
      return DONE;
    }
    case 'terminal-input':
      return withTerminal(target, entry.terminalId, (terminal) =>
        terminal.replayInput({
          sequence: entry.inputSequence,
          bytes: Buffer.from(entry.bytes, 'base64'),
          taken: entry.taken,
          whole: entry.whole,
        }),
      );
    case 'terminal-resized':
      return withTerminal(target, entry.terminalId, (terminal) => terminal.resize(entry.columns, entry.rows));
    case 'terminal-flow':
      return withTerminal(target, entry.terminalId, (terminal) => terminal.setFlow(entry.paused));
    case 'terminal-closed':
      return withTerminal(target, entry.terminalId, (terminal) => {
        terminal.hangUp();
        terminals.delete(entry.terminalId);
      });
    case 'api-written': {
      const { method, path, contentType, body } = entry.request;
      const content =
        body === undefined
          ? undefined
          : { type: contentType ?? 'application/json', body: Buffer.from(body, 'base64') };
      return { kind: 'answer', ...requestJson(cluster.api, method, path, content) };
    }
    case 'file-written': {
      const written = cluster.toolboxFiles().writeFile(entry.path, Buffer.from(entry.bytes, 'base64'));
      return written.ok ? DONE : { kind: 'refused', reason: 'file', errno: written.errno };
    }
    case 'probe-started':
      return { kind: 'probe', handle: cluster.startProbe(entry.request) };
    case 'command-examined': {
      const { place, argv, limitMs, files } = entry;
      const started = cluster.execTrusted(place, argv, limitMs, new Map(files));
      return started.ok
        ? { kind: 'command', handle: started.handle }
        : { kind: 'refused', reason: started.reason };
    }
    case 'time-skipped':
      cluster.skipTo(entry.untilMs);
      return DONE;
    case 'component-switched': {
      const known = entry.running ? cluster.startComponent(entry.name) : cluster.stopComponent(entry.name);
      return known ? DONE : { kind: 'refused', reason: 'no-such-component' };
    }
  }
}

function withTerminal(
  target: EffectTarget,
  terminalId: string,
  act: (terminal: HostedTerminal) => void,
): Effect {
  const terminal = target.terminals.get(terminalId);
  if (terminal === undefined) return { kind: 'refused', reason: 'no-such-terminal' };
  act(terminal);
  return DONE;
}
