import { SYSTEMD_SERVICE } from '@podwire/kubesim';
import type { Systemd, SystemdUnit } from '@podwire/kubesim';
import type { Process, Task } from '@podwire/machine';
import { complain, print } from '../stdio/output.ts';
import { taskProgram } from '../stdio/program.ts';
import { formatDate } from '../text/date.ts';

/** Exit codes of systemctl(1), as the LSB says them. */
const NOT_RUNNING = 3;
const NO_SUCH_UNIT = 4;
const NOT_FOUND = 5;
const VERBS = ['is-active', 'restart', 'start', 'status', 'stop', 'try-restart'];

/** systemctl of a node: starts, stops and shows its units. */
export const systemctlProgram = taskProgram(function* (process) {
  const words = process.argv.slice(1).filter((word) => word !== '--no-pager');
  const option = words.find((word) => word.startsWith('-'));
  const [verb, ...names] = words;
  const systemd = process.machine.service(SYSTEMD_SERVICE) as Systemd | undefined;
  if (systemd === undefined)
    return yield* complain(
      process,
      "System has not been booted with systemd as init system (PID 1). Can't operate.",
    );
  if (option !== undefined)
    return yield* complain(process, `systemctl: ${option} is not part of this simulation`);
  if (verb === undefined || !VERBS.includes(verb))
    return yield* complain(
      process,
      `systemctl: ${verb === undefined ? 'a list of all units' : `"${verb}"`} is not part of this simulation; there are ${VERBS.join(', ')}`,
    );
  if (names.length === 0) return yield* complain(process, 'Too few arguments.');
  let code = 0;
  for (const name of names) code = (yield* runVerb(process, systemd, verb, name)) || code;
  return code;
});

function* runVerb(process: Process, systemd: Systemd, verb: string, name: string): Task {
  const unit = systemd.unit(name);
  const full = name.includes('.') ? name : `${name}.service`;
  if (verb === 'is-active') {
    yield* print(process, unit?.active === true ? 'active\n' : 'inactive\n');
    return unit === undefined ? NO_SUCH_UNIT : unit.active ? 0 : NOT_RUNNING;
  }
  if (unit === undefined) {
    if (verb === 'status') return yield* complain(process, `Unit ${full} could not be found.`, NO_SUCH_UNIT);
    return yield* complain(process, `Failed to ${verb} ${full}: Unit ${full} not found.`, NOT_FOUND);
  }
  if (verb === 'status') {
    yield* print(process, statusText(unit, process.nowMs()));
    return unit.active ? 0 : NOT_RUNNING;
  }
  if (verb === 'stop' || verb === 'restart' || (verb === 'try-restart' && unit.active))
    systemd.setActive(name, false);
  if (verb === 'start' || verb === 'restart' || (verb === 'try-restart' && unit.active))
    systemd.setActive(name, true);
  return 0;
}

function statusText(unit: SystemdUnit, nowMs: number): string {
  const since = `since ${formatDate('%a %Y-%m-%d %H:%M:%S UTC', unit.sinceMs)}; ${ago(nowMs - unit.sinceMs)} ago`;
  return [
    `${unit.active ? '●' : '○'} ${unit.name} - ${unit.description}`,
    `     Loaded: loaded (/etc/systemd/system/${unit.name}; enabled; preset: enabled)`,
    `     Active: ${unit.active ? 'active (running)' : 'inactive (dead)'} ${since}`,
    '',
  ].join('\n');
}

/** `1min 5s`, as systemd tells spans. */
function ago(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}min${seconds % 60 === 0 || minutes >= 10 ? '' : ` ${seconds % 60}s`}`;
  return `${Math.floor(minutes / 60)}h${minutes % 60 === 0 ? '' : ` ${minutes % 60}min`}`;
}
