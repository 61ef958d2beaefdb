import type { Manifest } from '../manifest.ts';
import type { Slip } from './slip.ts';
import { at, changed, dropped, indexesAt } from './edit.ts';
import type { Path } from './edit.ts';
import { portSlips } from './ports.ts';
import { labelSlips } from './labels.ts';

export function ingressSlips(manifest: Manifest): readonly Slip[] {
  const rules = ['spec', 'rules'];
  const several = indexesAt(manifest, rules).length > 1;
  return [
    ...stringSlip('change-class', manifest, ['spec', 'ingressClassName'], 'mutant'),
    ...labelSlips(manifest, ['metadata', 'annotations'], 'annotation'),
    ...indexesAt(manifest, rules).flatMap((index) => {
      const paths = [...rules, index, 'http', 'paths'];
      return [
        ...(several ? [dropped('drop-rule', manifest, [...rules, index])] : []),
        ...stringSlip('change-host', manifest, [...rules, index, 'host'], 'mutant.example'),
        ...indexesAt(manifest, paths).flatMap((inner) => pathSlips(manifest, [...paths, inner])),
      ];
    }),
  ];
}

function pathSlips(manifest: Manifest, path: Path): readonly Slip[] {
  const type = at(manifest, [...path, 'pathType']);
  const service = [...path, 'backend', 'service'];
  return [
    ...stringSlip('change-path', manifest, [...path, 'path'], '/mutant'),
    ...(type === 'Prefix' ? [changed('change-path-type', manifest, [...path, 'pathType'], 'Exact')] : []),
    ...(type === 'Exact' ? [changed('change-path-type', manifest, [...path, 'pathType'], 'Prefix')] : []),
    ...stringSlip('change-backend', manifest, [...service, 'name'], 'mutant'),
    ...portSlips(manifest, [...service, 'port'], ['number', 'name']).filter(
      ({ operator }) => operator === 'change-port',
    ),
  ];
}

function stringSlip(operator: string, manifest: Manifest, path: Path, value: string): readonly Slip[] {
  return typeof at(manifest, path) === 'string' ? [changed(operator, manifest, path, value)] : [];
}
