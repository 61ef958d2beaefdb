import type { Manifest } from '../manifest.ts';
import type { MutationContext, Slip } from './slip.ts';
import { at, changed, dropped, indexesAt, listAt, withValue } from './edit.ts';
import type { Path } from './edit.ts';
import { labelSlips } from './labels.ts';

/** Of a pod: its labels, where it runs, its containers and what they were told. */
export function podSlips(manifest: Manifest, context: MutationContext): readonly Slip[] {
  return [...labelSlips(manifest, ['metadata', 'labels']), ...podSpecSlips(manifest, ['spec'], context)];
}

/** Of a Deployment and its like: fewer replicas, other pods. */
export function workloadSlips(manifest: Manifest, context: MutationContext): readonly Slip[] {
  const replicas = at(manifest, ['spec', 'replicas']);
  return [
    ...(typeof replicas === 'number' && replicas > 0
      ? [changed('change-replicas', manifest, ['spec', 'replicas'], replicas - 1)]
      : []),
    ...templateLabelSlips(manifest),
    ...podSpecSlips(manifest, ['spec', 'template', 'spec'], context),
  ];
}

/** The selector must fit the template, so both have the mistake. */
function templateLabelSlips(manifest: Manifest): readonly Slip[] {
  const selector = ['spec', 'selector', 'matchLabels'];
  return labelSlips(manifest, ['spec', 'template', 'metadata', 'labels'])
    .filter(({ operator }) => operator === 'flip-label')
    .map((slip) => {
      const key = Object.keys(at(manifest, selector) ?? {}).find((name) => slip.path.includes(name));
      return key === undefined
        ? slip
        : { ...slip, manifest: withValue(slip.manifest, [...selector, key], 'mutant') };
    });
}

function podSpecSlips(manifest: Manifest, spec: Path, { nodes }: MutationContext): readonly Slip[] {
  const node = at(manifest, [...spec, 'nodeName']);
  const other = nodes.find((name) => name !== node);
  const containers = [...spec, 'containers'];
  const several = listAt(manifest, containers).length > 1;
  return [
    ...(typeof node === 'string' && other !== undefined
      ? [changed('change-node', manifest, [...spec, 'nodeName'], other)]
      : []),
    ...(at(manifest, [...spec, 'hostNetwork']) === true
      ? [dropped('drop-host-network', manifest, [...spec, 'hostNetwork'])]
      : []),
    ...indexesAt(manifest, containers).flatMap((index) => [
      ...(several ? [dropped('drop-container', manifest, [...containers, index])] : []),
      ...argumentSlips(manifest, [...containers, index, 'args']),
      ...indexesAt(manifest, [...containers, index, 'volumeMounts']).map((mount) =>
        dropped('drop-mount', manifest, [...containers, index, 'volumeMounts', mount]),
      ),
    ]),
  ];
}

/** A number among the arguments (a port, most often) is one more. */
function argumentSlips(manifest: Manifest, path: Path): readonly Slip[] {
  return listAt(manifest, path).flatMap((argument, index) => {
    const found = typeof argument === 'string' ? /^(.*?)(\d+)(\D*)$/.exec(argument) : null;
    if (found === null) return [];
    const [, before = '', digits = '', after = ''] = found;
    return [changed('change-argument', manifest, [...path, index], `${before}${Number(digits) + 1}${after}`)];
  });
}
