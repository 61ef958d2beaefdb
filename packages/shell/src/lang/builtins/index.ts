import type { Builtin } from '../builtin.ts';
import {
  bgBuiltin,
  breakBuiltin,
  continueBuiltin,
  evalBuiltin,
  execBuiltin,
  exitBuiltin,
  fgBuiltin,
  jobsBuiltin,
  killBuiltin,
  returnBuiltin,
  sourceBuiltin,
  trapBuiltin,
  waitBuiltin,
} from './flow.ts';
import {
  aliasBuiltin,
  builtinBuiltin,
  commandBuiltin,
  historyBuiltin,
  letBuiltin,
  shoptBuiltin,
  typeBuiltin,
  umaskBuiltin,
  unaliasBuiltin,
} from './names.ts';
import { testBuiltin } from './test.ts';
import { cdBuiltin, echoBuiltin, mapfileBuiltin, printfBuiltin, pwdBuiltin, readBuiltin } from './text.ts';
import {
  declareBuiltin,
  exportBuiltin,
  getoptsBuiltin,
  localBuiltin,
  readonlyBuiltin,
  setBuiltin,
  shiftBuiltin,
  unsetBuiltin,
} from './variables.ts';

const nothing = (exitCode: number): Builtin =>
  function* () {
    return exitCode;
  };

/** The builtins of both dialects. */
export const builtins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['.', sourceBuiltin],
  [':', nothing(0)],
  ['[', testBuiltin],
  ['alias', aliasBuiltin],
  ['bg', bgBuiltin],
  ['break', breakBuiltin],
  ['builtin', builtinBuiltin],
  ['cd', cdBuiltin],
  ['command', commandBuiltin],
  ['continue', continueBuiltin],
  ['declare', declareBuiltin],
  ['echo', echoBuiltin],
  ['eval', evalBuiltin],
  ['exec', execBuiltin],
  ['exit', exitBuiltin],
  ['export', exportBuiltin],
  ['false', nothing(1)],
  ['fg', fgBuiltin],
  ['getopts', getoptsBuiltin],
  ['hash', nothing(0)],
  ['history', historyBuiltin],
  ['jobs', jobsBuiltin],
  ['kill', killBuiltin],
  ['let', letBuiltin],
  ['local', localBuiltin],
  ['printf', printfBuiltin],
  ['pwd', pwdBuiltin],
  ['mapfile', mapfileBuiltin],
  ['read', readBuiltin],
  ['readarray', mapfileBuiltin],
  ['readonly', readonlyBuiltin],
  ['return', returnBuiltin],
  ['set', setBuiltin],
  ['shift', shiftBuiltin],
  ['shopt', shoptBuiltin],
  ['source', sourceBuiltin],
  ['test', testBuiltin],
  ['trap', trapBuiltin],
  ['true', nothing(0)],
  ['type', typeBuiltin],
  ['typeset', declareBuiltin],
  ['umask', umaskBuiltin],
  ['unalias', unaliasBuiltin],
  ['unset', unsetBuiltin],
  ['wait', waitBuiltin],
]);
