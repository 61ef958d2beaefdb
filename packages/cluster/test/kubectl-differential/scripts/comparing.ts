import type { Script } from '../script.ts';
import { BAD, ELSEWHERE, POD, SECRET, SHOP, SHOP_CHANGED } from './manifests.ts';

export const COMPARING: readonly Script[] = [
  {
    title: 'diff',
    files: {
      'shop.yaml': SHOP,
      'pod.yaml': POD,
      'shop2.yaml': SHOP_CHANGED,
      'secret.yaml': SECRET,
      'ns.yaml': ELSEWHERE,
      'bad.yaml': BAD,
    },
    lines: [
      'create ns shop',
      'diff -f shop.yaml',
      'apply -f shop.yaml',
      'diff -f shop.yaml',
      'diff -f pod.yaml',
      'diff -f pod.yaml --server-side',
      'apply -f pod.yaml',
      'diff -f shop2.yaml',
      'diff -f missing.yaml',
      'diff',
      'diff x',
      'diff --nonsense',
      'diff -f shop.yaml --force-conflicts',
      'diff -f secret.yaml',
      'diff -f shop2.yaml --server-side',
      'diff -f bad.yaml',
      'diff -f shop.yaml -n other',
      'diff -f ns.yaml',
    ],
  },
];
