import type { JournalEntry, JournalRecord } from './journal.ts';
import type { ClusterHistory } from './port.ts';

/** A moment of a cluster's past to which it can be taken back: right after something was done. */
export interface ClusterPoint {
  /** Of the last record that belongs to it. */
  readonly sequence: number;
  readonly clusterTimeMs: number;
  readonly kind: 'started' | 'command' | 'file' | 'api' | 'component' | 'terminal' | 'probe';
  /** What was done, in a few words: the line that was typed, the file that was saved. Control characters are left out. */
  readonly text: string;
}

/** The longest text of a point, characters. */
const MAX_TEXT_CHARS = 200;
/** The most points of one journal that are listed: those of late. */
const MAX_POINTS = 1_000;

/** The moments of a journal that a person would name, the oldest first. Single keys belong to the line that they are of. */
export function clusterPoints(startMs: number, records: readonly JournalRecord[]): readonly ClusterPoint[] {
  const points: ClusterPoint[] = [{ sequence: 0, clusterTimeMs: startMs, kind: 'started', text: '' }];
  const lines = new Map<string, string>();
  for (const { sequence, virtualMs, entry } of records) {
    const named = nameOf(entry, lines);
    if (named !== undefined) points.push({ sequence, clusterTimeMs: virtualMs, ...named });
  }
  return points.length > MAX_POINTS ? [...points.slice(0, 1), ...points.slice(1 - MAX_POINTS)] : points;
}

function nameOf(
  entry: JournalEntry,
  lines: Map<string, string>,
): Pick<ClusterPoint, 'kind' | 'text'> | undefined {
  switch (entry.kind) {
    case 'terminal-input': {
      const typed = (lines.get(entry.terminalId) ?? '') + Buffer.from(entry.bytes, 'base64').toString('utf8');
      const end = typed.lastIndexOf('\r');
      lines.set(entry.terminalId, typed.slice(end + 1).slice(-MAX_TEXT_CHARS));
      return end < 0 ? undefined : { kind: 'command', text: plain(typed.slice(0, end)) };
    }
    case 'terminal-opened':
      return { kind: 'terminal', text: entry.terminalId };
    case 'file-written':
      return { kind: 'file', text: plain(entry.path) };
    case 'api-written':
      return { kind: 'api', text: plain(`${entry.request.method} ${entry.request.path}`) };
    case 'component-switched':
      return { kind: 'component', text: `${entry.running ? 'start' : 'stop'} ${entry.name}` };
    case 'probe-started':
      return { kind: 'probe', text: '' };
    case 'terminal-resized':
    case 'terminal-flow':
    case 'terminal-closed':
    case 'time-skipped':
    case 'command-examined':
      return undefined;
  }
}

function plain(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, MAX_TEXT_CHARS);
}

/**
 * The history of a cluster as far as this point, to be had again from there. The records after it are void: whoever
 * keeps them drops them, or two pasts would share their numbers.
 */
export function historyUntil(history: ClusterHistory, point: ClusterPoint): ClusterHistory {
  return {
    records: history.records.filter(({ sequence }) => sequence <= point.sequence),
    clusterTimeMs: point.clusterTimeMs,
  };
}

/** What is wrong with stored records, for the operator; undefined when they can be replayed. */
export function journalDefect(records: readonly JournalRecord[]): string | undefined {
  let lastMs = -Infinity;
  for (const [index, record] of records.entries()) {
    const at = `record ${index + 1} of the journal`;
    if (typeof record !== 'object' || (record as JournalRecord | null) === null) return `${at} is no object`;
    if (record.sequence !== index + 1) return `${at} has the number ${String(record.sequence)}`;
    if (!Number.isFinite(record.virtualMs)) return `${at} has no time`;
    if (record.virtualMs < lastMs) return `${at} is before the one before it`;
    lastMs = record.virtualMs;
    const reason = entryDefect(record.entry);
    if (reason !== undefined) return `${at} ${reason}`;
  }
  return undefined;
}

/** The fields without which each kind of entry means nothing, and what they hold. */
const FIELDS: Readonly<Record<JournalEntry['kind'], Readonly<Record<string, string>>>> = {
  'terminal-opened': { terminalId: 'string', place: 'object', columns: 'number', rows: 'number' },
  'terminal-input': {
    terminalId: 'string',
    bytes: 'string',
    inputSequence: 'number',
    taken: 'number',
    whole: 'boolean',
  },
  'terminal-resized': { terminalId: 'string', columns: 'number', rows: 'number' },
  'terminal-flow': { terminalId: 'string', paused: 'boolean' },
  'terminal-closed': { terminalId: 'string' },
  'api-written': { request: 'object' },
  'file-written': { path: 'string', bytes: 'string' },
  'probe-started': { request: 'object' },
  'command-examined': {},
  'time-skipped': { untilMs: 'number' },
  'component-switched': { name: 'string', running: 'boolean' },
};

function entryDefect(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null) return 'has no entry';
  const { kind } = entry as { readonly kind?: unknown };
  if (typeof kind !== 'string' || !Object.hasOwn(FIELDS, kind))
    return `is of no known kind: ${JSON.stringify(kind)}`;
  for (const [field, type] of Object.entries(FIELDS[kind as JournalEntry['kind']])) {
    const value = (entry as Record<string, unknown>)[field];
    if (typeof value !== type || value === null) return `(${kind}) has no ${type} "${field}"`;
  }
  return undefined;
}
