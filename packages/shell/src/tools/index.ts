import type { Program } from '@podwire/machine';
import { nanoProgram } from '../editors/nano.ts';
import { viProgram } from '../editors/vi/vi.ts';
import { jqProgram } from '../jq/jq.ts';
import { catProgram } from './cat.ts';
import { chmodProgram, cpProgram, lnProgram, mkdirProgram, mvProgram, readlinkProgram, realpathProgram, rmProgram, rmdirProgram, statProgram, touchProgram } from './change-files.ts';
import { base64Program, checksumProgram } from './checksums.ts';
import { cutProgram, headProgram, revProgram, seqProgram, tacProgram, tailProgram, teeProgram, trProgram, uniqProgram, wcProgram, yesProgram } from './filters.ts';
import { diffProgram } from './diff.ts';
import { grepProgram } from './grep.ts';
import { lsProgram } from './list-files.ts';
import { lessProgram } from './pager.ts';
import { findProgram, xargsProgram } from './run-others.ts';
import { sedProgram } from './sed/sed.ts';
import { sortProgram } from './sort.ts';
import {
  basenameProgram,
  clearProgram,
  dateProgram,
  dirnameProgram,
  echoProgram,
  envProgram,
  falseProgram,
  hostnameProgram,
  idProgram,
  killProgram,
  nohupProgram,
  printenvProgram,
  printfProgram,
  psProgram,
  pwdProgram,
  sleepProgram,
  testProgram,
  timeProgram,
  timeoutProgram,
  trueProgram,
  unameProgram,
  whichProgram,
  whoamiProgram,
} from './system.ts';
import { watchProgram } from './watch.ts';

/** The everyday tools: coreutils, grep, sed, findutils, procps, pagers, editors, jq. */
export const tools: readonly (readonly [name: string, program: Program])[] = [
  ['[', testProgram],
  ['base64', base64Program],
  ['basename', basenameProgram],
  ['cat', catProgram],
  ['chmod', chmodProgram],
  ['clear', clearProgram],
  ['cp', cpProgram],
  ['cut', cutProgram],
  ['date', dateProgram],
  ['diff', diffProgram],
  ['dirname', dirnameProgram],
  ['echo', echoProgram],
  ['egrep', grepProgram],
  ['env', envProgram],
  ['false', falseProgram],
  ['fgrep', grepProgram],
  ['find', findProgram],
  ['grep', grepProgram],
  ['head', headProgram],
  ['hostname', hostnameProgram],
  ['id', idProgram],
  ['jq', jqProgram],
  ['kill', killProgram],
  ['less', lessProgram],
  ['ln', lnProgram],
  ['ls', lsProgram],
  ['md5sum', checksumProgram],
  ['mkdir', mkdirProgram],
  ['more', lessProgram],
  ['mv', mvProgram],
  ['nano', nanoProgram],
  ['nohup', nohupProgram],
  ['printenv', printenvProgram],
  ['printf', printfProgram],
  ['ps', psProgram],
  ['pwd', pwdProgram],
  ['readlink', readlinkProgram],
  ['realpath', realpathProgram],
  ['rev', revProgram],
  ['rm', rmProgram],
  ['rmdir', rmdirProgram],
  ['sed', sedProgram],
  ['seq', seqProgram],
  ['sha1sum', checksumProgram],
  ['sha256sum', checksumProgram],
  ['sleep', sleepProgram as Program],
  ['sort', sortProgram],
  ['stat', statProgram],
  ['tac', tacProgram],
  ['tail', tailProgram],
  ['tee', teeProgram],
  ['test', testProgram],
  ['time', timeProgram],
  ['timeout', timeoutProgram],
  ['touch', touchProgram],
  ['tr', trProgram],
  ['true', trueProgram],
  ['uname', unameProgram],
  ['uniq', uniqProgram],
  ['vi', viProgram],
  ['vim', viProgram],
  ['watch', watchProgram],
  ['wc', wcProgram],
  ['which', whichProgram],
  ['whoami', whoamiProgram],
  ['xargs', xargsProgram],
  ['yes', yesProgram],
];
