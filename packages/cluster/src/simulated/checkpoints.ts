import type { ClusterSnapshot } from '@podwire/kubesim';
import type { JournalRecord } from '../journal.ts';

/** What the checkpoints of one worker may take together: a paused lab has no room of its own, only a share of this. */
const MAX_BYTES = 64 * 1_048_576;
const MAX_CHECKPOINTS = 256;
/** Of one cluster: its latest, and some to step back to. */
const MAX_PER_CLUSTER = 8;

interface Checkpoint {
  readonly clusterId: string;
  readonly sequence: number;
  readonly digest: number;
  readonly snapshot: ClusterSnapshot;
}

/** A running digest of a journal, so that a checkpoint is found only by the very records that led to it. */
export class JournalDigest {
  #high = 0xdeadbeef;
  #low = 0x41c6ce57;

  add(record: JournalRecord): void {
    for (const character of JSON.stringify(record)) {
      const code = character.codePointAt(0) ?? 0;
      this.#high = Math.imul(this.#high ^ code, 2_654_435_761);
      this.#low = Math.imul(this.#low ^ code, 1_597_334_677);
    }
  }

  /** 53 bits: within one cluster's journal, where its owner gains nothing from a clash. */
  get value(): number {
    return (this.#high & 0x1f_ffff) * 2 ** 32 + (this.#low >>> 0);
  }
}

/** Moments of clusters from which a replay can begin. The least recently used go first. */
export class Checkpoints {
  readonly #kept = new Set<Checkpoint>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#kept.size;
  }

  keep(checkpoint: Checkpoint): void {
    if (checkpoint.snapshot.bytes > MAX_BYTES) return;
    this.#kept.add(checkpoint);
    this.#bytes += checkpoint.snapshot.bytes;
    this.#thin(checkpoint.clusterId);
    for (const oldest of this.#kept) {
      if (this.#bytes <= MAX_BYTES && this.#kept.size <= MAX_CHECKPOINTS) return;
      this.#drop(oldest);
    }
  }

  /** Every other one of a cluster that has too many, but its latest: what is longer ago is further apart. */
  #thin(clusterId: string): void {
    const own = [...this.#kept].filter((each) => each.clusterId === clusterId);
    if (own.length <= MAX_PER_CLUSTER) return;
    own.sort((left, right) => left.sequence - right.sequence);
    for (let index = own.length - 2; index >= 0; index -= 2) {
      const surplus = own[index];
      if (surplus !== undefined) this.#drop(surplus);
    }
  }

  #drop(checkpoint: Checkpoint): void {
    if (this.#kept.delete(checkpoint)) this.#bytes -= checkpoint.snapshot.bytes;
  }

  /** The latest moment of this very past; the replay goes on after its `sequence`. */
  latest(clusterId: string, records: readonly JournalRecord[]): Checkpoint | undefined {
    const own = [...this.#kept].filter((each) => each.clusterId === clusterId);
    if (own.length === 0) return undefined;
    const digest = new JournalDigest();
    let best: Checkpoint | undefined;
    for (const record of records) {
      digest.add(record);
      best = own.find((each) => each.sequence === record.sequence && each.digest === digest.value) ?? best;
    }
    if (best === undefined) return undefined;
    // The most recently used is the last to go.
    this.#kept.delete(best);
    this.#kept.add(best);
    return best;
  }

  /** The cluster is gone for good. */
  forget(clusterId: string): void {
    for (const each of [...this.#kept]) if (each.clusterId === clusterId) this.#drop(each);
  }
}
