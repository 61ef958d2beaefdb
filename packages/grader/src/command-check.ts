import type { Check, TextExpectation } from '@podwire/lab';
import { describeEndpoint } from '@podwire/lab';
import type { GradingCluster } from './cluster.ts';
import { lineWith, textInWords, wants } from './match-text.ts';
import { failed, passed } from './outcome.ts';
import type { CheckOutcome } from './outcome.ts';
import { resolvePlace } from './places.ts';

/** A command that takes longer hangs. */
const COMMAND_TIMEOUT_MS = 30_000;
const MAX_QUOTED_CHARS = 200;

/** Runs a command by the grader's own programs. */
export async function checkCommand(
  check: Extract<Check, { kind: 'command' }>,
  cluster: GradingCluster,
): Promise<CheckOutcome> {
  const { run, exitCode, absent } = check.command;
  const where = describeEndpoint(check.command.in);
  const expected = `"${run}" in the network of ${where} ends with ${exitCode}${textWanted(check.command, absent)}`;
  const from = await resolvePlace(check.command.in, cluster);
  const result =
    from === undefined
      ? { kind: 'no-such-place' as const }
      : await cluster.execute({ from, command: run, timeoutMs: COMMAND_TIMEOUT_MS });
  if (result.kind === 'no-such-place')
    return failed(expected, 'no such place', `There is no ${where} that runs.`, {});
  if (result.kind === 'hung')
    return failed(expected, quote(result.output), 'The command did not end in time.', {});
  if (result.exitCode !== exitCode)
    return failed(expected, `${result.exitCode}: ${quote(result.output)}`, 'It ended otherwise.', {});
  return textOutcome(check.command, absent, result.output, expected, 'The command printed');
}

/** Looks into a file, past what the container mounts over or runs. */
export async function checkFile(
  check: Extract<Check, { kind: 'file' }>,
  cluster: GradingCluster,
): Promise<CheckOutcome> {
  const { path, absent } = check.file;
  const where = describeEndpoint(check.file.in);
  const expected = `${path} of ${where}${absent && !wants(check.file) ? ' is not there' : textWanted(check.file, absent)}`;
  const from = await resolvePlace(check.file.in, cluster);
  const result =
    from === undefined ? { kind: 'no-such-place' as const } : await cluster.readFile({ from, path });
  if (result.kind === 'no-such-place')
    return failed(expected, 'no such place', `There is no ${where} that runs.`, {});
  if (result.kind === 'absent')
    return absent ? passed({}) : failed(expected, 'no such file', `${where} has no ${path}.`, {});
  if (absent && !wants(check.file)) return failed(expected, 'it is there', `${where} has ${path}.`, {});
  return textOutcome(check.file, absent, result.text, expected, 'The file has');
}

function textWanted(text: TextExpectation, absent: boolean): string {
  if (!wants(text)) return '';
  return ` ${absent ? 'without' : 'with'} ${textInWords(text)}`;
}

function textOutcome(
  text: TextExpectation,
  absent: boolean,
  given: string,
  expected: string,
  what: string,
): CheckOutcome {
  if (!wants(text)) return passed({});
  const line = lineWith(text, given);
  if ((line !== undefined) !== absent) return passed({});
  return absent
    ? failed(
        expected,
        `the line "${(line ?? '').slice(0, MAX_QUOTED_CHARS)}"`,
        `${what} what it should not.`,
        {},
      )
    : failed(expected, quote(given), `${what} something else.`, {});
}

function quote(output: string): string {
  const text = output.trim();
  if (text === '') return 'nothing';
  return text.length > MAX_QUOTED_CHARS ? `…${text.slice(-MAX_QUOTED_CHARS)}` : text;
}
