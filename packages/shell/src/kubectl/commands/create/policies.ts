import type { Command } from '../../command/command.ts';
import { fail } from '../../failure.ts';
import * as surface from '../../surface/create.ts';
import { goQuote } from '../../values/go-text.ts';
import { compareText } from '../../values/json.ts';
import type { JsonObject, JsonValue } from '../../values/json.ts';
import { parseQuantity, quantityText } from '../../values/quantity.ts';
import { parseSelector } from '../../values/selector.ts';
import { compact, generate, metadataWith } from './generate.ts';
import type { GeneratorRequest } from './generate.ts';

/** What resource.ParseQuantity says of text that is none. */
export const QUANTITY_FORMAT =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** A number where the text is one, for fields of type IntOrString. */
export function intOrString(text: string): JsonValue {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

function quota({ invocation: { flags }, metadata }: GeneratorRequest): JsonObject {
  const hard: [string, string][] = [];
  for (const statement of flags.text('hard').split(',')) {
    if (flags.text('hard') === '') break;
    const parts = statement.split('=');
    if (parts.length !== 2) fail(`Invalid argument syntax ${statement}, expected <resource>=<value>`);
    const quantity = parseQuantity(parts[1] ?? '');
    if (quantity === undefined) return fail(QUANTITY_FORMAT);
    hard.push([parts[0] ?? '', quantityText(quantity)]);
  }
  const scopes = flags.text('scopes') === '' ? [] : flags.text('scopes').split(',');
  if (scopes.includes('')) fail('invalid resource quota scope ""');
  return {
    kind: 'ResourceQuota',
    apiVersion: 'v1',
    metadata,
    spec: compact({
      hard: hard.length > 0 ? Object.fromEntries(hard.sort(([a], [b]) => compareText(a, b))) : undefined,
      scopes: scopes.length > 0 ? scopes : undefined,
    }),
    status: {},
  };
}

/** The v1.LabelSelector of a selector's text. */
export function labelSelectorObject(text: string): JsonObject {
  const parsed = parseSelector(text);
  if (!parsed.ok) return fail(`couldn't parse the selector string "${text}": ${parsed.message}`);
  const matchLabels: JsonObject = {};
  const matchExpressions: JsonObject[] = [];
  for (const { key, operator, values } of parsed.requirements) {
    if (operator === '=' || operator === '==') matchLabels[key] = values[0] ?? '';
    else if (operator === '!=' || operator === 'notin')
      matchExpressions.push({ key, operator: 'NotIn', values: [...values].sort(compareText) });
    else if (operator === 'in')
      matchExpressions.push({ key, operator: 'In', values: [...values].sort(compareText) });
    else if (operator === 'exists' || operator === '!')
      matchExpressions.push({ key, operator: operator === '!' ? 'DoesNotExist' : 'Exists' });
    else fail(`${goQuote(operator === '>' ? 'gt' : 'lt')} isn't supported in label selectors`);
  }
  return compact({
    matchLabels: Object.keys(matchLabels).length > 0 ? matchLabels : undefined,
    matchExpressions: matchExpressions.length > 0 ? matchExpressions : undefined,
  });
}

function disruptionBudget({ invocation: { flags }, metadata }: GeneratorRequest): JsonObject {
  const selector = flags.text('selector');
  const least = flags.text('min-available');
  const most = flags.text('max-unavailable');
  if (selector === '') fail('a selector must be specified');
  if (least === '' && most === '') fail('one of min-available or max-unavailable must be specified');
  if (least !== '' && most !== '') fail('min-available and max-unavailable cannot be both specified');
  if (least !== '' && !/^[0-9]+%?$/.test(least)) fail('invalid format specified for min-available');
  if (most !== '' && !/^[0-9]+%?$/.test(most)) fail('invalid format specified for max-unavailable');
  return {
    kind: 'PodDisruptionBudget',
    apiVersion: 'policy/v1',
    metadata,
    spec: compact({
      minAvailable: least === '' ? undefined : intOrString(least),
      selector: labelSelectorObject(selector),
      maxUnavailable: most === '' ? undefined : intOrString(most),
    }),
    status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  };
}

function priorityClass({ invocation: { flags }, metadata }: GeneratorRequest): JsonObject {
  const description = flags.text('description');
  return compact({
    kind: 'PriorityClass',
    apiVersion: 'scheduling.k8s.io/v1',
    metadata,
    value: flags.integer('value'),
    globalDefault: flags.toggle('global-default') ? true : undefined,
    description: description === '' ? undefined : description,
    preemptionPolicy: flags.text('preemption-policy'),
  });
}

const RULE = /^[\w*\-.]*\/.*=[\w-]+:[\w-]+(,tls=?[\w-]*)?/;

function backend(text: string): JsonObject {
  const [name = '', port = ''] = text.split(':');
  const value = intOrString(port);
  return { service: { name, port: typeof value === 'number' ? { number: value } : { name: port } } };
}

function tlsOf(rules: readonly string[]): JsonObject[] {
  const seen = new Set<string>();
  const entries: { hosts: string[]; secretName: string }[] = [];
  for (const rule of rules) {
    const parts = rule.split(',');
    if (parts.length !== 2) continue;
    const host = rule.split('/')[0] ?? '';
    const secretName = (parts[1] ?? '').split('=')[1] ?? '';
    if (seen.has(host)) continue;
    seen.add(host);
    const same = entries.find((entry) => entry.secretName === secretName);
    if (same !== undefined) same.hosts.push(host);
    else if (secretName !== '' || host !== '') entries.push({ hosts: host === '' ? [] : [host], secretName });
  }
  return entries.map(({ hosts, secretName }) =>
    compact({
      hosts: hosts.length > 0 ? hosts : undefined,
      secretName: secretName === '' ? undefined : secretName,
    }),
  );
}

function rulesOf(rules: readonly string[]): JsonObject[] {
  const byHost = new Map<string, JsonObject[]>();
  for (const rule of rules) {
    const withoutTls = rule.split(',')[0] ?? '';
    const slash = withoutTls.indexOf('/');
    const [tail = '', service = ''] = withoutTls.slice(slash + 1).split('=');
    const path = `/${tail}`;
    const isPrefix = path.endsWith('*');
    const paths = byHost.get(withoutTls.slice(0, slash)) ?? [];
    paths.push({
      path: isPrefix ? path.slice(0, -1) : path,
      pathType: isPrefix ? 'Prefix' : 'Exact',
      backend: backend(service),
    });
    byHost.set(withoutTls.slice(0, slash), paths);
  }
  return [...byHost].map(([host, paths]) =>
    compact({ host: host === '' ? undefined : host, http: { paths } }),
  );
}

function ingress({ invocation: { flags }, metadata }: GeneratorRequest): JsonObject {
  const rules = flags.list('rule');
  const fallback = flags.text('default-backend');
  if (fallback === '' && rules.length === 0) {
    fail(
      'not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
    );
  }
  for (const rule of rules)
    if (!RULE.test(rule))
      fail(`rule ${rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
  const annotations: [string, string][] = flags.list('annotation').map((annotation) => {
    const equals = annotation.indexOf('=');
    if (equals < 0) fail(`annotation ${annotation} is invalid and should be in format key=[value]`);
    return [annotation.slice(0, equals), annotation.slice(equals + 1)];
  });
  if (fallback !== '' && fallback.split(':').length !== 2)
    fail('default-backend should be in format servicename:serviceport');
  const className = flags.text('class');
  const tls = tlsOf(rules);
  const parsed = rulesOf(rules);
  return {
    kind: 'Ingress',
    apiVersion: 'networking.k8s.io/v1',
    metadata: metadataWith(metadata, {
      annotations:
        annotations.length > 0
          ? Object.fromEntries(annotations.sort(([a], [b]) => compareText(a, b)))
          : undefined,
    }),
    spec: compact({
      ingressClassName: className === '' ? undefined : className,
      defaultBackend: fallback === '' ? undefined : backend(fallback),
      tls: tls.length > 0 ? tls : undefined,
      rules: parsed.length > 0 ? parsed : undefined,
    }),
    status: { loadBalancer: {} },
  };
}

export const createQuota: Command = {
  ...surface.CREATE_QUOTA,
  examples: [['Limit what a namespace may hold', 'kubectl create quota small --hard=pods=10,services=5']],
  run: (invocation) =>
    generate(invocation, {
      resource: 'resourcequotas',
      namespaced: true,
      failure: 'failed to create quota:',
      build: quota,
    }),
};

export const createDisruptionBudget: Command = {
  ...surface.CREATE_PODDISRUPTIONBUDGET,
  examples: [
    [
      'Keep half of the pods through voluntary disruptions',
      'kubectl create poddisruptionbudget web --selector=app=web --min-available=50%',
    ],
  ],
  run: (invocation) =>
    generate(invocation, {
      resource: 'poddisruptionbudgets',
      namespaced: true,
      failure: 'failed to create poddisruptionbudgets:',
      build: disruptionBudget,
    }),
};

export const createPriorityClass: Command = {
  ...surface.CREATE_PRIORITYCLASS,
  examples: [
    [
      'A class for pods that matter',
      'kubectl create priorityclass high --value=1000 --description="high priority"',
    ],
  ],
  run: (invocation) =>
    generate(invocation, {
      resource: 'priorityclasses',
      namespaced: false,
      failure: 'failed to create priorityclass:',
      build: priorityClass,
    }),
};

export const createIngress: Command = {
  ...surface.CREATE_INGRESS,
  examples: [
    [
      'Lead everything below a path to a service',
      'kubectl create ingress web --class=nginx --rule="shop.example.com/*=web:80"',
    ],
    [
      'With a certificate from a secret',
      'kubectl create ingress web --rule="shop.example.com/*=web:80,tls=shop-cert"',
    ],
  ],
  run: (invocation) =>
    generate(invocation, {
      resource: 'ingresses',
      namespaced: true,
      failure: 'failed to create ingress:',
      build: ingress,
    }),
};

export const createNamespace: Command = {
  ...surface.CREATE_NAMESPACE,
  examples: [['A namespace of your own', 'kubectl create namespace shop']],
  run: (invocation) =>
    generate(invocation, {
      resource: 'namespaces',
      namespaced: false,
      build: ({ metadata }) => ({ kind: 'Namespace', apiVersion: 'v1', metadata, spec: {}, status: {} }),
    }),
};

export const createServiceAccount: Command = {
  ...surface.CREATE_SERVICEACCOUNT,
  examples: [['An account for pods to run as', 'kubectl create serviceaccount web']],
  run: (invocation) =>
    generate(invocation, {
      resource: 'serviceaccounts',
      namespaced: true,
      failure: 'failed to create serviceaccount:',
      build: ({ metadata }) => ({ kind: 'ServiceAccount', apiVersion: 'v1', metadata }),
    }),
};
