import {
  ZERO,
  addQuantities,
  canonicalQuantity,
  milliUnits,
  parseQuantity,
  quantityText,
  wholeUnits,
} from '../values/quantity.ts';
import type { Quantity } from '../values/quantity.ts';
import { compareText, flagAt, objectAt, objectsAt, textAt, textMapAt, textsAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { plain, time } from './writer.ts';
import type { DescribeWriter } from './writer.ts';

type Amounts = ReadonlyMap<string, Quantity>;

function amounts(source: JsonObject | undefined): Amounts {
  const map = new Map<string, Quantity>();
  for (const [name, value] of Object.entries(source ?? {})) {
    const quantity = parseQuantity(plain(value));
    if (quantity !== undefined) map.set(name, quantity);
  }
  return map;
}

function add(a: Amounts, b: Amounts): Amounts {
  const sum = new Map(a);
  for (const [name, quantity] of b) sum.set(name, addQuantities(sum.get(name) ?? ZERO, quantity));
  return sum;
}

function most(a: Amounts, b: Amounts): Amounts {
  const larger = new Map(a);
  for (const [name, quantity] of b)
    if ((larger.get(name) ?? ZERO).nanos < quantity.nanos || !larger.has(name)) larger.set(name, quantity);
  return larger;
}

/** What a pod asks for, or may use: the larger of its containers together and its largest init container. */
function podAmounts(pod: JsonObject, kind: 'requests' | 'limits'): Amounts {
  let total: Amounts = new Map();
  for (const container of objectsAt(pod, 'spec', 'containers'))
    total = add(total, amounts(objectAt(container, 'resources', kind)));
  let sidecars: Amounts = new Map();
  let init: Amounts = new Map();
  for (const container of objectsAt(pod, 'spec', 'initContainers')) {
    const own = amounts(objectAt(container, 'resources', kind));
    if (textAt(container, 'restartPolicy') === 'Always') {
      total = add(total, own);
      sidecars = add(sidecars, own);
      init = most(init, sidecars);
    } else {
      init = most(init, add(own, sidecars));
    }
  }
  return add(most(total, init), amounts(objectAt(pod, 'spec', 'overhead')));
}

function share(part: Quantity, whole: Quantity, isCpu: boolean): string {
  const size = isCpu ? milliUnits(whole) : wholeUnits(whole);
  const used = isCpu ? milliUnits(part) : wholeUnits(part);
  const percent = size === 0n ? 0 : Math.trunc((Number(used) / Number(size)) * 100);
  return `${quantityText(part)} (${percent}%)`;
}

function describeUse(w: DescribeWriter, node: JsonObject, pods: readonly JsonObject[]): void {
  const allocatable = amounts(
    objectAt(node, 'status', 'allocatable') ?? objectAt(node, 'status', 'capacity'),
  );
  const of = (map: Amounts, name: string): Quantity => map.get(name) ?? ZERO;
  w.write(0, `Non-terminated Pods:\t(${pods.length} in total)\n`);
  w.write(1, 'Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge\n');
  w.write(1, '---------\t----\t\t------------\t----------\t---------------\t-------------\t---\n');
  let requests: Amounts = new Map();
  let limits: Amounts = new Map();
  for (const pod of pods) {
    const asked = podAmounts(pod, 'requests');
    const allowed = podAmounts(pod, 'limits');
    requests = add(requests, asked);
    limits = add(limits, allowed);
    const cells = [
      share(of(asked, 'cpu'), of(allocatable, 'cpu'), true),
      share(of(allowed, 'cpu'), of(allocatable, 'cpu'), true),
      share(of(asked, 'memory'), of(allocatable, 'memory'), false),
      share(of(allowed, 'memory'), of(allocatable, 'memory'), false),
      w.age(textAt(pod, 'metadata', 'creationTimestamp')),
    ];
    w.write(
      1,
      `${textAt(pod, 'metadata', 'namespace')}\t${textAt(pod, 'metadata', 'name')}\t\t${cells.join('\t')}\n`,
    );
  }
  w.write(0, 'Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n');
  w.write(1, 'Resource\tRequests\tLimits\n');
  w.write(1, '--------\t--------\t------\n');
  const huge = [...allocatable.keys()].filter((name) => name.startsWith('hugepages-')).sort(compareText);
  for (const name of ['cpu', 'memory', 'ephemeral-storage', ...huge]) {
    const isCpu = name === 'cpu';
    w.write(
      1,
      `${name}\t${share(of(requests, name), of(allocatable, name), isCpu)}\t${share(of(limits, name), of(allocatable, name), isCpu)}\n`,
    );
  }
  const standard = new Set(['cpu', 'memory', 'ephemeral-storage', 'pods']);
  for (const name of [...allocatable.keys()]
    .filter((each) => !standard.has(each) && !each.startsWith('hugepages-'))
    .sort(compareText)) {
    w.write(1, `${name}\t${quantityText(of(requests, name))}\t${quantityText(of(limits, name))}\n`);
  }
}

function taintText(taint: JsonObject): string {
  const value = textAt(taint, 'value');
  const effect = textAt(taint, 'effect');
  return textAt(taint, 'key') + (value === '' ? '' : `=${value}`) + (effect === '' ? '' : `:${effect}`);
}

function rolesOf(node: JsonObject): string {
  const roles = new Set<string>();
  for (const [key, value] of textMapAt(node, 'metadata', 'labels')) {
    const role = key.startsWith('node-role.kubernetes.io/')
      ? key.slice('node-role.kubernetes.io/'.length)
      : '';
    if (role !== '') roles.add(role);
    else if (key === 'kubernetes.io/role' && value !== '') roles.add(value);
  }
  return roles.size === 0 ? '<none>' : [...roles].sort(compareText).join(',');
}

const SYSTEM_INFO = [
  ['Machine ID', 'machineID'],
  ['System UUID', 'systemUUID'],
  ['Boot ID', 'bootID'],
  ['Kernel Version', 'kernelVersion'],
  ['OS Image', 'osImage'],
  ['Operating System', 'operatingSystem'],
  ['Architecture', 'architecture'],
  ['Container Runtime Version', 'containerRuntimeVersion'],
  ['Kubelet Version', 'kubeletVersion'],
  ['Kube-Proxy Version', 'kubeProxyVersion'],
] as const;

/** The node's lease, or why it cannot be had. */
export type LeaseResult =
  { readonly ok: true; readonly lease: JsonObject } | { readonly ok: false; readonly message: string };

export function describeNode(
  w: DescribeWriter,
  node: JsonObject,
  lease: LeaseResult,
  pods: readonly JsonObject[] | undefined,
): void {
  w.field('Name', textAt(node, 'metadata', 'name'));
  w.field('Roles', rolesOf(node));
  w.labels('Labels', textMapAt(node, 'metadata', 'labels'));
  w.annotations('Annotations', node);
  w.field('CreationTimestamp', time(textAt(node, 'metadata', 'creationTimestamp')));
  const taints = [...objectsAt(node, 'spec', 'taints')].sort((a, b) =>
    compareText(`${textAt(a, 'effect')},${textAt(a, 'key')}`, `${textAt(b, 'effect')},${textAt(b, 'key')}`),
  );
  w.write(0, `Taints:\t${taints.length === 0 ? '<none>\n' : ''}`);
  taints.forEach((taint, i) => {
    w.write(0, `${i === 0 ? '' : '\t'}${taintText(taint)}\n`);
  });
  w.field('Unschedulable', String(flagAt(node, 'spec', 'unschedulable') === true));
  if (lease.ok) {
    const unset = (key: string): string => textAt(lease.lease, 'spec', key);
    w.write(0, 'Lease:\n');
    w.write(1, `HolderIdentity:\t${unset('holderIdentity') || '<unset>'}\n`);
    w.write(1, `AcquireTime:\t${unset('acquireTime') === '' ? '<unset>' : time(unset('acquireTime'))}\n`);
    w.write(1, `RenewTime:\t${unset('renewTime') === '' ? '<unset>' : time(unset('renewTime'))}\n`);
  } else {
    w.field('Lease', `Failed to get lease: ${lease.message}`);
  }
  const conditions = objectsAt(node, 'status', 'conditions');
  if (conditions.length > 0) {
    w.write(0, 'Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n');
    w.write(1, '----\t------\t-----------------\t------------------\t------\t-------\n');
  }
  for (const condition of conditions) {
    const times = `${time(textAt(condition, 'lastHeartbeatTime'))} \t${time(textAt(condition, 'lastTransitionTime'))}`;
    w.write(
      1,
      `${textAt(condition, 'type')} \t${textAt(condition, 'status')} \t${times} \t${textAt(condition, 'reason')} \t${textAt(condition, 'message')}\n`,
    );
  }
  w.write(0, 'Addresses:\n');
  for (const address of objectsAt(node, 'status', 'addresses'))
    w.write(1, `${textAt(address, 'type')}:\t${textAt(address, 'address')}\n`);
  for (const [title, key] of [
    ['Capacity', 'capacity'],
    ['Allocatable', 'allocatable'],
  ] as const) {
    const entries = Object.entries(objectAt(node, 'status', key) ?? {}).sort(([a], [b]) => compareText(a, b));
    if (entries.length > 0) w.write(0, `${title}:\n`);
    for (const [name, value] of entries) w.write(0, `  ${name}:\t${canonicalQuantity(plain(value))}\n`);
  }
  w.write(0, 'System Info:\n');
  for (const [title, key] of SYSTEM_INFO)
    w.write(0, `  ${title}:\t${textAt(node, 'status', 'nodeInfo', key)}\n`);
  if (textAt(node, 'spec', 'podCIDR') !== '') w.field('PodCIDR', textAt(node, 'spec', 'podCIDR'));
  const cidrs = textsAt(node, 'spec', 'podCIDRs');
  if (cidrs.length > 0) w.field('PodCIDRs', cidrs.join(','));
  if (textAt(node, 'spec', 'providerID') !== '') w.field('ProviderID', textAt(node, 'spec', 'providerID'));
  if (pods === undefined) w.field('Pods', 'not authorized');
  else describeUse(w, node, pods);
  w.events();
}
