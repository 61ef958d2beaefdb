import type { KubernetesObject } from '../trace/read-manifests.ts';

type Json = Readonly<Record<string, unknown>>;
type Direction = 'ingress' | 'egress';

const map = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(map) : []);

/** What a NetworkPolicy means, in words; each sentence ends in the field that it rests on. */
export function policyInWords(policy: KubernetesObject): readonly string[] {
  const spec = map(policy.spec);
  const namespace = policy.metadata.namespace ?? 'default';
  const who = podsInWords(map(spec['podSelector']), `in namespace ${namespace}`);
  const types = typesOf(spec);
  return [
    `${who.slice(0, 1).toUpperCase()}${who.slice(1)}:`,
    ...(['ingress', 'egress'] as const).flatMap((direction) =>
      types.includes(direction)
        ? directionInWords(direction, list(spec[direction]), namespace)
        : [`  ${direction}: this policy says nothing; others decide.`],
    ),
  ];
}

/** NP4: Ingress always, Egress only when egress rules exist. */
function typesOf(spec: Json): readonly string[] {
  const given = spec['policyTypes'];
  if (Array.isArray(given) && given.length > 0) return given.map((type) => String(type).toLowerCase());
  return list(spec['egress']).length > 0 ? ['ingress', 'egress'] : ['ingress'];
}

function directionInWords(
  direction: Direction,
  rules: readonly Json[],
  namespace: string,
): readonly string[] {
  const inward = direction === 'ingress';
  // NP5: no rules deny all.
  if (rules.length === 0)
    return [
      `  ${direction}: ${inward ? 'nobody may reach them' : 'they may reach nobody'}, unless another policy allows it.`,
    ];
  return rules.flatMap((rule, index) => {
    const field = inward ? 'from' : 'to';
    const peers = list(rule[field]);
    const ports = portsInWords(list(rule['ports']));
    const at = `spec.${direction}[${index}]`;
    const say = (peer: string, where: string): string =>
      `  ${direction}: ${inward ? `${peer} may reach them` : `they may reach ${peer}`} on ${ports}.  [${where}]`;
    // NP6: no peers are all peers.
    return peers.length === 0
      ? [say('everyone, inside the cluster and outside,', at)]
      : peers.map((peer, position) => say(peerInWords(peer, namespace), `${at}.${field}[${position}]`));
  });
}

function peerInWords(peer: Json, namespace: string): string {
  if (peer['ipBlock'] !== undefined) {
    const { cidr, except } = map(peer['ipBlock']);
    const but = Array.isArray(except) && except.length > 0 ? ` but not ${except.map(String).join(', ')}` : '';
    return `addresses in ${String(cidr)}${but}`;
  }
  const spaces = peer['namespaceSelector'];
  const pods = map(peer['podSelector']);
  // NP8: a podSelector alone looks in the policy's own namespace.
  if (spaces === undefined) return podsInWords(pods, `in namespace ${namespace}`);
  // NP10: an empty namespaceSelector is all namespaces.
  const where = isEmpty(map(spaces))
    ? 'in every namespace'
    : `in namespaces with ${selectorInWords(map(spaces))}`;
  return podsInWords(pods, where);
}

function podsInWords(selector: Json, where: string): string {
  return isEmpty(selector) ? `every pod ${where}` : `pods with ${selectorInWords(selector)} ${where}`;
}

function isEmpty(selector: Json): boolean {
  return (
    Object.keys(map(selector['matchLabels'])).length === 0 && list(selector['matchExpressions']).length === 0
  );
}

function selectorInWords(selector: Json): string {
  const labels = Object.entries(map(selector['matchLabels'])).map(
    ([key, value]) => `${key}=${String(value)}`,
  );
  const expressions = list(selector['matchExpressions']).map(({ key, operator, values }) => {
    const names = Array.isArray(values) ? values.map(String).join(', ') : '';
    switch (operator) {
      case 'In':
        return `${String(key)} in (${names})`;
      case 'NotIn':
        return `${String(key)} not in (${names})`;
      case 'Exists':
        return `a label ${String(key)}`;
      default:
        return `no label ${String(key)}`;
    }
  });
  return [...labels, ...expressions].join(' and ');
}

/** A number or a name, as it stands in YAML. */
function scalar(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function portsInWords(ports: readonly Json[]): string {
  if (ports.length === 0) return 'every port';
  return ports
    .map(({ protocol, port, endPort }) => {
      // NP19: the protocol is TCP unless said; NP20: without a port it is every port of it.
      const name = typeof protocol === 'string' ? protocol : 'TCP';
      if (port === undefined) return `every ${name} port`;
      return `${name} ${scalar(port)}${endPort === undefined ? '' : ` to ${scalar(endPort)}`}`;
    })
    .join(', ');
}
