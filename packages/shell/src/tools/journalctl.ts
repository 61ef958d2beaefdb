import { SYSTEMD_SERVICE } from '@podwire/kubesim';
import type { JournalLine, Systemd } from '@podwire/kubesim';
import type { Process, Task } from '@podwire/machine';
import { parseOptions } from '../stdio/options.ts';
import { complain, print } from '../stdio/output.ts';
import { taskProgram } from '../stdio/program.ts';
import { formatDate, parseDate } from '../text/date.ts';

/** How often `-f` looks for more, ms of virtual time. */
const FOLLOW_MS = 500;
/** Lines that `-f` and `-e` begin with. */
const FOLLOW_LINES = 10;
const END_LINES = 1000;

const OPTIONS = [
  { name: 'unit', short: 'u', long: 'unit', value: 'required' },
  { name: 'follow', short: 'f', long: 'follow' },
  { name: 'lines', short: 'n', long: 'lines', value: 'required' },
  { name: 'end', short: 'e', long: 'pager-end' },
  { name: 'reverse', short: 'r', long: 'reverse' },
  { name: 'output', short: 'o', long: 'output', value: 'required' },
  { name: 'since', short: 'S', long: 'since', value: 'required' },
  { name: 'until', short: 'U', long: 'until', value: 'required' },
  { name: 'grep', short: 'g', long: 'grep', value: 'required' },
  { name: 'explain', short: 'x', long: 'catalog' },
  { name: 'boot', short: 'b', long: 'boot' },
  { name: 'no-pager', long: 'no-pager' },
  { name: 'no-hostname', long: 'no-hostname' },
  { name: 'utc', long: 'utc' },
  { name: 'quiet', short: 'q', long: 'quiet' },
] as const;

/** journalctl(1) of a node: what its kubelet wrote. */
export const journalctlProgram = taskProgram(function* (process) {
  const systemd = process.machine.service(SYSTEMD_SERVICE) as Systemd | undefined;
  if (systemd === undefined)
    return yield* complain(process, 'No journal files were found.\n-- No entries --');
  const parsed = parseOptions(process.argv.slice(1), OPTIONS);
  if (!parsed.ok) return yield* complain(process, `journalctl: ${parsed.message}`);
  if (parsed.operands.length > 0)
    return yield* complain(
      process,
      `journalctl: matches (${parsed.operands[0] ?? ''}) are not part of this simulation; -u kubelet is`,
    );
  const output = parsed.values.get('output') ?? 'short';
  if (!FORMATS.includes(output))
    return yield* complain(
      process,
      `journalctl: the output ${output} is not part of this simulation; ${FORMATS.join(', ')} are`,
    );
  const units = parsed.given.flatMap(({ name, value }) =>
    name === 'unit' && value !== undefined ? [value] : [],
  );
  const unknown = units.find((unit) => systemd.journal(unit) === undefined);
  if (unknown !== undefined && /^containerd(\.service)?$/.test(unknown))
    return yield* complain(
      process,
      'journalctl: containerd keeps no journal in this simulation; -u kubelet tells of images, sandboxes and containers',
    );
  const limit = linesOf(parsed.values.get('lines'), parsed.flags);
  if (limit === undefined)
    return yield* complain(process, `Failed to parse lines '${parsed.values.get('lines') ?? ''}'`);
  const range: (number | undefined)[] = [];
  for (const name of ['since', 'until']) {
    const text = parsed.values.get(name);
    const atMs = text === undefined ? undefined : momentOf(text, process.nowMs());
    if (text !== undefined && atMs === undefined)
      return yield* complain(process, `Failed to parse timestamp: ${text}`);
    range.push(atMs);
  }
  const [sinceMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY] = range;
  const pattern = parsed.values.get('grep');
  const wanted = (): readonly JournalLine[] =>
    (units.length === 0 ? ['kubelet'] : units)
      .flatMap((unit) => systemd.journal(unit) ?? [])
      .filter(
        ({ atMs, text }) =>
          atMs >= sinceMs && atMs <= untilMs && (pattern === undefined || text.includes(pattern)),
      );
  const show = (line: JournalLine): string =>
    lineText(process, line, output, parsed.flags.has('no-hostname'));
  const first = wanted();
  const shown = first.slice(Math.max(0, first.length - limit));
  if (shown.length === 0 && !parsed.flags.has('follow')) {
    yield* print(process, '-- No entries --\n');
    return 0;
  }
  yield* print(process, (parsed.flags.has('reverse') ? shown.toReversed() : shown).map(show).join(''));
  return parsed.flags.has('follow') ? yield* follow(process, wanted, show, first.at(-1)) : 0;
});

const FORMATS = ['short', 'short-iso', 'cat'];

/** A log goes on: what came after the last line that was shown. */
function* follow(
  process: Process,
  wanted: () => readonly JournalLine[],
  show: (line: JournalLine) => string,
  first: JournalLine | undefined,
): Task {
  let last = first;
  let sameMoment = last === undefined ? 0 : wanted().filter(({ atMs }) => atMs === last?.atMs).length;
  for (;;) {
    yield { kind: 'sleep', ms: FOLLOW_MS };
    const afterMs = last?.atMs ?? Number.NEGATIVE_INFINITY;
    const here = wanted();
    // Lines of one moment are told apart by how many of them were shown.
    const fresh = [
      ...here.filter(({ atMs }) => atMs === afterMs).slice(sameMoment),
      ...here.filter(({ atMs }) => atMs > afterMs),
    ];
    if (fresh.length === 0) continue;
    yield* print(process, fresh.map(show).join(''));
    last = fresh.at(-1);
    sameMoment = here.filter(({ atMs }) => atMs === last?.atMs).length;
  }
}

function linesOf(text: string | undefined, flags: ReadonlySet<string>): number | undefined {
  if (text === 'all') return Number.MAX_SAFE_INTEGER;
  if (text !== undefined) return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  return flags.has('follow') ? FOLLOW_LINES : flags.has('end') ? END_LINES : Number.MAX_SAFE_INTEGER;
}

/** `-5m`, `5 min ago`, `2026-01-01 10:00:00`, `today`. */
function momentOf(text: string, nowMs: number): number | undefined {
  const short = /^-(\d{1,6})\s*(s|m|min|h|d)$/.exec(text.trim());
  if (short !== null) {
    const scale = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 }[short[2] ?? 's'] ?? 1;
    return nowMs - Number(short[1]) * scale * 1000;
  }
  return parseDate(text, nowMs);
}

function lineText(
  process: Process,
  { atMs, writer, text }: JournalLine,
  output: string,
  bare: boolean,
): string {
  if (output === 'cat') return `${text}\n`;
  const time = formatDate(
    output === 'short' ? '%b %d %H:%M:%S' : '%Y-%m-%dT%H:%M:%S+00:00',
    Math.floor(atMs),
  );
  return `${time} ${bare ? '' : `${process.machine.hostname} `}${writer}: ${text}\n`;
}
