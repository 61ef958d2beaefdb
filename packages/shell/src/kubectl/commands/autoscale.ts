import { apiVersionOf } from '../api/discovery.ts';
import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { Failure, fail } from '../failure.ts';
import { operationFor, outputPrinter } from '../printers/printer.ts';
import { typeOf } from '../resources/info.ts';
import type { ResourceInfo } from '../resources/info.ts';
import { fileQuery, namespaceQuery } from '../resources/query.ts';
import { forEachInfo } from '../resources/visit.ts';
import { AUTOSCALE } from '../surface/workloads.ts';
import type { JsonObject } from '../values/json.ts';
import { canonicalQuantity, parseQuantity } from '../values/quantity.ts';
import { recorded } from './change-cause.ts';
import { compact } from './create/generate.ts';
import { requireFlags } from './create/required.ts';
import { dryRunOf, writeParameters } from './dry-run.ts';
import type { DryRun } from './dry-run.ts';
import { withLastApplied } from './last-applied.ts';

const MAX_PERCENT = 2 ** 31 - 1;
type Target =
  | { readonly kind: 'utilization'; readonly percent: number }
  | { readonly kind: 'average'; readonly quantity: string };

/** `70%` of what pods request, or an amount; a bare number is millicores or mebibytes. */
function targetOf(text: string, resource: 'cpu' | 'memory'): Target {
  const input = text.trim();
  if (input === '') fail('empty input');
  if (input.endsWith('%')) {
    const digits = input.slice(0, -1);
    if (!/^\+?\d+$/.test(digits) || Number(digits) > MAX_PERCENT) fail(`invalid percentage value: ${digits}`);
    return { kind: 'utilization', percent: Number(digits) };
  }
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(input)) {
    const amount = `${Number(input)}${resource === 'cpu' ? 'm' : 'Mi'}`;
    return { kind: 'average', quantity: canonicalQuantity(amount) };
  }
  if (parseQuantity(input) === undefined) fail(`invalid resource ${resource} value: ${input}`);
  return { kind: 'average', quantity: canonicalQuantity(input) };
}

function metric(name: 'cpu' | 'memory', target: Target): JsonObject {
  return {
    type: 'Resource',
    resource: {
      name,
      target:
        target.kind === 'utilization'
          ? { type: 'Utilization', averageUtilization: target.percent }
          : { type: 'AverageValue', averageValue: target.quantity },
    },
  };
}

function autoscalerFor({ flags, session }: Invocation, info: ResourceInfo): JsonObject {
  const type = typeOf(info);
  const metrics: JsonObject[] = [];
  const percent = flags.integer('cpu-percent');
  if (percent > 0) metrics.push(metric('cpu', { kind: 'utilization', percent }));
  for (const name of ['cpu', 'memory'] as const)
    if (flags.text(name) !== '') metrics.push(metric(name, targetOf(flags.text(name), name)));
  const min = flags.integer('min');
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: flags.text('name') || info.name, namespace: session.namespace() },
    spec: compact({
      scaleTargetRef: { apiVersion: apiVersionOf(type), kind: type.kind, name: info.name },
      minReplicas: min > 0 ? min : undefined,
      maxReplicas: flags.integer('max'),
      metrics: metrics.length === 0 ? undefined : metrics,
    }),
  };
}

function validate({ flags }: Invocation): void {
  const max = flags.integer('max');
  const min = flags.integer('min');
  if (max < 1) fail(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
  if (max < min) fail(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
  if (flags.integer('cpu-percent') > 0 && flags.text('cpu') !== '')
    fail('--cpu-percent and --cpu are mutually exclusive');
  for (const name of ['cpu', 'memory'] as const)
    if (flags.text(name) !== '') targetOf(flags.text(name), name);
}

/** Creates the autoscaler. A server without them is asked for the older version too, when that can hold it. */
function create(invocation: Invocation, object: JsonObject, dryRun: DryRun): JsonObject {
  const { flags, session } = invocation;
  const { apiVersion, kind, spec } = object;
  const body = flags.toggle('save-config') ? withLastApplied(object, 'typed') : object;
  const path = (version: string): string =>
    `/apis/autoscaling/${version}/namespaces/${session.namespace()}/horizontalpodautoscalers`;
  const query = writeParameters({ dryRun, fieldManager: flags.text('field-manager') });
  const reply = session.api().send('POST', path('v2'), { body, query });
  if (reply.ok) return { kind: kind ?? '', apiVersion: apiVersion ?? '', ...reply.object };
  const cpu = flags.text('cpu').trim();
  const incompatible =
    'failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1';
  if (cpu === '') fail(`${incompatible}: empty input`);
  // The real one has lost the reason by now, and prints what Go prints for none.
  if (flags.text('memory') !== '' || !cpu.endsWith('%')) fail(`${incompatible}: %!w(<nil>)`);
  const { metrics: _, ...older } = spec as JsonObject;
  const again = session.api().send('POST', path('v1'), {
    body: { ...body, apiVersion: 'autoscaling/v1', spec: older },
    query,
  });
  if (again.ok) return { kind: kind ?? '', apiVersion: 'autoscaling/v1', ...again.object };
  throw new Failure(again.problem);
}

function* run(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  requireFlags(invocation, ['max']);
  const dryRun = dryRunOf(session, flags);
  validate(invocation);
  const query = { ...fileQuery(flags), ...namespaceQuery(invocation), args, continueOnError: true };
  const count = yield* forEachInfo(session, query, function* (info) {
    const type = typeOf(info);
    if (!type.subresources.includes('scale'))
      fail(
        `cannot autoscale a ${type.kind}: could not find scale subresource for ${type.group}/${type.version}, Resource=${type.resource} in discovery information`,
      );
    const object = recorded(invocation, autoscalerFor(invocation, info));
    const made = dryRun === 'client' ? shown(object) : create(invocation, object, dryRun);
    const operation = operationFor(dryRun === 'client' ? 'created' : 'autoscaled', dryRun);
    session.out(outputPrinter(session, flags, { operation }).print(made));
    return undefined;
  });
  if (count === 0) fail('no objects passed to autoscale');
  return undefined;
}

/** As Go writes the object out: without the namespace that only the request names, with an empty status. */
function shown(object: JsonObject): JsonObject {
  const { namespace: _, ...metadata } = object['metadata'] as JsonObject;
  return { ...object, metadata, status: { currentMetrics: null, desiredReplicas: 0 } };
}

export const autoscaleCommand: Command = {
  ...AUTOSCALE,
  long: `Create an autoscaler that chooses how many pods run, between the bounds that you give.

 It needs a server that offers HorizontalPodAutoscalers.`,
  examples: [
    [
      'Between two and ten pods, at half of the CPU that they request',
      'kubectl autoscale deployment web --min=2 --max=10 --cpu=50%',
    ],
  ],
  run,
};
