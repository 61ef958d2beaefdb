import { linesApart } from './compare.ts';
import type { Difference } from './compare.ts';
import { KNOWN_CHOICES } from './known.ts';
import type { World } from './world/world.ts';

/** Lines of one difference that are shown. */
const MAX_LINES = 12;

export function reportDifference(difference: Difference): string {
  const { expected, found } = linesApart(difference);
  const side = (name: string, lines: readonly string[], absent: boolean): readonly string[] =>
    absent
      ? [`    ${name}: not there`]
      : [
          ...lines.slice(0, MAX_LINES).map((line) => `    ${name}: ${line}`),
          ...(lines.length > MAX_LINES ? [`    ${name}: and ${lines.length - MAX_LINES} lines more`] : []),
        ];
  return [
    `  ${difference.key}`,
    ...side('truth ', expected, difference.expected === undefined),
    ...side('judged', found, difference.found === undefined),
  ].join('\n');
}

export function reportWorld({ policies, services, slices, pods }: World): string {
  return [
    ...pods
      .filter(({ namespace }) => namespace !== 'watch')
      .map(
        ({ namespace, name, node, labels, ready }) =>
          `    pod ${namespace}/${name} on node${node}${ready ? '' : ', not ready'} ${JSON.stringify(labels)}`,
      ),
    ...services.map(
      ({ namespace, name, spec }) => `    service ${namespace}/${name} ${JSON.stringify(spec)}`,
    ),
    ...slices.map((slice) => `    slice ${JSON.stringify(slice)}`),
    ...policies.map(({ namespace, name, spec }) => `    policy ${namespace}/${name} ${JSON.stringify(spec)}`),
  ].join('\n');
}

export function reportExplained(explained: ReadonlyMap<string, number>): string {
  return [...explained]
    .map(([id, count]) => {
      const reason = KNOWN_CHOICES.find((choice) => choice.id === id)?.reason ?? '';
      return `  ${id}: ${count} answers. ${reason}`;
    })
    .join('\n');
}
