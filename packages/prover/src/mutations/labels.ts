import type { Manifest } from '../manifest.ts';
import { isMap } from '../manifest.ts';
import type { Slip } from './slip.ts';
import { at, changed, dropped, indexesAt } from './edit.ts';
import type { Path } from './edit.ts';

/** A label's value that no lab has. */
const OTHER_VALUE = 'mutant';

/** Of a map of labels: each value is another, and each key is left out. */
export function labelSlips(manifest: Manifest, path: Path, prefix = 'label'): readonly Slip[] {
  const labels = at(manifest, path);
  if (!isMap(labels)) return [];
  return Object.keys(labels).flatMap((key) => [
    changed(`flip-${prefix}`, manifest, [...path, key], OTHER_VALUE),
    dropped(`drop-${prefix}`, manifest, [...path, key]),
  ]);
}

/** Of a LabelSelector: its labels, and its expressions turned round or left out. */
export function selectorSlips(manifest: Manifest, path: Path): readonly Slip[] {
  if (!isMap(at(manifest, path))) return [];
  const expressions = [...path, 'matchExpressions'];
  return [
    ...labelSlips(manifest, [...path, 'matchLabels'], 'selector'),
    ...indexesAt(manifest, expressions).flatMap((index) => {
      const operator = at(manifest, [...expressions, index, 'operator']);
      const turned = typeof operator === 'string' ? OPPOSITES[operator] : undefined;
      return [
        ...(turned === undefined
          ? []
          : [changed('flip-selector', manifest, [...expressions, index, 'operator'], turned)]),
        dropped('drop-selector', manifest, [...expressions, index]),
      ];
    }),
  ];
}

const OPPOSITES: Readonly<Record<string, string>> = {
  In: 'NotIn',
  NotIn: 'In',
  Exists: 'DoesNotExist',
  DoesNotExist: 'Exists',
};
