import type { Pod } from 'kubernetes-types/core/v1';

export const INDEX_ANNOTATION = 'batch.kubernetes.io/job-completion-index';

/** Completion indexes as ranges, in order and apart from each other: what `1,3-5` in a job's status says. */
export type Indexes = readonly { readonly first: number; readonly last: number }[];

/** Which completion a pod of an Indexed job is for; undefined where it says none. */
export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata?.annotations?.[INDEX_ANNOTATION] ?? '';
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** Ranges beyond the last completion are left out, as are parts that are no ranges. */
export function parseIndexes(text: string | undefined, completions: number): Indexes {
  const found: { first: number; last: number }[] = [];
  for (const part of (text ?? '').split(',')) {
    const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (from === undefined) continue;
    const first = Number(from);
    if (first >= completions) break;
    found.push({ first, last: Math.min(to === undefined ? first : Number(to), completions - 1) });
  }
  return merged(found);
}

export function withIndexes(indexes: Indexes, added: Iterable<number>): Indexes {
  return merged([...indexes, ...[...added].map((index) => ({ first: index, last: index }))]);
}

export function mergeIndexes(left: Indexes, right: Indexes): Indexes {
  return merged([...left, ...right]);
}

function merged(ranges: Indexes): Indexes {
  const result: { first: number; last: number }[] = [];
  for (const range of [...ranges].sort((left, right) => left.first - right.first)) {
    const end = result.at(-1);
    if (end === undefined || range.first > end.last + 1) result.push({ ...range });
    else end.last = Math.max(end.last, range.last);
  }
  return result;
}

export function countIndexes(indexes: Indexes): number {
  return indexes.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

export function hasIndex(indexes: Indexes, index: number): boolean {
  return indexes.some(({ first, last }) => first <= index && index <= last);
}

/** How many of `wanted` are among `indexes`. */
export function countCommon(wanted: Indexes, indexes: Indexes): number {
  let common = 0;
  for (const left of wanted)
    for (const right of indexes)
      common += Math.max(0, Math.min(left.last, right.last) - Math.max(left.first, right.first) + 1);
  return common;
}

/** `0,1` for two in a row, `0-2` for more. */
export function printIndexes(indexes: Indexes): string {
  return indexes
    .map(({ first, last }) =>
      last === first ? `${first}` : last === first + 1 ? `${first},${last}` : `${first}-${last}`,
    )
    .join(',');
}

/** The first `count` indexes below `completions` that are not taken. */
export function firstFree(taken: Indexes, count: number, completions: number): readonly number[] {
  const free: number[] = [];
  let candidate = 0;
  for (const { first, last } of [...taken, { first: completions, last: completions }]) {
    for (; candidate < Math.min(first, completions) && free.length < count; candidate++) free.push(candidate);
    candidate = Math.max(candidate, last + 1);
  }
  return free;
}
