import { fail } from '../failure.ts';

export interface SplitWords {
  readonly resources: readonly string[];
  readonly pairs: readonly string[];
}

/** Parts words into objects and changes: `pods web app=a old-`. Changes come last. */
export function splitPairs(words: readonly string[], what: string): SplitWords {
  const resources: string[] = [];
  const pairs: string[] = [];
  for (const word of words) {
    const isPair = (word.includes('=') && !word.startsWith('=')) || (word.endsWith('-') && word !== '-');
    if (isPair) pairs.push(word);
    else if (pairs.length === 0) resources.push(word);
    else fail(`all resources must be specified before ${what} changes: ${word}`);
  }
  return { resources, pairs };
}

export interface Changes {
  readonly set: ReadonlyMap<string, string>;
  readonly remove: readonly string[];
}

/** `key=value` and `key-`; only the first equals sign parts a pair. */
export function parsePairs(pairs: readonly string[], what: string, removable: boolean): Changes {
  const set = new Map<string, string>();
  const remove: string[] = [];
  const invalid: string[] = [];
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals > 0) set.set(pair.slice(0, equals), pair.slice(equals + 1));
    else if (removable && pair.endsWith('-') && pair !== '-') remove.push(pair.slice(0, -1));
    else invalid.push(pair);
  }
  if (invalid.length > 0) fail(`invalid ${what} format: ${invalid.join(', ')}`);
  return { set, remove };
}
