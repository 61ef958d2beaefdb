import type { TaskProgram } from '@podwire/machine';
import { complain, writeText } from '../stdio/output.ts';
import { resolveHost } from './resolver.ts';

const NOT_FOUND = 2;
const ADDRESS_COLUMNS = 15;

/** glibc's getent, for the one database that names of hosts are in. */
export const getent: TaskProgram = {
  kind: 'task',
  *run(process) {
    const [database, ...keys] = process.argv.slice(1);
    if (database === undefined) return yield* complain(process, 'getent: wrong number of arguments');
    if (database !== 'hosts' && database !== 'ahosts' && database !== 'ahostsv4')
      return yield* complain(process, `getent: the database ${database} is not part of this simulation`);
    let code = 0;
    for (const key of keys) {
      const found = yield* resolveHost(process, key);
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
