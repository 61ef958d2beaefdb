import type { Manifest } from '../manifest.ts';
import type { Slip } from './slip.ts';
import { at, changed } from './edit.ts';
import type { Path } from './edit.ts';

const MAX_PORT = 65_535;

/** A port one off (or of another name), and TCP for UDP. */
export function portSlips(manifest: Manifest, path: Path, fields: readonly string[]): readonly Slip[] {
  const protocol = at(manifest, [...path, 'protocol']) ?? 'TCP';
  return [
    ...fields.flatMap((field) => {
      const value = at(manifest, [...path, field]);
      if (typeof value === 'number')
        return [changed('change-port', manifest, [...path, field], value < MAX_PORT ? value + 1 : value - 1)];
      return typeof value === 'string' ? [changed('change-port', manifest, [...path, field], 'mutant')] : [];
    }),
    changed('change-protocol', manifest, [...path, 'protocol'], protocol === 'TCP' ? 'UDP' : 'TCP'),
  ];
}
