import type { Cidr, IpAddress } from '../packet.ts';
import { parseCidr, prefixKey } from './cidr.ts';
import { parseIp } from './ip.ts';

interface PrefixTable<Value> {
  readonly version: 4 | 6;
  readonly prefixLength: number;
  readonly entries: Map<number | string, Value>;
}

/**
 * Finds the longest prefix that holds an address with one hash look-up per prefix length in use,
 * however many prefixes there are.
 */
export class CidrIndex<Value> {
  /** Longest prefixes first. */
  readonly #tables: PrefixTable<Value>[] = [];

  /** @throws Error when the text is no CIDR and no address: a broken invariant of whoever made the rules. */
  add(cidr: Cidr, value: Value): void {
    const { version, prefixLength, network } = mustParse(cidr);
    let table = this.#tables.find(
      (candidate) => candidate.version === version && candidate.prefixLength === prefixLength,
    );
    if (table === undefined) {
      table = { version, prefixLength, entries: new Map() };
      this.#tables.push(table);
      this.#tables.sort((left, right) => right.prefixLength - left.prefixLength);
    }
    table.entries.set(prefixKey(network, prefixLength), value);
  }

  /** What was added under exactly this prefix. */
  get(cidr: Cidr): Value | undefined {
    const { version, prefixLength, network } = mustParse(cidr);
    const table = this.#tables.find(
      (candidate) => candidate.version === version && candidate.prefixLength === prefixLength,
    );
    return table?.entries.get(prefixKey(network, prefixLength));
  }

  /** The first value, from the longest prefix on, that `accepts` takes. */
  find(address: IpAddress, accepts?: (value: Value) => boolean): Value | undefined {
    const ip = parseIp(address);
    if (ip === undefined) return undefined;
    for (const table of this.#tables) {
      if (table.version !== ip.version) continue;
      const value = table.entries.get(prefixKey(ip, table.prefixLength));
      if (value !== undefined && (accepts === undefined || accepts(value))) return value;
    }
    return undefined;
  }
}

function mustParse(cidr: string): NonNullable<ReturnType<typeof parseCidr>> {
  const parsed = parseCidr(cidr.includes('/') ? cidr : `${cidr}/${cidr.includes(':') ? 128 : 32}`);
  if (parsed === undefined) throw new Error(`"${cidr}" is not a CIDR`);
  return parsed;
}
