import type { Command } from '../command/command.ts';
import { ALPHA } from '../surface/settings.ts';

export const alphaCommand: Command = {
  ...ALPHA,
  // The real one hides the command while it holds none, and says so to whoever types it.
  hidden: true,
  helpNotice: 'No alpha commands are available in this version of kubectl\n',
  *run({ session }) {
    session.err(alphaCommand.helpNotice ?? '');
    return undefined;
  },
};
