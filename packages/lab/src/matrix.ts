import { z } from 'zod';
import { endpoint, port } from './endpoint-schema.ts';
import type { ConnectivityProbe, Expectation } from './model.ts';

/** Signs of a matrix; `.` is not looked at. */
const SIGNS: Readonly<Record<string, Expectation>> = {
  '+': 'open',
  '-': 'blocked',
  r: 'refused',
  t: 'timed-out',
};
const MAX_SIDE = 16;

/** Who reaches whom, as a table: a row for each source, a sign for each destination. */
export const matrixSchema = z.strictObject({
  from: z.array(endpoint).min(1).max(MAX_SIDE),
  to: z.array(endpoint).min(1).max(MAX_SIDE),
  port: port.default(0),
  protocol: z.enum(['tcp', 'udp', 'icmp']).default('tcp'),
  rows: z
    .array(
      z.string().regex(/^[-+rt. ]+$/, 'has + (open), - (blocked), r (refused), t (timed out) and . alone'),
    )
    .min(1)
    .max(MAX_SIDE),
});
type Matrix = z.infer<typeof matrixSchema>;

/** The probes of a matrix, or what is wrong with its shape. */
export function matrixProbes(matrix: Matrix): readonly ConnectivityProbe[] | string {
  const { from, to, protocol } = matrix;
  if (matrix.rows.length !== from.length)
    return `it has ${matrix.rows.length} rows for ${from.length} sources`;
  const probes: ConnectivityProbe[] = [];
  for (const [row, text] of matrix.rows.entries()) {
    const signs = [...text.replaceAll(' ', '')];
    if (signs.length !== to.length)
      return `row ${row + 1} has ${signs.length} signs for ${to.length} destinations`;
    for (const [column, sign] of signs.entries()) {
      const [source, destination, expect] = [from[row], to[column], SIGNS[sign]];
      if (source === undefined || destination === undefined || expect === undefined) continue;
      probes.push({ from: source, to: destination, port: matrix.port, protocol, expect });
    }
  }
  return probes.length === 0 ? 'it looks at nothing' : probes;
}
