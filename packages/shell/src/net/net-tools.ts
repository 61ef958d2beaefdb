import type { Process, Task, TaskProgram } from '@podwire/machine';
import { complain, print } from '../stdio/output.ts';

/** net-tools' route: looks only, at IPv4. */
export const route: TaskProgram = {
  kind: 'task',
  *run(process) {
    const args = process.argv.slice(1).filter((arg) => arg !== '-n' && arg !== '-4');
    if (args.length > 0)
      return yield* complain(
        process,
        'route: only "route" and "route -n" are part of this simulation; change routes with ip route',
        3,
      );
    return yield* printRoutes(process, { numeric: process.argv.includes('-n'), form: 'route' });
  },
};

/** The table of IPv4 routes in the columns of route(8) or of `netstat -r`. */
export function* printRoutes(
  process: Process,
  { numeric, form }: { readonly numeric: boolean; readonly form: 'route' | 'netstat' },
): Task {
  const columns = form === 'route' ? 'Flags Metric Ref    Use Iface' : 'Flags   MSS Window  irtt Iface';
  yield* print(
    process,
    `Kernel IP routing table\nDestination     Gateway         Genmask         ${columns}\n`,
  );
  const routes = process.net.network
    .routes(process.net.netns)
    .filter(({ destination }) => !destination.includes(':'))
    .toSorted((left, right) => prefixOf(left.destination) - prefixOf(right.destination));
  for (const { destination, via, metric, interfaceName } of routes) {
    const [address = '', prefix = '32'] = destination.split('/');
    const isDefault = prefix === '0';
    const flags = `U${via === undefined ? '' : 'G'}${prefix === '32' ? 'H' : ''}`;
    const counts =
      form === 'route'
        ? [String(metric ?? 0).padEnd(6), '0'.padStart(3), '0'.padStart(8)]
        : ['0'.padStart(5), '0'.padEnd(6), '0'.padStart(5)];
    const cells = [
      (isDefault && !numeric ? 'default' : address).padEnd(15),
      (via ?? '0.0.0.0').padEnd(15),
      maskOf(Number(prefix)).padEnd(15),
      flags.padEnd(5),
      ...counts,
    ];
    yield* print(process, `${cells.join(' ')} ${interfaceName}\n`);
  }
  return 0;
}

export function prefixOf(cidr: string): number {
  return Number(cidr.split('/')[1] ?? 0);
}

function maskOf(prefix: number): string {
  return [0, 8, 16, 24].map((done) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefix - done)))).join('.');
}

/** net-tools' arp: looks only. */
export const arp: TaskProgram = {
  kind: 'task',
  *run(process) {
    const args = process.argv.slice(1).filter((arg) => !['-n', '-a', '-e', '-an'].includes(arg));
    if (args.length > 0)
      return yield* complain(
        process,
        'arp: only -n, -a and -e are part of this simulation; change entries with ip neigh',
      );
    const known = process.net.network
      .neighbors(process.net.netns)
      .filter(({ address }) => !address.includes(':'));
    const inBsdStyle = process.argv.some((arg) => arg === '-a' || arg === '-an');
    if (!inBsdStyle && known.length > 0)
      yield* print(
        process,
        'Address                  HWtype  HWaddress           Flags Mask            Iface\n',
      );
    for (const { address, mac, state, interfaceName } of known) {
      const flags = state === 'PERMANENT' ? 'CM' : 'C';
      if (inBsdStyle) {
        const where = mac === undefined ? '<incomplete>' : `${mac} [ether]`;
        yield* print(process, `? (${address}) at ${where} on ${interfaceName}\n`);
      } else if (mac === undefined) {
        yield* print(
          process,
          `${address.padEnd(24)}         (incomplete)${' '.repeat(30)}${interfaceName}\n`,
        );
      } else {
        const place = `${address.padEnd(24)} ether   ${mac}   ${flags.padEnd(21)}`;
        yield* print(process, `${place} ${interfaceName}\n`);
      }
    }
    return 0;
  },
};

/** Programs that people reach for on a node or in netshoot, and what does their work here. */
const REFUSED: Readonly<Record<string, string>> = {
  chroot:
    'a new root is not part of this simulation; the files of a node are under /host, and its own tools in its shell',
  df: 'disks have no size in this simulation; ls -l and stat tell how large a file is',
  free: 'nothing uses memory in this simulation; kubectl describe node tells what is requested',
  top: 'nothing uses CPU or memory in this simulation; ps tells what runs',
  ethtool: 'the settings of a link are not part of this simulation; ip -d link shows what there is',
  mtr: 'not part of this simulation; traceroute and ping are',
  nmap: 'not part of this simulation; nc -zv asks one port',
  sysctl: 'the kernel’s settings cannot be read or changed in this simulation',
  tracepath: 'not part of this simulation; traceroute and ping -M do are',
};

function refusing(name: string, why: string): TaskProgram {
  return {
    kind: 'task',
    *run(process: Process) {
      return yield* complain(process, `${name}: ${why}`);
    },
  };
}

/** Each says why it does nothing, so that nobody takes it for missing from the image. */
export const refusedTools: readonly (readonly [string, TaskProgram])[] = Object.entries(REFUSED).map(
  ([name, why]) => [name, refusing(name, why)],
);
