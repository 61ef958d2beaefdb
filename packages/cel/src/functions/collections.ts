import { CelFailure, noSuchOverload } from '../problems.ts';
import {
  CelDuration,
  CelOptional,
  CelUint,
  checkedInt,
  checkedUint,
  equal,
  isList,
  order,
} from '../values.ts';
import type { CelValue, Meter } from '../values.ts';
import type { Library } from './function.ts';
import { expectArguments, intArgument } from './function.ts';

/** What flattening, slicing and ranges may make. */
const MAX_ITEMS = 100_000;

function listArgument(args: readonly CelValue[], index: number): readonly CelValue[] {
  const value = args[index];
  if (value === undefined || !isList(value)) throw noSuchOverload();
  return value;
}

function isSorted(args: readonly CelValue[], meter: Meter): CelValue {
  const list = listArgument(args, 0);
  meter.spend(list.length);
  return list.every((item, index) => index === 0 || order(list[index - 1] ?? null, item) <= 0);
}

function sum(args: readonly CelValue[], meter: Meter): CelValue {
  const list = listArgument(args, 0);
  meter.spend(list.length);
  let total: CelValue = 0n;
  for (const [index, item] of list.entries()) {
    if (index === 0) total = item;
    else if (typeof total === 'bigint' && typeof item === 'bigint') total = checkedInt(total + item);
    else if (typeof total === 'number' && typeof item === 'number') total += item;
    else if (total instanceof CelUint && item instanceof CelUint)
      total = checkedUint(total.value + item.value);
    else if (total instanceof CelDuration && item instanceof CelDuration)
      total = new CelDuration(checkedInt(total.nanos + item.nanos));
    else throw noSuchOverload();
  }
  return total;
}

function extreme(name: 'min' | 'max'): (args: readonly CelValue[], meter: Meter) => CelValue {
  return (args, meter) => {
    const list = listArgument(args, 0);
    meter.spend(list.length);
    let [best] = list;
    if (best === undefined) throw new CelFailure(`${name} called on empty list`);
    for (const item of list) {
      const compared = order(item, best);
      if (name === 'min' ? compared < 0 : compared > 0) best = item;
    }
    return best;
  };
}

function indexIn(args: readonly CelValue[], meter: Meter): CelValue {
  expectArguments(args, 2);
  return BigInt(listArgument(args, 0).findIndex((item) => equal(item, args[1] ?? null, meter)));
}

function lastIndexIn(args: readonly CelValue[], meter: Meter): CelValue {
  expectArguments(args, 2);
  return BigInt(listArgument(args, 0).findLastIndex((item) => equal(item, args[1] ?? null, meter)));
}

function includes(list: readonly CelValue[], item: CelValue, meter: Meter): boolean {
  return list.some((each) => equal(each, item, meter));
}

function flatten(list: readonly CelValue[], depth: number, meter: Meter): CelValue[] {
  meter.spend(list.length);
  const result = list.flatMap((item) =>
    isList(item) && depth > 0 ? flatten(item, depth - 1, meter) : [item],
  );
  if (result.length > MAX_ITEMS) throw new CelFailure('the list has too many items');
  return result;
}

function distinct(args: readonly CelValue[], meter: Meter): CelValue {
  const result: CelValue[] = [];
  for (const item of listArgument(args, 0)) if (!includes(result, item, meter)) result.push(item);
  return result;
}

export const collectionLibrary: Library = {
  globals: {
    'sets.contains': (args, meter) => {
      const [all, some] = [listArgument(args, 0), listArgument(args, 1)];
      return some.every((item) => includes(all, item, meter));
    },
    'sets.equivalent': (args, meter) => {
      const [left, right] = [listArgument(args, 0), listArgument(args, 1)];
      return (
        left.every((item) => includes(right, item, meter)) &&
        right.every((item) => includes(left, item, meter))
      );
    },
    'sets.intersects': (args, meter) => {
      const [left, right] = [listArgument(args, 0), listArgument(args, 1)];
      return left.some((item) => includes(right, item, meter));
    },
    'lists.range': (args, meter) => {
      const length = intArgument(args, 0);
      if (length > MAX_ITEMS) throw new CelFailure('the list has too many items');
      meter.spend(Math.max(0, length));
      return Array.from({ length: Math.max(0, length) }, (_, index) => BigInt(index));
    },
  },
  members: {
    isSorted,
    sum,
    min: extreme('min'),
    max: extreme('max'),
    indexOf: indexIn,
    lastIndexOf: lastIndexIn,
    distinct,
    flatten: (args, meter) => {
      expectArguments(args, 1, 2);
      const depth = args.length === 2 ? intArgument(args, 1) : 1;
      if (depth < 0) throw new CelFailure('level must be non-negative');
      return flatten(listArgument(args, 0), Math.min(depth, 20), meter);
    },
    reverse: (args, meter) => {
      const list = listArgument(args, 0);
      meter.spend(list.length);
      return list.toReversed();
    },
    slice: (args, meter) => {
      expectArguments(args, 3);
      const list = listArgument(args, 0);
      const [start, end] = [intArgument(args, 1), intArgument(args, 2)];
      if (start < 0 || end < 0)
        throw new CelFailure(`cannot slice(${start}, ${end}), negative indexes not supported`);
      if (start > end)
        throw new CelFailure(
          `cannot slice(${start}, ${end}), start index must be less than or equal to end index`,
        );
      if (end > list.length)
        throw new CelFailure(`cannot slice(${start}, ${end}), list is length ${list.length}`);
      meter.spend(end - start);
      return list.slice(start, end);
    },
    sort: (args, meter) => {
      const list = listArgument(args, 0);
      meter.spend(list.length * Math.ceil(Math.log2(list.length + 2)));
      return list.toSorted(order);
    },
    first: (args) => new CelOptional(listArgument(args, 0)[0]),
    last: (args) => new CelOptional(listArgument(args, 0).at(-1)),
  },
};
