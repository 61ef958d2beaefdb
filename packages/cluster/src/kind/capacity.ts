import { freemem } from 'node:os';
import type { Lab } from '@podwire/lab';
import type { NodeContainer } from './docker-host.ts';

const MEBIBYTE = 1_024 * 1_024;
type Role = NodeContainer['role'];

/** What a node takes before one of this process's was measured: figures of `npm run bench:kind`. */
const FIRST_ESTIMATE: Readonly<Record<Role, number>> = {
  'control-plane': 900 * MEBIBYTE,
  worker: 350 * MEBIBYTE,
};
/** Kept free for the host itself, and for what learners' pods take beyond a cluster at rest. */
const HOST_RESERVE_BYTES = 1_024 * MEBIBYTE;
/** How much a new measurement counts beside the old ones. */
const WEIGHT_OF_NEWEST = 0.3;

/** What this machine has room for, from the memory that is free and what clusters were measured to take. */
export class Capacity {
  readonly #free: () => number;
  readonly #measured: Record<Role, number> = { ...FIRST_ESTIMATE };
  /** Of clusters that have begun to start: what they will take, free as it still looks. */
  readonly #promised = new Map<string, number>();

  constructor(free: () => number = freemem) {
    this.#free = free;
  }

  bytesFor({ nodes }: Pick<Lab['cluster'], 'nodes'>): number {
    return this.#measured['control-plane'] + (nodes - 1) * this.#measured.worker;
  }

  /** Below zero when the host is short of memory. */
  get freeBytes(): number {
    let promised = 0;
    for (const bytes of this.#promised.values()) promised += bytes;
    return this.#free() - promised - HOST_RESERVE_BYTES;
  }

  promise(id: string, bytes: number): void {
    this.#promised.set(id, bytes);
  }

  /** It is there (and its memory in use), or it never will be. */
  settle(id: string): void {
    this.#promised.delete(id);
  }

  measured(role: Role, bytes: number): void {
    this.#measured[role] += (bytes - this.#measured[role]) * WEIGHT_OF_NEWEST;
  }
}

/** For people. */
export function inGibibytes(bytes: number): string {
  return `${(Math.max(0, bytes) / (1_024 * MEBIBYTE)).toFixed(1)} GiB`;
}
