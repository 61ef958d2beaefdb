import type { Script } from '../script.ts';
import { POD, SHOP } from './manifests.ts';

const FILES = {
  'base/kustomization.yaml':
    'resources:\n- shop.yaml\nconfigMapGenerator:\n- name: web-config\n  literals:\n  - mode=fast\n  files:\n  - page.html\nsecretGenerator:\n- name: web-key\n  literals:\n  - a=b\n',
  'base/shop.yaml': SHOP,
  'base/page.html': '<h1>hi</h1>\n',
  'over/kustomization.yaml':
    'resources:\n- ../base\nnamespace: test\nnamePrefix: t-\nnameSuffix: -x\ncommonLabels:\n  env: test\ncommonAnnotations:\n  team: net\nimages:\n- name: nginx\n  newTag: 1.27.3\nreplicas:\n- name: web\n  count: 5\npatches:\n- path: patch.yaml\n- target:\n    kind: Service\n    name: web\n  patch: |-\n    - op: replace\n      path: /spec/ports/0/port\n      value: 8080\n',
  'over/patch.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  template:\n    spec:\n      containers:\n      - name: nginx\n        envFrom:\n        - configMapRef:\n            name: web-config\n        env:\n        - name: A\n          valueFrom:\n            secretKeyRef:\n              name: web-key\n              key: a\n',
  'labels/kustomization.yaml':
    'resources:\n- ../base/../labels/d.yaml\nlabels:\n- pairs:\n    a: b\n- pairs:\n    c: d\n  includeSelectors: true\n',
  'labels/d.yaml': SHOP,
  'bad1/kustomization.yaml': 'resources:\n- nope.yaml\n',
  'bad2/kustomization.yaml': 'resources:\n- ../pod.yaml\n',
  'bad3/kustomization.yaml': 'patches:\n- path: nope.yaml\n',
  'bad4/kustomization.yaml':
    'resources:\n- d.yaml\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: Service\n    metadata:\n      name: nope\n',
  'bad4/d.yaml': POD,
  'empty/kustomization.yaml': '',
};

export const KUSTOMIZING: readonly Script[] = [
  {
    title: 'kustomize',
    files: { ...FILES, 'pod.yaml': POD },
    lines: [
      'kustomize base',
      'kustomize over',
      'kustomize labels',
      'kustomize',
      'kustomize nope',
      'kustomize a b',
      'kustomize bad1',
      'kustomize bad2',
      'kustomize bad3',
      'kustomize bad4',
      'kustomize empty',
      'create ns shop',
      'create ns test',
      'apply -k base',
      'apply -k over',
      'diff -k over',
      'get -k base',
      'delete -k over',
      'apply -k nope',
    ],
  },
];
