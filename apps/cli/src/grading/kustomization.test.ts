import { describe, expect, it } from 'vitest';
import { kustomizationOf } from './kustomization.ts';

const files = (given: Readonly<Record<string, string>>) =>
  Object.entries(given).map(([path, text]) => ({ path, text }));

describe('the kustomization of a submission', () => {
  it.each([
    ['none', { 'a.yaml': 'kind: Service' }, { kind: 'none' }],
    [
      'the one at its top, whatever lies below',
      { 'kustomization.yaml': 'resources: [a.yaml]', 'old/kustomization.yaml': 'resources: [b.yaml]' },
      { kind: 'one', folder: '' },
    ],
    [
      'the overlay, not the base that it builds on',
      {
        'base/kustomization.yml': 'resources: [a.yaml]',
        'overlays/prod/Kustomization': 'resources:\n  - ../../base/\n',
      },
      { kind: 'one', folder: 'overlays/prod' },
    ],
    [
      'not to be told where two overlays stand side by side',
      {
        'base/kustomization.yaml': 'resources: [a.yaml]',
        'dev/kustomization.yaml': 'resources: [../base]',
        'prod/kustomization.yaml': 'bases: [../base]',
      },
      { kind: 'several', folders: ['dev', 'prod'] },
    ],
    [
      'not to be told where two build on one another',
      { 'a/kustomization.yaml': 'resources: [../b]', 'b/kustomization.yaml': 'resources: [../a]' },
      { kind: 'several', folders: ['a', 'b'] },
    ],
    [
      'one that can’t be read: the build says why',
      { 'app/kustomization.yaml': 'resources: [' },
      { kind: 'one', folder: 'app' },
    ],
    [
      'one that holds no map',
      { 'app/kustomization.yaml': '- 1\n', 'app/a.yaml': '' },
      { kind: 'one', folder: 'app' },
    ],
    [
      'one with a bomb of aliases',
      { 'app/kustomization.yaml': `a: &a [x, x]\nb: &b [${'*a, '.repeat(60)}]\nc: [${'*b, '.repeat(60)}]\n` },
      { kind: 'one', folder: 'app' },
    ],
  ])('is %s', (_what, given, expected) => {
    expect(kustomizationOf(files(given as Readonly<Record<string, string>>))).toEqual(expected);
  });
});
