import type { Command } from '../command/command.ts';
import { flagsText, wrapColumns } from '../command/help.ts';
import { GLOBAL_FLAGS } from '../surface/globals.ts';
import { OPTIONS } from '../surface/settings.ts';

export const optionsCommand: Command = {
  ...OPTIONS,
  *run({ session }) {
    const { process } = session;
    const limit = process.stdout.isTty && process.tty !== undefined ? wrapColumns(process.tty.columns) : 0;
    session.out(`The following options can be passed to any command:\n\n${flagsText(GLOBAL_FLAGS, limit)}`);
    return undefined;
  },
};
