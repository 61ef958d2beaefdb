import type { Program } from '@podwire/machine';
import { awkProgram } from '../awk/awk.ts';
import { nanoProgram } from '../editors/nano.ts';
import { viProgram } from '../editors/vi/vi.ts';
import { jqProgram } from '../jq/jq.ts';
import { catProgram } from './cat.ts';
import {
  chmodProgram,
  cpProgram,
  lnProgram,
  mkdirProgram,
  mvProgram,
  readlinkProgram,
  realpathProgram,
  rmProgram,
  rmdirProgram,
  statProgram,
  touchProgram,
} from './change-files.ts';
import { base64Program, checksumProgram } from './checksums.ts';
import {
  cutProgram,
  headProgram,
  revProgram,
  seqProgram,
  tacProgram,
  tailProgram,
  teeProgram,
  trProgram,
  uniqProgram,
  wcProgram,
  yesProgram,
} from './filters.ts';
import { diffProgram } from './diff.ts';
import { exprProgram } from './expr.ts';
import { grepProgram } from './grep.ts';
import { hexdumpProgram } from './hexdump.ts';
import { mountProgram, uptimeProgram } from './host.ts';
import { lsProgram } from './list-files.ts';
import { crictl } from './crictl.ts';
import { journalctlProgram } from './journalctl.ts';
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
import { busyboxPsProgram, psProgram } from './ps.ts';
import { systemctlProgram } from './systemctl.ts';
import { tarProgram } from './tar.ts';
import { watchProgram } from './watch.ts';

/** The everyday tools: coreutils, grep, sed, findutils, procps, pagers, editors, jq. */
export const tools: readonly (readonly [name: string, program: Program])[] = [
  ['[', testProgram],
  ['awk', awkProgram],
  ['base64', base64Program],
  ['basename', basenameProgram],
  ['cat', catProgram],
  ['chmod', chmodProgram],
  ['clear', clearProgram],
  ['cp', cpProgram],
  ['crictl', crictl],
  ['cut', cutProgram],
  ['date', dateProgram],
  ['diff', diffProgram],
  ['dirname', dirnameProgram],
  ['echo', echoProgram],
  ['egrep', grepProgram],
  ['env', envProgram],
  ['expr', exprProgram],
  ['false', falseProgram],
  ['fgrep', grepProgram],
  ['find', findProgram],
  ['grep', grepProgram],
  ['head', headProgram],
  ['hexdump', hexdumpProgram],
  ['hostname', hostnameProgram],
  ['id', idProgram],
  ['jq', jqProgram],
  ['kill', killProgram],
  ['journalctl', journalctlProgram],
  ['less', lessProgram],
  ['ln', lnProgram],
  ['ls', lsProgram],
  ['md5sum', checksumProgram],
  ['mkdir', mkdirProgram],
  ['more', lessProgram],
  ['mount', mountProgram],
  ['mv', mvProgram],
  ['nano', nanoProgram],
  ['nohup', nohupProgram],
  ['printenv', printenvProgram],
  ['printf', printfProgram],
  ['ps', psProgram],
  ['busybox-ps', busyboxPsProgram],
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
  ['sleep', sleepProgram],
  ['sort', sortProgram],
  ['stat', statProgram],
  ['tac', tacProgram],
  ['tail', tailProgram],
  ['systemctl', systemctlProgram],
  ['tar', tarProgram],
  ['tee', teeProgram],
  ['test', testProgram],
  ['time', timeProgram],
  ['timeout', timeoutProgram],
  ['touch', touchProgram],
  ['tr', trProgram],
  ['true', trueProgram],
  ['uname', unameProgram],
  ['uptime', uptimeProgram],
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
