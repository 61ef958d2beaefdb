import type { Manifest } from '../manifest.ts';
import { isMap } from '../manifest.ts';
import type { Slip } from './slip.ts';
import { narrowerCidr, otherCidr } from './cidr.ts';
import { at, changed, dropped, indexesAt, listAt, pathText, withValue } from './edit.ts';
import type { Path } from './edit.ts';
import { selectorSlips } from './labels.ts';
import { portSlips } from './ports.ts';

/** What goes wrong in a NetworkPolicy: each field, and each of the confusions that people have (NP3 to NP13). */
export function networkPolicySlips(manifest: Manifest): readonly Slip[] {
  const slips: Slip[] = [...selectorSlips(manifest, ['spec', 'podSelector']), ...typeSlips(manifest)];
  for (const [direction, peers] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    for (const rule of indexesAt(manifest, ['spec', direction])) {
      const path = ['spec', direction, rule];
      slips.push(
        dropped('drop-rule', manifest, path),
        ...peerListSlips(manifest, [...path, peers]),
        ...portListSlips(manifest, [...path, 'ports']),
      );
    }
  }
  return slips;
}

function typeSlips(manifest: Manifest): readonly Slip[] {
  const path = ['spec', 'policyTypes'];
  const types = listAt(manifest, path);
  // NP4: without the list, rules decide; with one entry fewer, a direction is not isolated.
  if (types.length < 2) return types.length === 0 ? [] : [otherType(manifest, path, types[0])];
  return types.map((_type, index) => dropped('drop-policy-type', manifest, [...path, index]));
}

function otherType(manifest: Manifest, path: Path, type: unknown): Slip {
  return changed('change-policy-type', manifest, path, [type === 'Ingress' ? 'Egress' : 'Ingress']);
}

function peerListSlips(manifest: Manifest, path: Path): readonly Slip[] {
  const peers = listAt(manifest, path);
  const slips: Slip[] = [];
  // NP6: without peers the rule allows everyone.
  if (peers.length > 0) slips.push(dropped('open-peers', manifest, path));
  for (const [index, peer] of peers.entries()) {
    const own = [...path, index];
    if (peers.length > 1) slips.push(dropped('drop-peer', manifest, own));
    slips.push(
      ...selectorSlips(manifest, [...own, 'podSelector']),
      ...selectorSlips(manifest, [...own, 'namespaceSelector']),
      ...blockSlips(manifest, [...own, 'ipBlock']),
      ...splitSlips(manifest, path, index, peer),
      ...joinSlips(manifest, path, index, peer, peers[index + 1]),
    );
  }
  return slips;
}

/** NP9: one peer with both selectors ANDs them; a dash too many makes two peers, which OR. */
function splitSlips(manifest: Manifest, path: Path, index: number, peer: unknown): readonly Slip[] {
  if (!isMap(peer) || peer['podSelector'] === undefined || peer['namespaceSelector'] === undefined) return [];
  const { podSelector, namespaceSelector } = peer;
  const peers = listAt(manifest, path).toSpliced(index, 1, { namespaceSelector }, { podSelector });
  return [
    {
      operator: 'split-peer',
      path: pathText([...path, index]),
      what: `${pathText([...path, index])} is two peers, one a selector: OR instead of AND`,
      manifest: withValue(manifest, path, peers),
    },
    dropped('drop-namespace-selector', manifest, [...path, index, 'namespaceSelector']),
    dropped('drop-pod-selector', manifest, [...path, index, 'podSelector']),
  ];
}

/** And the other way: a dash too few. */
function joinSlips(
  manifest: Manifest,
  path: Path,
  index: number,
  peer: unknown,
  next: unknown,
): readonly Slip[] {
  if (!isMap(peer) || !isMap(next)) return [];
  const fields = [...Object.keys(peer), ...Object.keys(next)];
  if (fields.length !== 2 || new Set(fields).size !== 2 || fields.includes('ipBlock')) return [];
  return [
    {
      operator: 'join-peers',
      path: pathText([...path, index]),
      what: `${pathText([...path, index])} and the next are one peer: AND instead of OR`,
      manifest: withValue(manifest, path, listAt(manifest, path).toSpliced(index, 2, { ...peer, ...next })),
    },
  ];
}

function blockSlips(manifest: Manifest, path: Path): readonly Slip[] {
  const cidr = at(manifest, [...path, 'cidr']);
  if (typeof cidr !== 'string') return [];
  const excepts = [...path, 'except'];
  const listed = listAt(manifest, excepts);
  const other = otherCidr(cidr);
  const narrower = narrowerCidr(cidr);
  return [
    // `except` must lie within `cidr`: another range goes without it.
    ...(other === undefined
      ? []
      : [
          {
            ...changed('change-cidr', manifest, [...path, 'cidr'], other),
            manifest: withValue(manifest, path, { cidr: other }),
          },
        ]),
    ...(narrower === undefined || listed.length > 0
      ? []
      : [changed('narrow-cidr', manifest, [...path, 'cidr'], narrower)]),
    ...(listed.length === 0 ? [] : [dropped('drop-except', manifest, excepts)]),
    ...listed.flatMap((except, index) => {
      const moved = typeof except === 'string' ? otherCidr(except) : undefined;
      return moved === undefined ? [] : [changed('change-except', manifest, [...excepts, index], moved)];
    }),
  ];
}

function portListSlips(manifest: Manifest, path: Path): readonly Slip[] {
  const ports = listAt(manifest, path);
  // NP6: without ports the rule allows all of them.
  return [
    ...(ports.length > 0 ? [dropped('open-ports', manifest, path)] : []),
    ...ports.flatMap((_port, index) => [
      ...(ports.length > 1 ? [dropped('drop-port', manifest, [...path, index])] : []),
      ...portSlips(manifest, [...path, index], ['port', 'endPort']),
    ]),
  ];
}
