import type { Process, Task, TaskProgram } from '@podwire/machine';
import { complain, writeText } from '../stdio/output.ts';
import { resolveHost } from './resolver.ts';
import type { Resolution } from './resolver.ts';

const NOT_FOUND = 2;
const ADDRESS_COLUMNS = 15;

const DATABASES: readonly string[] = ['hosts', 'ahosts', 'ahostsv4', 'ahostsv6'];

/** `hosts` asks for IPv6 first, and for IPv4 where there is none; the others as programs do. */
function* lookUp(process: Process, database: string, key: string): Task<Resolution> {
  if (database === 'ahosts') return yield* resolveHost(process, key);
  if (database === 'ahostsv4') return yield* resolveHost(process, key, 4);
  const found = yield* resolveHost(process, key, 6);
  return found.kind === 'found' || database === 'ahostsv6' ? found : yield* resolveHost(process, key, 4);
}

/** glibc's getent, for the one database that names of hosts are in. */
export const getent: TaskProgram = {
  kind: 'task',
  *run(process) {
    const [database, ...keys] = process.argv.slice(1);
    if (database === undefined) return yield* complain(process, 'getent: wrong number of arguments');
    if (!DATABASES.includes(database))
      return yield* complain(process, `getent: the database ${database} is not part of this simulation`);
    let code = 0;
    for (const key of keys) {
      const found = yield* lookUp(process, database, key);
      if (found.kind !== 'found') {
        code = NOT_FOUND;
        continue;
      }
      for (const address of found.addresses) {
        const types = database === 'hosts' ? [found.name] : [`STREAM ${found.name}`, 'DGRAM', 'RAW'];
        for (const text of types)
          yield* writeText(process.stdout, `${address.padEnd(ADDRESS_COLUMNS)} ${text}\n`);
      }
    }
    return code;
  },
};
