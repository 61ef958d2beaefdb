import { fail } from '../failure.ts';
import type { FlagValues } from '../command/flag-values.ts';
import type { Session } from '../session.ts';

/** What happens to the objects that the deleted one owns. */
export function propagationOf(session: Session, flags: FlagValues): 'Background' | 'Foreground' | 'Orphan' {
  const text = flags.text('cascade');
  switch (text) {
    case 'orphan':
      return 'Orphan';
    case 'foreground':
      return 'Foreground';
    case 'background':
      return 'Background';
    default:
      if (/^(1|t|T|true|TRUE|True)$/.test(text)) {
        session.err(
          `warning: --cascade=${text} is deprecated (boolean value) and can be replaced with --cascade=background.\n`,
        );
        return 'Background';
      }
      if (/^(0|f|F|false|FALSE|False)$/.test(text)) {
        session.err(
          `warning: --cascade=${text} is deprecated (boolean value) and can be replaced with --cascade=orphan.\n`,
        );
        return 'Orphan';
      }
      return fail(`invalid cascade value (${text}). Must be "background", "foreground", or "orphan"`);
  }
}
