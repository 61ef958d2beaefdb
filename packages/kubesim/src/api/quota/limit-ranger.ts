import type { Container, LimitRange, LimitRangeItem, Pod } from 'kubernetes-types/core/v1';
import type { StoredObject } from '../../store/store.ts';
import type { AdmissionPlugin } from '../admission/admission-plugin.ts';
import { formatQuantity, parseQuantity } from '../quantity.ts';
import type { Resource, ResourceContext } from '../resources/resource.ts';
import { forbidden } from '../status.ts';
import type { Failure } from '../status.ts';
import { amountText, podTotal } from './usage.ts';

type Amounts = Readonly<Record<string, string>>;

/** LimitRanger: gives pods the requests and limits of their namespace, and holds them to its bounds. */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  create: (resource, object, context) => {
    if (resource.table !== 'pods') return undefined;
    const ranges = rangesOf(object, context);
    const pod = object as unknown as Pod;
    for (const range of ranges) applyDefaults(range, pod);
    return judge(resource, object, ranges);
  },
};

function rangesOf(object: StoredObject, context: ResourceContext): readonly LimitRange[] {
  return context.list(
    'limitranges',
    `${object.metadata.namespace ?? ''}/`,
  ) as unknown as readonly LimitRange[];
}

function applyDefaults(range: LimitRange, pod: Pod): void {
  const requests: Record<string, string> = {};
  const limits: Record<string, string> = {};
  for (const item of range.spec?.limits ?? []) {
    if (item.type !== 'Container') continue;
    Object.assign(requests, item.defaultRequest);
    Object.assign(limits, item.default);
  }
  const told = [
    ...(pod.spec?.containers ?? []).flatMap((container) => fill(container, 'container', requests, limits)),
    ...(pod.spec?.initContainers ?? []).flatMap((container) =>
      fill(container, 'init container', requests, limits),
    ),
  ];
  if (told.length === 0) return;
  pod.metadata ??= {};
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    'kubernetes.io/limit-ranger': `LimitRanger plugin set: ${told.join('; ')}`,
  };
}

function fill(container: Container, what: string, requests: Amounts, limits: Amounts): string[] {
  const resources = (container.resources ??= {});
  const set = (list: 'requests' | 'limits', defaults: Amounts): string[] => {
    const given = (resources[list] ?? {}) as Record<string, string>;
    const added = Object.keys(defaults).filter((name) => given[name] === undefined);
    if (added.length === 0) return [];
    resources[list] = { ...given, ...Object.fromEntries(added.map((name) => [name, defaults[name] ?? ''])) };
    return [
      `${added.sort().join(', ')} ${list === 'requests' ? 'request' : 'limit'} for ${what} ${container.name}`,
    ];
  };
  return [...set('requests', requests), ...set('limits', limits)];
}

function judge(resource: Resource, object: StoredObject, ranges: readonly LimitRange[]): Failure | undefined {
  const pod = object as unknown as Pod;
  for (const range of ranges) {
    const problems = (range.spec?.limits ?? []).flatMap((item) => problemsOf(item, pod));
    // Several problems become one, each told once, as Go's aggregates print them.
    const messages = [...new Set(problems)];
    if (messages.length > 0)
      return forbidden(
        resource,
        object.metadata.name ?? '',
        messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`,
      );
  }
  return undefined;
}

function problemsOf(item: LimitRangeItem, pod: Pod): readonly string[] {
  if (item.type === 'Container')
    return [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].flatMap(({ resources }) =>
      boundsOf(item, (resources?.requests ?? {}) as Amounts, (resources?.limits ?? {}) as Amounts),
    );
  if (item.type !== 'Pod') return [];
  const text = (which: 'requests' | 'limits'): Amounts =>
    Object.fromEntries(
      [...podTotal(pod.spec, which)].map(([name, nanos]) => [name, amountText(nanos, name)]),
    );
  return boundsOf(item, text('requests'), text('limits'));
}

function nanosOf(text: string | undefined): bigint | undefined {
  return text === undefined ? undefined : parseQuantity(text)?.nanos;
}

function told(text: string): string {
  const quantity = parseQuantity(text);
  return quantity === undefined ? text : formatQuantity(quantity);
}

/** minConstraint, maxConstraint and limitRequestRatioConstraint of upstream's limitranger. */
function boundsOf(item: LimitRangeItem, requests: Amounts, limits: Amounts): readonly string[] {
  const problems: string[] = [];
  const { type } = item;
  for (const [name, bound] of sorted(item.min)) {
    const least = nanosOf(bound) ?? 0n;
    const start = `minimum ${name} usage per ${type} is ${told(bound)}`;
    const [request, limit] = [requests[name], limits[name]];
    if (request === undefined) problems.push(`${start}.  No request is specified`);
    else if ((nanosOf(request) ?? 0n) < least) problems.push(`${start}, but request is ${told(request)}`);
    else if (limit !== undefined && (nanosOf(limit) ?? 0n) < least)
      problems.push(`${start}, but limit is ${told(limit)}`);
  }
  for (const [name, bound] of sorted(item.max)) {
    const most = nanosOf(bound) ?? 0n;
    const start = `maximum ${name} usage per ${type} is ${told(bound)}`;
    const [request, limit] = [requests[name], limits[name]];
    if (limit === undefined) problems.push(`${start}.  No limit is specified`);
    else if ((nanosOf(limit) ?? 0n) > most) problems.push(`${start}, but limit is ${told(limit)}`);
    else if (request !== undefined && (nanosOf(request) ?? 0n) > most)
      problems.push(`${start}, but request is ${told(request)}`);
  }
  for (const [name, bound] of sorted(item.maxLimitRequestRatio)) {
    const start = `${name} max limit to request ratio per ${type} is ${told(bound)}`;
    const [request = 0n, limit = 0n] = [nanosOf(requests[name]), nanosOf(limits[name])];
    if (request === 0n) problems.push(`${start}, but no request is specified or request is 0`);
    else if (limit === 0n) problems.push(`${start}, but no limit is specified or limit is 0`);
    else if (Number(limit) / Number(request) > Number(nanosOf(bound) ?? 0n) / 1e9)
      problems.push(`${start}, but provided ratio is ${(Number(limit) / Number(request)).toFixed(6)}`);
  }
  return problems;
}

function sorted(list: unknown): readonly [string, string][] {
  return Object.entries((list ?? {}) as Record<string, string>).sort(([a], [b]) => (a < b ? -1 : 1));
}
