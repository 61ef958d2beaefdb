import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { describeTemplate } from '../../describe/pod.ts';
import { DescribeWriter } from '../../describe/writer.ts';
import { fail } from '../../failure.ts';
import { namePrinter, outputPrinter } from '../../printers/printer.ts';
import { DESCRIBE_LAYOUT, alignTabs } from '../../printers/tab-writer.ts';
import { objectOf } from '../../resources/info.ts';
import type { ResourceInfo } from '../../resources/info.ts';
import { forEachInfo } from '../../resources/visit.ts';
import type { Session } from '../../session.ts';
import { ROLLOUT_HISTORY } from '../../surface/workloads.ts';
import { copyOf, setAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { CHANGE_CAUSE } from '../change-cause.ts';
import { revisionsOf } from './revisions.ts';
import type { Revision } from './revisions.ts';
import { rolloutQuery } from './query.ts';

export function templateText(session: Session, template: JsonObject | undefined): string {
  const writer = new DescribeWriter({ nowMs: session.nowMs(), events: undefined }, { aligned: false });
  describeTemplate(writer, template);
  return writer.text();
}

function overview(revisions: readonly Revision[]): string {
  const rows = revisions.map(({ number, cause }) => `${number}\t${cause === '' ? '<none>' : cause}\n`);
  return alignTabs(`REVISION\tCHANGE-CAUSE\n${rows.join('')}`, DESCRIBE_LAYOUT);
}

/** The template of a ReplicaSet's revision tells why it came to be. */
function withCause({ template, cause, record }: Revision): JsonObject | undefined {
  if (template === undefined || cause === '' || record['data'] !== undefined) return template;
  const result = copyOf(template);
  setAt(result, ['metadata', 'annotations', CHANGE_CAUSE], cause);
  return result;
}

function find(revisions: readonly Revision[], number: number): Revision {
  return (
    revisions.find((revision) => revision.number === number) ?? fail('unable to find the specified revision')
  );
}

function show({ flags, session }: Invocation, info: ResourceInfo): void {
  const wanted = flags.integer('revision');
  const { revisions } = revisionsOf(session, info, 'no history viewer');
  if (flags.text('output') !== '') {
    const printer = outputPrinter(session, flags, { operation: '' });
    const chosen = wanted > 0 ? [find(revisions, wanted)] : revisions;
    for (const { object } of chosen) session.out(printer.print(object));
    return;
  }
  const text =
    revisions.length === 0
      ? 'No rollout history found.'
      : wanted > 0
        ? templateText(session, withCause(find(revisions, wanted)))
        : overview(revisions);
  session.out(namePrinter(`${wanted > 0 ? `with revision #${wanted}` : ''}\n${text}`).print(objectOf(info)));
}

function* run(invocation: Invocation): Step {
  const { flags, session } = invocation;
  const query = rolloutQuery(invocation);
  const revision = flags.integer('revision');
  if (revision < 0) fail(`revision must be a positive integer: ${revision}`);
  yield* forEachInfo(session, query, function* (info) {
    show(invocation, info);
    return undefined;
  });
  return undefined;
}

export const historyCommand: Command = {
  ...ROLLOUT_HISTORY,
  long: 'View previous rollout revisions and configurations.',
  examples: [
    ['The revisions of a deployment', 'kubectl rollout history deployment/web'],
    ['What was in the third', 'kubectl rollout history deployment/web --revision=3'],
  ],
  run,
};
