import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { Failure, fail } from '../../failure.ts';
import type { Problem } from '../../failure.ts';
import { SET_IMAGE } from '../../surface/set.ts';
import { goQuote } from '../../values/go-text.ts';
import { isObject, textAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { dryRunOf } from '../dry-run.ts';
import type { DryRun } from '../dry-run.ts';
import { mutateAll, objectName, podSpecOf } from '../mutate.ts';
import { parsePairs, splitPairs } from '../pairs.ts';
import { targets } from './targets.ts';

function setIn(
  spec: JsonObject,
  field: 'containers' | 'initContainers',
  name: string,
  image: string,
): boolean {
  const list = spec[field];
  if (!Array.isArray(list)) return false;
  let found = false;
  for (const container of list) {
    if (!isObject(container) || (name !== '*' && textAt(container, 'name') !== name)) continue;
    container['image'] = image;
    found = true;
  }
  return found;
}

function check(
  { flags }: Invocation,
  resources: readonly string[],
  images: ReadonlyMap<string, string>,
  dryRun: DryRun,
): void {
  const problems: Problem[] = [];
  const wrong = (message: string): void => {
    problems.push({ kind: 'plain', message });
  };
  if (flags.toggle('all') && flags.text('selector') !== '')
    wrong('cannot set --all and --selector at the same time');
  if (resources.length === 0 && flags.list('filename').length === 0 && flags.text('kustomize') === '')
    wrong('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  if (images.size === 0) wrong('at least one image update is required');
  else if (images.size > 1 && images.has('*'))
    wrong(
      'all containers are already specified by *, but saw more than one container_name=container_image pairs',
    );
  if (flags.toggle('local') && dryRun === 'server')
    wrong('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  const [only] = problems;
  if (only !== undefined) throw new Failure(problems.length === 1 ? only : { kind: 'aggregate', problems });
}

function* run(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  const dryRun = dryRunOf(session, flags);
  const { resources, pairs } = splitPairs(args, 'image');
  const images = parsePairs(pairs, 'image', false).set;
  const nothing =
    resources.length === 0 && flags.list('filename').length === 0 && flags.text('kustomize') === '';
  // The server is asked before the images are looked at, as long as there is something to ask for.
  const infos = nothing ? [] : yield* targets(invocation, resources);
  if (nothing) fail(MISSING);
  check(invocation, resources, images, dryRun);
  mutateAll(invocation, infos, dryRun, {
    operation: 'image updated',
    change: (object, wrong) => {
      const spec = podSpecOf(object);
      for (const [name, image] of images) {
        const init = setIn(spec, 'initContainers', name, image);
        if (!setIn(spec, 'containers', name, image) && !init)
          wrong(`error: unable to find container named ${goQuote(name)}`);
      }
      return object;
    },
    unchangeable: (info, message) => `error: ${objectName(info)} ${message}\n`,
    refused: (message) => `failed to patch image update to pod template: ${message}`,
  });
  return undefined;
}

const MISSING = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

export const imageCommand: Command = {
  ...SET_IMAGE,
  long: `Update existing container image(s) of resources.

 Possible resources include (case insensitive):

        pod (po), replicationcontroller (rc), deployment (deploy), daemonset (ds), statefulset (sts), cronjob (cj), replicaset (rs)`,
  examples: [
    ['Change the image of one container', 'kubectl set image deployment/web nginx=nginx:1.27'],
    ['Change it in every container', 'kubectl set image daemonset agent *=agent:2'],
  ],
  run,
};
