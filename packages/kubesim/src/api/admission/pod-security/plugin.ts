import type { Namespace, Pod } from 'kubernetes-types/core/v1';
import type { StoredObject } from '../../../store/store.ts';
import type { Resource, ResourceContext } from '../../resources/resource.ts';
import { forbidden, invalid } from '../../status.ts';
import type { Failure } from '../../status.ts';
import { FieldErrors } from '../../validation/field-errors.ts';
import type { AdmissionPlugin } from '../admission-plugin.ts';
import { podTemplateOf } from '../pod-template.ts';
import { describeViolations, nameOfStandard, policyOf, stricterThan, violationsOf } from './policy.ts';
import type { LabelProblem, NamespacePolicy, Standard } from './policy.ts';

/** API9: the Pod Security Standards, by the labels of a pod's namespace. Pods are refused, what makes pods is warned of. */
export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  create(resource, object, context, warnings) {
    if (isNamespace(resource)) return refuseProblems(resource, object, policyOf(labelsOf(object)).problems);
    return judge(resource, object, context, warnings);
  },
  update(resource, object, previous, context, warnings) {
    if (isNamespace(resource)) return judgeNamespace(resource, object, previous, context, warnings);
    if (resource.table === 'pods' && !changesContainers(asPod(object), asPod(previous))) return undefined;
    return judge(resource, object, context, warnings);
  },
};

const isNamespace = (resource: Resource): boolean => resource.table === 'namespaces';
const asPod = (object: StoredObject): Pod => object as unknown as Pod;

function labelsOf(object: StoredObject | undefined): Readonly<Record<string, string>> {
  return (object as Namespace | undefined)?.metadata?.labels ?? {};
}

function judge(
  resource: Resource,
  object: StoredObject,
  context: ResourceContext,
  warnings: string[],
): Failure | undefined {
  if (!resource.namespaced) return undefined;
  const template = podTemplateOf(resource, object);
  if (template === undefined) return undefined;
  const { policy } = policyOf(labelsOf(context.get('namespaces', object.metadata.namespace ?? '')));
  const violations = (standard: Standard): string =>
    describeViolations(violationsOf(standard, template.metadata, template.spec));
  if (resource.table === 'pods') {
    const found = violations(policy.enforce);
    if (found !== '')
      return forbidden(
        resource,
        object.metadata.name ?? '',
        `violates PodSecurity "${nameOfStandard(policy.enforce)}": ${found}`,
      );
  }
  const found = violations(policy.warn);
  if (found !== '') warnings.push(`would violate PodSecurity "${nameOfStandard(policy.warn)}": ${found}`);
  return undefined;
}

/** Only a change of images or settings of containers is judged anew. */
function changesContainers(pod: Pod, previous: Pod): boolean {
  const facts = ({ spec }: Pod): string =>
    JSON.stringify(
      [spec?.initContainers, spec?.containers, spec?.ephemeralContainers].map((containers = []) =>
        containers.map(({ name, image, securityContext }) => [name, image, securityContext]),
      ),
    );
  return facts(pod) !== facts(previous);
}

function refuseProblems(
  resource: Resource,
  object: StoredObject,
  problems: readonly LabelProblem[],
): Failure | undefined {
  if (problems.length === 0) return undefined;
  const errors = new FieldErrors();
  for (const { label, value, message } of problems)
    errors.invalid(`metadata.labels[${label}]`, value, message);
  return invalid(resource.kind, resource.group, object.metadata.name ?? '', errors.list);
}

/** A namespace that becomes stricter keeps its pods; whoever makes it so is told which would not be let in now. */
function judgeNamespace(
  resource: Resource,
  object: StoredObject,
  previous: StoredObject,
  context: ResourceContext,
  warnings: string[],
): Failure | undefined {
  const now = policyOf(labelsOf(object));
  const before = policyOf(labelsOf(previous));
  if (now.problems.length > 0 && JSON.stringify(now.problems) !== JSON.stringify(before.problems))
    return refuseProblems(resource, object, now.problems);
  if (isStricter(now.policy, before.policy))
    warnings.push(...warningsAbout(object.metadata.name ?? '', now.policy.enforce, context));
  return undefined;
}

function isStricter({ enforce }: NamespacePolicy, { enforce: before }: NamespacePolicy): boolean {
  if (nameOfStandard(enforce) === nameOfStandard(before)) return false;
  return enforce.version !== before.version
    ? enforce.level !== 'privileged'
    : stricterThan(enforce.level, before.level);
}

function warningsAbout(namespace: string, standard: Standard, context: ResourceContext): readonly string[] {
  const podsByReasons = new Map<string, string[]>();
  for (const stored of context.list('pods', `${namespace}/`)) {
    const { metadata = {}, spec } = asPod(stored);
    if (spec === undefined) continue;
    const reasons = violationsOf(standard, metadata, spec)
      .map(({ reason }) => reason)
      .join(', ');
    if (reasons === '') continue;
    podsByReasons.set(reasons, [...(podsByReasons.get(reasons) ?? []), metadata.name ?? '']);
  }
  if (podsByReasons.size === 0) return [];
  const lines = [...podsByReasons].map(([reasons, pods]) => {
    const [first = ''] = [...pods].sort();
    const others = pods.length - 1;
    const more = others === 0 ? '' : ` (and ${others} other pod${others === 1 ? '' : 's'})`;
    return `${first}${more}: ${reasons}`;
  });
  return [
    `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${nameOfStandard(standard)}"`,
    ...lines.sort(),
  ];
}
