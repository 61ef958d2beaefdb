import { complain, print } from '../stdio/output.ts';
import { taskProgram } from '../stdio/program.ts';
import { utf8Decode } from '@podwire/sim';

/** mount(8): looks only. */
export const mountProgram = taskProgram(function* (process) {
  const args = process.argv.slice(1).filter((arg) => arg !== '-l');
  if (args.length > 0)
    return yield* complain(
      process,
      'mount: mounting is not part of this simulation; volumes of a pod are mounted by its spec',
      1,
    );
  const mounts = process.fs.readFile('/proc/mounts');
  for (const line of (mounts.ok ? utf8Decode(mounts.value) : '').split('\n')) {
    const [what, where, type, options] = line.split(' ');
    if (options !== undefined) yield* print(process, `${what} on ${where} type ${type} (${options})\n`);
  }
  return 0;
});

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** uptime(1). Nothing here waits for a processor, so the load is none. */
export const uptimeProgram = taskProgram(function* (process) {
  const option = process.argv[1];
  if (option !== undefined)
    return yield* complain(process, `uptime: ${option} is not part of this simulation`, 1);
  const file = process.fs.readFile('/proc/uptime');
  const seconds = Math.floor(Number((file.ok ? utf8Decode(file.value) : '0').split(' ')[0]));
  const now = new Date(process.nowMs()).toISOString().slice(11, 19);
  const days = Math.floor(seconds / DAY_S);
  const hours = Math.floor((seconds % DAY_S) / HOUR_S);
  const minutes = Math.floor((seconds % HOUR_S) / MINUTE_S);
  const whole = days === 0 ? '' : `${days} day${days === 1 ? '' : 's'}, `;
  const rest =
    hours === 0 ? `${minutes} min` : `${String(hours).padStart(2)}:${String(minutes).padStart(2, '0')}`;
  yield* print(process, ` ${now} up ${whole}${rest},  0 users,  load average: 0.00, 0.00, 0.00\n`);
  return 0;
});
