import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { usageFailure } from '../../command/run.ts';
import { Failure, fail } from '../../failure.ts';
import { operationFor, outputPrinter } from '../../printers/printer.ts';
import { goYaml } from '../../printers/yaml.ts';
import { objectOf, pathOf, retrieve } from '../../resources/info.ts';
import { fileQuery, namespaceQuery } from '../../resources/query.ts';
import { forEachInfo, requireInfos } from '../../resources/visit.ts';
import {
  APPLY_EDIT_LAST_APPLIED,
  APPLY_SET_LAST_APPLIED,
  APPLY_VIEW_LAST_APPLIED,
} from '../../surface/advanced.ts';
import { goJson, parseJson, textAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { dryRunOf, writeParameters } from '../dry-run.ts';
import { editAnnotations } from '../edit.ts';
import { LAST_APPLIED, lastAppliedText } from '../last-applied.ts';

function* view(invocation: Invocation): Step {
  const { flags, args, session, commandPath } = invocation;
  const texts: string[] = [];
  const query = {
    ...fileQuery(flags),
    ...namespaceQuery(invocation),
    args,
    emptySelectorIsAll: session.namespaceIsExplicit(),
    selectAll: flags.toggle('all'),
    labelSelector: flags.text('selector'),
    latest: true,
  };
  yield* forEachInfo(session, query, function* (info) {
    const text = textAt(info.object, 'metadata', 'annotations', LAST_APPLIED);
    if (text === '') fail(`no last-applied-configuration annotation found on resource: ${info.name}\n`);
    texts.push(text);
    return undefined;
  });
  const output = flags.text('output');
  for (const text of texts) {
    const value = parseJson(text) ?? null;
    if (output === 'json') session.out(`${goJson(value, { indent: 2, sortKeys: false })}\n`);
    else if (output === 'yaml') session.out(goYaml(value));
    else
      throw usageFailure(
        commandPath,
        `Unexpected -o output mode: ${output}, the flag 'output' must be one of yaml|json`,
      );
  }
  return undefined;
}

function* set(invocation: Invocation): Step {
  const { flags, session } = invocation;
  const dryRun = dryRunOf(session, flags);
  const printer = outputPrinter(session, flags, { operation: operationFor('configured', dryRun) });
  const infos = yield* requireInfos(session, { ...fileQuery(flags), ...namespaceQuery(invocation) });
  const changes: { readonly path: string; readonly text: string; readonly current: JsonObject }[] = [];
  for (const info of infos) {
    const text = lastAppliedText(objectOf(info), 'sorted');
    retrieve(session, info);
    const current = objectOf(info);
    const before = textAt(current, 'metadata', 'annotations', LAST_APPLIED);
    if (before === '' && !flags.toggle('create-annotation')) {
      fail(
        `no last-applied-configuration annotation found on resource: ${info.name}, to create the annotation, run the command with --create-annotation`,
      );
    }
    if (before === text) session.out(`set-last-applied ${info.name}: no changes required.\n`);
    else changes.push({ path: pathOf(info), text, current });
  }
  for (const { path, text, current } of changes) {
    let object = current;
    if (dryRun !== 'client') {
      const reply = session.api().send('PATCH', path, {
        body: { metadata: { annotations: { [LAST_APPLIED]: text } } },
        contentType: 'application/merge-patch+json',
        query: writeParameters({ dryRun }),
      });
      if (!reply.ok) throw new Failure(reply.problem);
      object = reply.object;
    }
    session.out(printer.print(object));
  }
  return undefined;
}

export const viewLastApplied: Command = {
  ...APPLY_VIEW_LAST_APPLIED,
  long: `View the latest last-applied-configuration annotations by type/name or file.

 The default output will be printed to stdout in YAML format. You can use the -o option to change the output format.`,
  examples: [['What was last applied to a deployment', 'kubectl apply view-last-applied deployment/web']],
  run: view,
};

export const setLastApplied: Command = {
  ...APPLY_SET_LAST_APPLIED,
  long: `Set the latest last-applied-configuration annotations by setting it to match the contents of a file.

 Nothing else of the object changes.`,
  examples: [['Take a file for what was last applied', 'kubectl apply set-last-applied -f deploy.yaml']],
  run: set,
};

export const editLastApplied: Command = {
  ...APPLY_EDIT_LAST_APPLIED,
  long: `Edit the latest last-applied-configuration annotations of resources from the default editor.

 The editor is the one that KUBE_EDITOR or EDITOR names, or vi.`,
  examples: [
    ['Edit what was last applied to a deployment', 'kubectl apply edit-last-applied deployment/web'],
  ],
  run: editAnnotations,
};
