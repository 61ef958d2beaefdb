import type { Manifest } from '../manifest.ts';
import type { Slip } from './slip.ts';
import { at, changed, dropped, indexesAt } from './edit.ts';
import { labelSlips } from './labels.ts';
import { portSlips } from './ports.ts';

export function serviceSlips(manifest: Manifest): readonly Slip[] {
  const ports = ['spec', 'ports'];
  const indexes = indexesAt(manifest, ports);
  return [
    ...labelSlips(manifest, ['spec', 'selector'], 'selector'),
    ...indexes.flatMap((index) => {
      const path = [...ports, index];
      const target = at(manifest, [...path, 'targetPort']);
      return [
        ...(indexes.length > 1 ? [dropped('drop-port', manifest, path)] : []),
        ...portSlips(manifest, path, ['port', 'nodePort', ...(target === undefined ? [] : ['targetPort'])]),
        // Without it, the port of the pods is that of the Service.
        ...(target === undefined ? [] : [dropped('drop-target-port', manifest, [...path, 'targetPort'])]),
      ];
    }),
    ...typeSlips(manifest),
  ];
}

function typeSlips(manifest: Manifest): readonly Slip[] {
  const type = at(manifest, ['spec', 'type']) ?? 'ClusterIP';
  const headless = at(manifest, ['spec', 'clusterIP']) === 'None';
  return [
    ...(headless ? [dropped('drop-headless', manifest, ['spec', 'clusterIP'])] : []),
    ...(type === 'NodePort' || type === 'LoadBalancer'
      ? [changed('change-type', manifest, ['spec', 'type'], 'ClusterIP')]
      : []),
    ...policySlips(manifest, 'externalTrafficPolicy'),
    ...policySlips(manifest, 'internalTrafficPolicy'),
    ...(at(manifest, ['spec', 'sessionAffinity']) === 'ClientIP'
      ? [changed('drop-affinity', manifest, ['spec', 'sessionAffinity'], 'None')]
      : []),
  ];
}

function policySlips(manifest: Manifest, field: string): readonly Slip[] {
  return at(manifest, ['spec', field]) === 'Local'
    ? [changed('change-traffic-policy', manifest, ['spec', field], 'Cluster')]
    : [];
}
