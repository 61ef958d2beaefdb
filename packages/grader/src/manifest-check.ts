import type { Check } from '@podwire/lab';
import type { GradingCluster } from './cluster.ts';
import { valueAt } from './match.ts';
import { readManifestFiles } from './manifests.ts';
import { judgeObjects } from './object-judge.ts';
import type { Requirement } from './object-judge.ts';
import { nameOf } from './objects.ts';
import type { KubernetesObject } from './objects.ts';
import { failed, notGradable } from './outcome.ts';
import type { CheckOutcome } from './outcome.ts';

/** Objects of each kind that the API is asked about. */
const MAX_VALIDATED = 20;

/** Looks at what the learner wrote, whether or not it was applied. */
export async function checkManifests(
  check: Extract<Check, { kind: 'manifests' }>,
  cluster: Pick<GradingCluster, 'manifests' | 'validate'>,
): Promise<CheckOutcome> {
  const given = await cluster.manifests(check.path);
  if (!given.ok)
    return given.unreadable === true
      ? notGradable(given.message)
      : failed(`manifests in ${check.path}`, 'none', given.message, {});
  const read = readManifestFiles(given.files);
  if (!read.ok) return notGradable(read.message);
  const { apiVersion, kind, namespace, name, labelSelector } = check.object;
  const objects = read.objects.filter(
    (object) =>
      object['apiVersion'] === apiVersion &&
      object['kind'] === kind &&
      (name === undefined || nameOf(object) === name) &&
      (namespace === undefined || (valueAt(object, 'metadata.namespace') ?? 'default') === namespace) &&
      (labelSelector === undefined || hasLabels(object, labelSelector)),
  );
  const unmet: Requirement[] = [];
  if (check.valid === true) {
    for (const object of objects.slice(0, MAX_VALIDATED)) {
      const { ok, message } = await cluster.validate(object);
      if (!ok)
        unmet.push({ object, because: `The API would refuse it: ${message ?? 'it does not say why'}` });
    }
  }
  return judgeObjects(check, objects, unmet, () =>
    Promise.resolve(
      read.objects.length === 0
        ? `There are no objects in ${check.path}.`
        : `In ${check.path} there is: ${read.objects
            .slice(0, MAX_NAMED)
            .map((object) => `${String(object['kind'])} ${nameOf(object)}`)
            .join(', ')}.`,
    ),
  );
}

const MAX_NAMED = 5;

/** `a=b,c!=d,e,!f`: what files are chosen by; sets are the API's to judge. */
function hasLabels(object: KubernetesObject, selector: string): boolean {
  return selector.split(',').every((term) => {
    const [, not = '', key = '', operator = '', value = ''] =
      /^\s*(!?)\s*([^=!\s]+)\s*(==?|!=)?\s*(.*?)\s*$/u.exec(term) ?? [];
    const labels = valueAt(object, 'metadata.labels');
    const label =
      typeof labels === 'object' && labels !== null && Object.hasOwn(labels, key)
        ? (labels as Record<string, unknown>)[key]
        : undefined;
    if (operator === '') return (label === undefined) === (not === '!');
    return operator === '!=' ? label !== value : label === value;
  });
}
