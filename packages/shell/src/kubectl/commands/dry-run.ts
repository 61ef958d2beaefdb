import type { FlagValues } from '../command/flag-values.ts';
import type { Session } from '../session.ts';
import { fail } from '../failure.ts';
import { goQuote } from '../values/go-text.ts';

export type DryRun = 'none' | 'client' | 'server';

/** What `--dry-run` means, its old spellings included. */
export function dryRunOf(session: Session, flags: FlagValues): DryRun {
  const text = flags.text('dry-run');
  switch (text) {
    case 'client':
    case 'server':
    case 'none':
      return text;
    case 'unchanged':
      session.warn('helpers.go:731', '--dry-run is deprecated and can be replaced with --dry-run=client.');
      return 'client';
    case '':
      return fail(`Invalid dry-run value (). Must be "none", "server", or "client".`);
    default:
      if (/^(1|t|T|true|TRUE|True)$/.test(text)) {
        session.warn(
          'helpers.go:745',
          `--dry-run=${text} is deprecated (boolean value) and can be replaced with --dry-run=client.`,
        );
        return 'client';
      }
      if (/^(0|f|F|false|FALSE|False)$/.test(text)) {
        session.warn(
          'helpers.go:748',
          `--dry-run=${text} is deprecated (boolean value) and can be replaced with --dry-run=none.`,
        );
        return 'none';
      }
      return fail(`Invalid dry-run value (${text}). Must be "none", "server", or "client".`);
  }
}

/** Query parameters of a write. */
export function writeParameters(options: {
  readonly dryRun: DryRun;
  readonly fieldManager?: string;
  readonly validation?: string;
  readonly force?: boolean;
}): readonly (readonly [string, string])[] {
  const parameters: (readonly [string, string])[] = [];
  if (options.dryRun === 'server') parameters.push(['dryRun', 'All']);
  if (options.fieldManager !== undefined && options.fieldManager !== '')
    parameters.push(['fieldManager', options.fieldManager]);
  if (options.validation !== undefined) parameters.push(['fieldValidation', options.validation]);
  if (options.force !== undefined) parameters.push(['force', String(options.force)]);
  return parameters;
}

/** `--validate`: Strict, Warn or Ignore. */
export function validationOf(flags: FlagValues): 'Strict' | 'Warn' | 'Ignore' {
  const text = flags.text('validate');
  switch (text) {
    case 'warn':
      return 'Warn';
    case 'strict':
      return 'Strict';
    case 'ignore':
      return 'Ignore';
    default:
      if (/^(1|t|T|true|TRUE|True)$/.test(text)) return 'Strict';
      if (/^(0|f|F|false|FALSE|False)$/.test(text)) return 'Ignore';
      return fail(
        `invalid - validate option ${goQuote(text)}; must be one of: strict (or true), warn, ignore (or false)`,
      );
  }
}
