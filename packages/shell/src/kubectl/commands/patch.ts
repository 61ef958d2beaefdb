import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { Failure, fail } from '../failure.ts';
import { jsonPatch, mergePatch, strategicPatch } from '../patching/apply-patch.ts';
import { mergeRulesOf } from '../patching/merge-keys.ts';
import { outputPrinter } from '../printers/printer.ts';
import { objectOf, pathOf, typeOf } from '../resources/info.ts';
import type { ResourceInfo } from '../resources/info.ts';
import { fileQuery, namespaceQuery } from '../resources/query.ts';
import { forEachInfo } from '../resources/visit.ts';
import { PATCH } from '../surface/advanced.ts';
import { errnoText } from '../values/errno-text.ts';
import { goQuote } from '../values/go-text.ts';
import { goJson, isObject, parseJson, sameJson, textAt } from '../values/json.ts';
import type { JsonObject, JsonValue } from '../values/json.ts';
import { readYamlDocument } from '../values/yaml-reader.ts';
import { recorded } from './change-cause.ts';
import { dryRunOf, writeParameters } from './dry-run.ts';
import type { DryRun } from './dry-run.ts';

const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['json', 'application/json-patch+json'],
  ['merge', 'application/merge-patch+json'],
  ['strategic', 'application/strategic-merge-patch+json'],
]);

interface PatchText {
  /** As it is sent. */
  readonly text: string;
  /** Undefined when it is not JSON. */
  readonly value: JsonValue | undefined;
}

function readPatch({ flags, session }: Invocation): PatchText {
  const file = flags.text('patch-file');
  let text = flags.text('patch');
  if (file !== '') {
    const read = session.process.fs.readFile(session.path(file));
    if (!read.ok) return fail(`unable to read patch file: open ${file}: ${errnoText(read.errno)}`);
    text = new TextDecoder().decode(read.value);
  }
  // What looks like JSON is for the server to read, mistakes included.
  if (/^\s*\{/.test(text)) return { text, value: parseJson(text) };
  const parsed = readYamlDocument(text);
  return parsed.ok
    ? { text: goJson(parsed.value), value: parsed.value }
    : fail(`unable to parse ${goQuote(flags.text('patch'))}: ${parsed.message}`);
}

function check({ flags, args }: Invocation, dryRun: DryRun): void {
  const patch = flags.text('patch');
  const file = flags.text('patch-file');
  if (patch !== '' && file !== '') fail('cannot specify --patch and --patch-file together');
  if (patch === '' && file === '')
    fail('must specify --patch or --patch-file containing the contents of the patch');
  if (flags.toggle('local') && args.length > 0) fail('cannot specify --local and server resources');
  if (flags.toggle('local') && dryRun === 'server')
    fail('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  const type = flags.text('type');
  if (type !== '' && !CONTENT_TYPES.has(type.toLowerCase()))
    fail(`--type must be one of [json merge strategic], not ${goQuote(type)}`);
}

/** What the patch makes of an object, without the server. */
function patchedHere(object: JsonObject, patch: JsonValue | undefined, type: string): JsonObject {
  if (type === 'json') {
    if (!Array.isArray(patch))
      return fail('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
    const result = jsonPatch(object, patch);
    if (!result.ok) {
      const [, key] = /doc is missing key: (.*)$/.exec(result.message) ?? [];
      return fail(key === undefined ? result.message : `Object to be patched is missing field (${key})`);
    }
    return isObject(result.value) ? result.value : object;
  }
  if (!isObject(patch)) return fail('Invalid JSON Patch');
  if (type === 'merge') {
    const result = mergePatch(object, patch);
    return isObject(result) ? result : object;
  }
  const apiVersion = textAt(object, 'apiVersion');
  const kind = textAt(object, 'kind');
  const rules = mergeRulesOf(apiVersion, kind);
  if (rules === undefined)
    return fail(
      `strategic merge patch is not supported for ${apiVersion}, Kind=${kind} locally, try --type merge`,
    );
  return strategicPatch(object, patch, rules);
}

function patchOnServer(
  invocation: Invocation,
  info: ResourceInfo,
  patch: PatchText,
  dryRun: DryRun,
  type: string,
): JsonObject {
  const { flags, session } = invocation;
  const query = writeParameters({ dryRun, fieldManager: flags.text('field-manager') });
  const reply = session.api().send('PATCH', pathOf(info), {
    text: patch.text,
    contentType: CONTENT_TYPES.get(type) ?? '',
    query,
  });
  if (!reply.ok) {
    if (reply.problem.kind === 'status' && reply.problem.status['code'] === 415) {
      const { group, version, kind } = typeOf(info);
      fail(
        `${CONTENT_TYPES.get(type) ?? ''} is not supported by ${group}/${version}, Kind=${kind}: ${reply.problem.message}`,
      );
    }
    throw new Failure(reply.problem);
  }
  const cause = recorded(invocation, reply.object);
  if (sameJson(cause, reply.object)) return reply.object;
  const again = session.api().send('PATCH', pathOf(info), {
    body: { metadata: { annotations: cause['metadata'] === undefined ? {} : annotationsOf(cause) } },
    contentType: 'application/merge-patch+json',
    query,
  });
  return again.ok ? again.object : reply.object;
}

function annotationsOf(object: JsonObject): JsonObject {
  const { metadata } = object;
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined;
  return isObject(annotations) ? annotations : {};
}

function* run(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  const dryRun = dryRunOf(session, flags);
  session.namespace();
  check(invocation, dryRun);
  const patch = readPatch(invocation);
  const type = flags.text('type').toLowerCase() || 'strategic';
  const local = flags.toggle('local');
  const query = {
    ...fileQuery(flags),
    ...namespaceQuery(invocation),
    args,
    local,
    continueOnError: true,
    subresource: flags.text('subresource'),
  };
  const count = yield* forEachInfo(session, query, function* (info) {
    const before = objectOf(info);
    const after =
      local || dryRun === 'client'
        ? patchedHere(before, patch.value, type)
        : patchOnServer(invocation, info, patch, dryRun, type);
    const operation = sameJson(before, after) ? 'patched (no change)' : 'patched';
    // The real kubectl forgets to say `(dry run)` here.
    session.out(outputPrinter(session, flags, { operation }).print(after));
    return undefined;
  });
  if (count === 0) fail('no objects passed to patch');
  return undefined;
}

export const patchCommand: Command = {
  ...PATCH,
  long: `Update fields of a resource using strategic merge patch, a JSON merge patch, or a JSON patch.

 JSON and YAML formats are accepted.

 Note: Strategic merge patch is not supported for custom resources.`,
  examples: [
    ['Change one field', `kubectl patch service web -p '{"spec":{"externalTrafficPolicy":"Local"}}'`],
    ['The same in YAML', "kubectl patch node node1 -p $'spec:\\n unschedulable: true'"],
    [
      'By position, with a JSON patch',
      `kubectl patch pod web --type=json -p='[{"op":"replace","path":"/spec/containers/0/image","value":"nginx:1.27"}]'`,
    ],
  ],
  run,
};
