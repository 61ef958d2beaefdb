import { apiVersionOf, resourcePath } from '../api/discovery.ts';
import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { Failure, attempt, fail, isNotFound, messageOf, reasonOf } from '../failure.ts';
import type { Problem } from '../failure.ts';
import { goYaml } from '../printers/yaml.ts';
import { namePrinter, outputPrinter } from '../printers/printer.ts';
import { mergeRulesOf } from '../patching/merge-keys.ts';
import { diffMerge } from '../patching/apply-patch.ts';
import { twoWayPatch } from '../patching/three-way.ts';
import { isNamespaced, objectOf, pathOf, refresh, typeOf } from '../resources/info.ts';
import type { ResourceInfo } from '../resources/info.ts';
import { readManifests } from '../resources/manifests.ts';
import { fileQuery, namespaceQuery } from '../resources/query.ts';
import { forEachInfo, requireInfos } from '../resources/visit.ts';
import type { Session } from '../session.ts';
import { EDIT } from '../surface/basic.ts';
import { errnoText } from '../values/errno-text.ts';
import { goQuote } from '../values/go-text.ts';
import {
  copyOf,
  goJson,
  isObject,
  objectsAt,
  parseJson,
  removeAt,
  sameJson,
  textAt,
  valueAt,
} from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { randomSuffix } from './create/workloads.ts';
import { validationOf, writeParameters } from './dry-run.ts';
import { LAST_APPLIED, withLastApplied } from './last-applied.ts';

/** An editor that leaves the file wrong is opened again this often. */
const MAX_ROUNDS = 50;

type Mode = 'edit' | 'annotation' | 'create';

const HEADERS: Readonly<Record<Mode, string>> = {
  edit: `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`,
  create: `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`,
  annotation: `# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
`,
};

interface Reason {
  readonly head: string;
  readonly other: readonly string[];
}

function headerText(mode: Mode, reasons: readonly Reason[]): string {
  const hashed = (text: string): string => text.replaceAll('\n', '\n# ');
  const parts = reasons.map(
    ({ head, other }) =>
      `# ${hashed(head)}${other.length > 0 ? ':' : ''}\n${other.map((line) => `# * ${hashed(line)}\n`).join('')}#\n`,
  );
  return HEADERS[mode] + parts.join('');
}

const withoutComments = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .trim();

/** Opens the file in the user's editor and waits for it. */
function* openEditor(session: Session, path: string): Step {
  const { process } = session;
  const command = (process.env.get('KUBE_EDITOR') ?? '') || (process.env.get('EDITOR') ?? '') || 'vi';
  const words = command.split(/\s+/).filter((word) => word !== '');
  yield* session.output.flush();
  const started = process.spawn({ argv: [...words, path] });
  const [name = 'vi'] = words;
  if (!started.ok) {
    return fail(
      started.reason === 'not-found'
        ? `unable to launch the editor ${goQuote(command)}`
        : `there was a problem with the editor ${goQuote(name)}`,
    );
  }
  process.tty?.setForeground(started.pid);
  yield { kind: 'exit', pid: started.pid };
  process.tty?.setForeground(process.pid);
  if ((process.exitCodeOf(started.pid) ?? 0) !== 0)
    fail(`there was a problem with the editor ${goQuote(command)}`);
  return undefined;
}

interface Outcome {
  /** Worth another round: the reasons stand at the top of the file. */
  readonly reasons: readonly Reason[];
  /** The file is kept and the command ends with this text. */
  readonly ended?: string;
}

interface Editing {
  readonly session: Session;
  readonly mode: Mode;
  readonly format: 'json' | 'yaml';
  readonly original: JsonObject;
  /** Sends what was edited. */
  readonly save: (edited: readonly JsonObject[], path: string) => Outcome;
}

function* editLoop(editing: Editing): Step {
  const { session, mode, format, original } = editing;
  const { fs } = session.process;
  const originalText =
    format === 'json' ? `${goJson(original, { indent: 4, sortKeys: true })}\n` : goYaml(original);
  let reasons: readonly Reason[] = [];
  let text = originalText;
  let failed = false;
  let previous = '';
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const header = format === 'json' ? '' : headerText(mode, reasons);
    const path = `/tmp/kubectl-edit-${randomSuffix(session)}.${format}`;
    fs.mkdir('/tmp', { parents: true });
    const written = fs.writeFile(path, new TextEncoder().encode(header + text), { mode: 0o600 });
    if (!written.ok) fail(`open ${path}: ${errnoText(written.errno)}`);
    yield* openEditor(session, path);
    const read = fs.readFile(path);
    const edited = read.ok ? new TextDecoder().decode(read.value) : '';
    const body = withoutComments(edited);
    if (failed && body === withoutComments(previous)) {
      session.err(
        `error: Edit cancelled, no valid changes were saved.\nA copy of your changes has been stored to ${goQuote(path)}\n`,
      );
      throw new Failure({ kind: 'exit', code: 1, text: '' });
    }
    if (body === withoutComments(originalText)) {
      fs.remove(path);
      session.err('Edit cancelled, no changes made.\n');
      return undefined;
    }
    if (body === '') {
      fs.remove(path);
      session.err('Edit cancelled, saved file was empty.\n');
      return undefined;
    }
    previous = edited;
    const parsed = parseEdited(body);
    const outcome: Outcome = parsed.ok
      ? editing.save(parsed.objects, path)
      : { reasons: [{ head: `The edited file had a syntax error: ${parsed.message}`, other: [] }] };
    if (outcome.ended !== undefined) {
      session.err(outcome.ended);
      throw new Failure({ kind: 'exit', code: 1, text: '' });
    }
    if (outcome.reasons.length === 0) {
      fs.remove(path);
      return undefined;
    }
    fs.remove(path);
    ({ reasons } = outcome);
    text =
      format === 'json'
        ? edited
        : edited
            .split('\n')
            .filter((line) => !line.startsWith('#'))
            .join('\n');
    failed = true;
  }
  return fail('Edit cancelled, the file was opened too often');
}

type Parsed =
  | { readonly ok: true; readonly objects: readonly JsonObject[] }
  | { readonly ok: false; readonly message: string };

function parseEdited(text: string): Parsed {
  const objects: JsonObject[] = [];
  for (const part of readManifests(new TextEncoder().encode(text))) {
    if (!part.ok) return { ok: false, message: `error parsing edited-file: ${part.message}` };
    if (part.value === null) continue;
    if (!isObject(part.value) || textAt(part.value, 'kind') === '')
      return {
        ok: false,
        message: `unable to decode "edited-file": Object 'Kind' is missing in '${goJson(part.value)}'`,
      };
    objects.push(...(Array.isArray(part.value['items']) ? objectsAt(part.value, 'items') : [part.value]));
  }
  return { ok: true, objects };
}

function listOf(objects: readonly JsonObject[]): JsonObject {
  const [only] = objects;
  return objects.length === 1 && only !== undefined
    ? only
    : { apiVersion: 'v1', items: [...objects], kind: 'List', metadata: {} };
}

function refusal(problem: Problem, info: ResourceInfo, path: string): Outcome & { readonly line: string } {
  const what = `${typeOf(info).resource} ${goQuote(info.name)}`;
  const reason = reasonOf(problem);
  if (reason === 'Invalid' && problem.kind === 'status') {
    const causes = objectsAt(problem.status, 'details', 'causes').map(
      (cause) => `${textAt(cause, 'field')}: ${textAt(cause, 'message')}`,
    );
    return {
      line: `error: ${what} is invalid\n`,
      reasons: [{ head: `${what} was not valid`, other: causes }],
    };
  }
  if (isNotFound(problem)) {
    return {
      line: `error: ${what} could not be found on the server\n`,
      reasons: [],
      ended: `The edits you made on deleted resources have been saved to ${goQuote(path)}\n`,
    };
  }
  return {
    line: `error: ${what} could not be patched: ${messageOf(problem)}\n`,
    reasons: [],
    ended: `You can run \`kubectl replace -f ${path}\` to try this update again.\n`,
  };
}

function* edit(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  const output = flags.text('output');
  if (output !== '' && output !== 'yaml' && output !== 'json')
    fail("The flag 'output' must be one of yaml|json");
  const validation = validationOf(flags);
  const infos = yield* requireInfos(session, {
    ...fileQuery(flags),
    ...namespaceQuery(invocation),
    args,
    emptySelectorIsAll: true,
    latest: true,
    continueOnError: true,
    subresource: flags.text('subresource'),
  });
  if (infos.length === 0) fail('edit cancelled, no objects found');
  const originals = infos.map((info) => {
    const object = copyOf(objectOf(info));
    removeAt(object, ['metadata', 'managedFields']);
    return object;
  });
  yield* editLoop({
    session,
    mode: 'edit',
    format: output === 'json' ? 'json' : 'yaml',
    original: listOf(originals),
    save: (edited, path) => saveEdits(invocation, infos, originals, edited, path, validation),
  });
  return undefined;
}

function saveEdits(
  invocation: Invocation,
  infos: readonly ResourceInfo[],
  originals: readonly JsonObject[],
  edited: readonly JsonObject[],
  path: string,
  validation: string,
): Outcome {
  const { flags, session } = invocation;
  const outcomes: Outcome[] = [];
  for (const object of edited) {
    const at = originals.findIndex(
      (original) => textAt(original, 'metadata', 'uid') === textAt(object, 'metadata', 'uid'),
    );
    const info = infos[at];
    const original = originals[at];
    if (info === undefined || original === undefined)
      return {
        reasons: [],
        ended: `error: no original object found for ${textAt(object, 'metadata', 'name')}\n`,
      };
    if (isNamespaced(info) && textAt(object, 'metadata', 'namespace') !== info.namespace) {
      const given = textAt(object, 'metadata', 'namespace');
      const text = `the namespace from the provided object ${goQuote(given)} does not match the namespace ${goQuote(info.namespace)}. You must pass '--namespace=${given}' to perform this operation.`;
      return {
        reasons: [],
        ended: `A copy of your changes has been stored to ${goQuote(path)}\nerror: ${text}\n`,
      };
    }
    if (sameJson(original, object)) {
      session.out(namePrinter('skipped').print(object));
      continue;
    }
    if (
      ['apiVersion', 'kind'].some((key) => textAt(original, key) !== textAt(object, key)) ||
      textAt(original, 'metadata', 'name') !== textAt(object, 'metadata', 'name')
    ) {
      return {
        reasons: [],
        ended: `A copy of your changes has been stored to ${goQuote(path)}\nerror: At least one of apiVersion, kind and name was changed\n`,
      };
    }
    const type = typeOf(info);
    const rules = mergeRulesOf(apiVersionOf(type), type.kind);
    const target = flags.toggle('save-config') ? withLastApplied(object, 'sorted') : object;
    const patch = rules === undefined ? diffMerge(original, target) : twoWayPatch(original, target, rules);
    if (flags.toggle('output-patch')) session.out(`Patch: ${goJson(patch)}\n`);
    const reply = session.api().send('PATCH', pathOf(info), {
      body: patch,
      contentType:
        rules === undefined ? 'application/merge-patch+json' : 'application/strategic-merge-patch+json',
      query: writeParameters({ dryRun: 'none', fieldManager: flags.text('field-manager'), validation }),
    });
    if (reply.ok) {
      refresh(info, reply.object);
      session.out(namePrinter('edited').print(reply.object));
      continue;
    }
    const refused = refusal(reply.problem, info, path);
    session.err(refused.line);
    outcomes.push(refused);
  }
  const ended = outcomes.find((outcome) => outcome.ended !== undefined)?.ended;
  return {
    reasons: outcomes.flatMap((outcome) => outcome.reasons),
    ...(ended === undefined ? {} : { ended }),
  };
}

/** `create --edit`: each object goes through the editor first. */
export function* editOnCreate(invocation: Invocation): Step {
  const { flags, session } = invocation;
  const validation = validationOf(flags);
  yield* forEachInfo(session, { ...fileQuery(flags), ...namespaceQuery(invocation) }, function* (info) {
    yield* editLoop({
      session,
      mode: 'create',
      format: flags.text('output') === 'json' ? 'json' : 'yaml',
      original: objectOf(info),
      save: (edited) => {
        for (const object of edited) {
          const body = flags.toggle('save-config') ? withLastApplied(object, 'sorted') : object;
          const created = session.api().call('POST', resourcePath(typeOf(info), info.namespace), {
            body,
            query: writeParameters({ dryRun: 'none', fieldManager: 'kubectl-create', validation }),
          });
          session.out(namePrinter('created').print(created));
        }
        return { reasons: [] };
      },
    });
    return undefined;
  });
  return undefined;
}

/** `apply edit-last-applied`: the annotation goes through the editor, the object stays. */
export function* editAnnotations(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  const infos = yield* requireInfos(session, {
    ...fileQuery(flags),
    ...namespaceQuery(invocation),
    args,
    emptySelectorIsAll: true,
    latest: true,
    continueOnError: true,
  });
  const annotated = infos.flatMap((info) => {
    const parsed = parseJson(textAt(info.object, 'metadata', 'annotations', LAST_APPLIED));
    return isObject(parsed) ? [{ info, original: parsed }] : [];
  });
  if (annotated.length === 0) {
    fail(
      'no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`',
    );
  }
  const printer = attempt(() => outputPrinter(session, flags, { operation: 'edited' }));
  if (!printer.ok) throw new Failure(printer.problem);
  yield* editLoop({
    session,
    mode: 'annotation',
    format: flags.text('output') === 'json' ? 'json' : 'yaml',
    original: listOf(annotated.map(({ original }) => original)),
    save: (edited) => {
      for (const object of edited) {
        const match = annotated.find(
          ({ original }) =>
            sameJson(valueAt(original, 'metadata', 'name'), valueAt(object, 'metadata', 'name')) &&
            original['kind'] === object['kind'],
        );
        if (match === undefined)
          return {
            reasons: [],
            ended: `error: no original object found for ${textAt(object, 'metadata', 'name')}\n`,
          };
        session.api().call('PATCH', pathOf(match.info), {
          body: { metadata: { annotations: { [LAST_APPLIED]: `${goJson(object)}\n` } } },
          contentType: 'application/merge-patch+json',
          query: writeParameters({ dryRun: 'none', fieldManager: flags.text('field-manager') }),
        });
        session.out(namePrinter('edited').print(objectOf(match.info)));
      }
      return { reasons: [] };
    },
  });
  return undefined;
}

export const editCommand: Command = {
  ...EDIT,
  long: `Edit a resource from the default editor.

 The object opens in the editor that KUBE_EDITOR or EDITOR names, or vi. What you change there is sent as a patch when you save and leave; when the server refuses it, the editor opens again and says why. Leave without saving to change nothing.`,
  examples: [
    ['Edit a service', 'kubectl edit svc/web'],
    ['Edit a deployment as JSON', 'kubectl edit deployment/web -o json'],
    ['With another editor', 'KUBE_EDITOR="nano" kubectl edit svc/web'],
  ],
  run: edit,
};
