import type { Process } from '@podwire/machine';
import { cidrContains } from '@podwire/netsim';

/** RFC 6724 section 2.1, as musl and Go have it: which kind of address goes before which, and what belongs together. */
const POLICIES: readonly { readonly prefix: string; readonly precedence: number; readonly label: number }[] =
  [
    { prefix: '::1/128', precedence: 50, label: 0 },
    { prefix: '0.0.0.0/0', precedence: 35, label: 4 },
    { prefix: '2002::/16', precedence: 30, label: 2 },
    { prefix: '2001::/32', precedence: 5, label: 5 },
    { prefix: 'fc00::/7', precedence: 3, label: 13 },
    { prefix: '::/0', precedence: 40, label: 1 },
  ];
/** Any will do: no packet is sent. */
const DISCARD_PORT = 9;

/** RFC 6724 section 3.1, from the narrowest to the widest. */
const SCOPES: readonly { readonly prefix: string; readonly scope: number }[] = [
  { prefix: '127.0.0.0/8', scope: 2 },
  { prefix: '169.254.0.0/16', scope: 2 },
  { prefix: '::1/128', scope: 2 },
  { prefix: 'fe80::/10', scope: 2 },
];
const GLOBAL_SCOPE = 14;

interface Destination {
  readonly address: string;
  /** Where a connection to it would come from; undefined without a route. */
  readonly source: string | undefined;
}

/**
 * The order in which a program tries addresses (RFC 6724 section 6): those that it has a way to first, then those of its
 * own scope and kind, then IPv4 before unique local IPv6; the order of the answer decides the rest.
 */
export function orderedDestinations(process: Process, addresses: readonly string[]): readonly string[] {
  if (addresses.length < 2) return addresses;
  return addresses
    .map((address): Destination => ({ address, source: sourceFor(process, address) }))
    .toSorted(compare)
    .map(({ address }) => address);
}

function compare(left: Destination, right: Destination): number {
  return (
    rank(right.source !== undefined) - rank(left.source !== undefined) ||
    rank(isMatched(right, scopeOf)) - rank(isMatched(left, scopeOf)) ||
    rank(isMatched(right, labelOf)) - rank(isMatched(left, labelOf)) ||
    policyOf(right.address).precedence - policyOf(left.address).precedence ||
    scopeOf(left.address) - scopeOf(right.address)
  );
}

function rank(holds: boolean): number {
  return holds ? 1 : 0;
}

function isMatched({ address, source }: Destination, of: (address: string) => number): boolean {
  return source !== undefined && of(address) === of(source);
}

function policyOf(address: string): { readonly precedence: number; readonly label: number } {
  return POLICIES.find(({ prefix }) => cidrContains(prefix, address)) ?? { precedence: 0, label: -1 };
}

function labelOf(address: string): number {
  return policyOf(address).label;
}

function scopeOf(address: string): number {
  return SCOPES.find(({ prefix }) => cidrContains(prefix, address))?.scope ?? GLOBAL_SCOPE;
}

/** As getaddrinfo asks the kernel: a UDP socket that is connected, and sends nothing. */
function sourceFor(process: Process, address: string): string | undefined {
  const socket = process.net.connectUdp({ address, port: DISCARD_PORT });
  if (!socket.ok) return undefined;
  const source = process.net.network.socketInfo(socket.value)?.local.address;
  process.net.close(socket.value);
  return source;
}
