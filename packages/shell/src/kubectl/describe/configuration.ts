import { formatLabels } from '../printers/table.ts';
import { decodeBase64 } from '../values/base64.ts';
import { canonicalQuantity } from '../values/quantity.ts';
import {
  compareText,
  flagAt,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
  textMapAt,
  textsAt,
  valueAt,
} from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { formatSelector, plain, time } from './writer.ts';
import type { DescribeWriter } from './writer.ts';

export function describeConfigMap(w: DescribeWriter, map: JsonObject): void {
  w.head(map);
  w.write(0, '\nData\n====\n');
  for (const [key, value] of textMapAt(map, 'data')) {
    w.write(0, `${key}:\n----\n`);
    w.write(0, `${value}\n`);
    w.write(0, '\n');
  }
  w.write(0, '\nBinaryData\n====\n');
  for (const [key, value] of textMapAt(map, 'binaryData'))
    w.write(0, `${key}: ${decodeBase64(value)?.length ?? 0} bytes\n`);
  w.write(0, '\n');
  w.events();
}

export function describeSecret(w: DescribeWriter, secret: JsonObject): void {
  w.head(secret);
  const type = textAt(secret, 'type');
  w.write(0, `\nType:\t${type}\n`);
  w.write(0, '\nData\n====\n');
  for (const [key, value] of textMapAt(secret, 'data')) {
    const data = decodeBase64(value) ?? new Uint8Array();
    const isToken = key === 'token' && type === 'kubernetes.io/service-account-token';
    w.write(0, `${key}:\t${isToken ? new TextDecoder().decode(data) : `${data.length} bytes`}\n`);
  }
}

/** `secrets` are those of the account's namespace; undefined when they cannot be read. */
export function describeServiceAccount(
  w: DescribeWriter,
  account: JsonObject,
  secrets: readonly JsonObject[] | undefined,
): void {
  w.head(account);
  const names = (key: string): readonly string[] =>
    objectsAt(account, key).map((reference) => textAt(reference, 'name'));
  const tokens = (secrets ?? [])
    .filter((secret) => textAt(secret, 'type') === 'kubernetes.io/service-account-token')
    .filter(
      (secret) =>
        textAt(secret, 'metadata', 'annotations', 'kubernetes.io/service-account.name') ===
        textAt(account, 'metadata', 'name'),
    )
    .map((secret) => textAt(secret, 'metadata', 'name'));
  const known =
    secrets === undefined ? undefined : new Set(secrets.map((secret) => textAt(secret, 'metadata', 'name')));
  for (const [title, list] of [
    ['Image pull secrets:', names('imagePullSecrets')],
    ['Mountable secrets: ', names('secrets')],
    ['Tokens:            ', tokens],
  ] as const) {
    if (list.length === 0) w.write(0, `${title}\t<none>\n`);
    list.forEach((name, i) => {
      w.write(
        0,
        `${i === 0 ? title : '                   '}\t${name}${known?.has(name) === false ? ' (not found)' : ''}\n`,
      );
    });
  }
  w.events();
}

const SCOPES: ReadonlyMap<string, string> = new Map([
  [
    'Terminating',
    'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  ],
  [
    'NotTerminating',
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  ],
  [
    'BestEffort',
    'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  ],
  [
    'NotBestEffort',
    'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
  ],
]);

interface QuotaLayout {
  readonly level: number;
  readonly rule: string;
  readonly bullet: string;
}

function quotaBody(w: DescribeWriter, quota: JsonObject, { level, rule, bullet }: QuotaLayout): void {
  const scopes = [...textsAt(quota, 'spec', 'scopes')].sort(compareText);
  if (scopes.length > 0) w.write(level, `Scopes:\t${scopes.join(', ')}\n`);
  for (const scope of scopes) {
    const help = SCOPES.get(scope);
    if (help !== undefined) w.write(level, `${bullet} ${help}\n`);
  }
  w.write(level, 'Resource\tUsed\tHard\n');
  w.write(level, rule);
  const hard = objectAt(quota, 'status', 'hard') ?? {};
  for (const name of Object.keys(hard).sort(compareText)) {
    const used = valueAt(quota, 'status', 'used', name);
    w.write(level, `${name}\t${canonicalQuantity(plain(used))}\t${canonicalQuantity(plain(hard[name]))}\n`);
  }
}

export function describeQuota(w: DescribeWriter, quota: JsonObject): void {
  w.field('Name', textAt(quota, 'metadata', 'name'));
  w.field('Namespace', textAt(quota, 'metadata', 'namespace'));
  quotaBody(w, quota, { level: 0, rule: '--------\t----\t----\n', bullet: ' *' });
}

function limitRows(w: DescribeWriter, range: JsonObject, prefix: string): void {
  for (const item of objectsAt(range, 'spec', 'limits')) {
    const columns = ['min', 'max', 'defaultRequest', 'default', 'maxLimitRequestRatio'];
    const names = new Set(columns.flatMap((column) => Object.keys(objectAt(item, column) ?? {})));
    for (const name of [...names].sort(compareText)) {
      const cells = columns.map((column) => {
        const value = valueAt(item, column, name);
        return value === undefined ? '-' : canonicalQuantity(plain(value));
      });
      w.write(0, `${prefix}${textAt(item, 'type')}\t${name}\t${cells.join('\t')}\n`);
    }
  }
}

export function describeLimitRange(w: DescribeWriter, range: JsonObject): void {
  w.field('Name', textAt(range, 'metadata', 'name'));
  w.field('Namespace', textAt(range, 'metadata', 'namespace'));
  w.write(0, 'Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n');
  w.write(0, '----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n');
  limitRows(w, range, '');
}

/** Lists are undefined when the server does not have the type. */
export function describeNamespace(
  w: DescribeWriter,
  namespace: JsonObject,
  quotas: readonly JsonObject[] | undefined,
  limits: readonly JsonObject[] | undefined,
): void {
  w.head(namespace, { namespace: false });
  w.field('Status', textAt(namespace, 'status', 'phase'));
  const conditions = objectsAt(namespace, 'status', 'conditions');
  if (conditions.length > 0) {
    w.write(0, 'Conditions:\n');
    conditionTable(w, conditions);
  }
  if (quotas !== undefined) {
    w.write(0, '\n');
    w.write(0, quotas.length === 0 ? 'No resource quota.\n' : 'Resource Quotas\n');
    for (const quota of [...quotas].sort((a, b) =>
      compareText(textAt(a, 'metadata', 'name'), textAt(b, 'metadata', 'name')),
    )) {
      w.write(1, `Name:\t${textAt(quota, 'metadata', 'name')}\n`);
      quotaBody(w, quota, { level: 1, rule: '--------\t---\t---\n', bullet: '*' });
    }
  }
  if (limits === undefined) return;
  w.write(0, '\n');
  if (limits.length === 0) {
    w.write(0, 'No LimitRange resource.\n');
    return;
  }
  w.write(
    0,
    'Resource Limits\n Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n',
  );
  w.write(0, ' ----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n');
  for (const range of limits) limitRows(w, range, ' ');
}

function conditionTable(w: DescribeWriter, conditions: readonly JsonObject[]): void {
  w.write(1, 'Type\tStatus\tLastTransitionTime\tReason\tMessage\n');
  w.write(1, '----\t------\t------------------\t------\t-------\n');
  for (const condition of conditions) {
    w.write(
      1,
      `${textAt(condition, 'type')}\t${textAt(condition, 'status')}\t${time(textAt(condition, 'lastTransitionTime'))}\t${textAt(condition, 'reason')}\t${textAt(condition, 'message')}\n`,
    );
  }
}

export function describeServiceCidr(w: DescribeWriter, cidr: JsonObject): void {
  w.head(cidr, { namespace: false });
  w.field('CIDRs', textsAt(cidr, 'spec', 'cidrs').join(', '));
  const conditions = objectsAt(cidr, 'status', 'conditions');
  if (conditions.length > 0) {
    w.write(0, 'Status:\n');
    w.write(0, 'Conditions:\n');
    conditionTable(w, conditions);
  }
  w.events();
}

export function describeDisruptionBudget(w: DescribeWriter, budget: JsonObject): void {
  w.field('Name', textAt(budget, 'metadata', 'name'));
  w.field('Namespace', textAt(budget, 'metadata', 'namespace'));
  const least = valueAt(budget, 'spec', 'minAvailable');
  const most = valueAt(budget, 'spec', 'maxUnavailable');
  if (least !== undefined) w.field('Min available', plain(least));
  else if (most !== undefined) w.field('Max unavailable', plain(most));
  const selector = objectAt(budget, 'spec', 'selector');
  w.field('Selector', selector === undefined ? '<unset>' : formatSelector(selector));
  w.write(0, 'Status:\n');
  for (const [title, key] of [
    ['Allowed disruptions', 'disruptionsAllowed'],
    ['Current', 'currentHealthy'],
    ['Desired', 'desiredHealthy'],
    ['Total', 'expectedPods'],
  ] as const) {
    w.write(2, `${title}:\t${numberAt(budget, 'status', key) ?? 0}\n`);
  }
  w.events();
}

export function describePriorityClass(w: DescribeWriter, priority: JsonObject): void {
  w.field('Name', textAt(priority, 'metadata', 'name'));
  w.field('Value', numberAt(priority, 'value') ?? 0);
  w.field('GlobalDefault', String(flagAt(priority, 'globalDefault') === true));
  w.field('PreemptionPolicy', textAt(priority, 'preemptionPolicy'));
  w.field('Description', textAt(priority, 'description'));
  w.field('Annotations', formatLabels(textMapAt(priority, 'metadata', 'annotations')));
  w.events();
}

export function describeStorageClass(w: DescribeWriter, storage: JsonObject): void {
  const expansion = flagAt(storage, 'allowVolumeExpansion');
  const isDefault =
    textAt(storage, 'metadata', 'annotations', 'storageclass.kubernetes.io/is-default-class') === 'true';
  w.field('Name', textAt(storage, 'metadata', 'name'));
  w.field('IsDefaultClass', isDefault ? 'Yes' : 'No');
  w.field('Annotations', formatLabels(textMapAt(storage, 'metadata', 'annotations')));
  w.field('Provisioner', textAt(storage, 'provisioner'));
  w.field('Parameters', formatLabels(textMapAt(storage, 'parameters')));
  w.field('AllowVolumeExpansion', expansion === undefined ? '<unset>' : expansion ? 'True' : 'False');
  const options = textsAt(storage, 'mountOptions');
  w.write(0, `MountOptions:${options.length === 0 ? '\t<none>' : ''}\n`);
  for (const option of options) w.write(1, `${option}\n`);
  if (textAt(storage, 'reclaimPolicy') !== '') w.field('ReclaimPolicy', textAt(storage, 'reclaimPolicy'));
  if (textAt(storage, 'volumeBindingMode') !== '')
    w.field('VolumeBindingMode', textAt(storage, 'volumeBindingMode'));
  w.events();
}
