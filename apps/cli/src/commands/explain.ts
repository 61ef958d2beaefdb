import { evaluatePolicies } from '@podwire/kubesim';
import type { PolicyObjects } from '@podwire/kubesim';
import { askApi } from '../cluster/create-object.ts';
import { policyInWords } from '../explain/words.ts';
import { EXIT } from '../terminal/output.ts';
import type { ExitCode, Output } from '../terminal/output.ts';
import { readManifests } from '../trace/read-manifests.ts';
import { worldOf } from '../trace/world.ts';

export interface ExplainOptions {
  readonly filename: readonly string[];
  readonly port: readonly string[];
  readonly json: boolean;
}

/** Pods and ports that a matrix has room for. */
const MAX_PODS = 40;
const MAX_PORTS = 8;

type PodObject = PolicyObjects['pods'][number];

interface Port {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

interface Cell extends Port {
  readonly from: string;
  readonly to: string;
  readonly allowed: boolean;
}

/** What the policies of given manifests mean: in words, and as a matrix of who may reach whom. */
export function explain(options: ExplainOptions, output: Output): Promise<ExitCode> {
  return Promise.resolve(run(options, output));
}

function run(options: ExplainOptions, output: Output): ExitCode {
  const fail = (message: string): ExitCode => {
    output.err(`podwire explain: ${message}`);
    return EXIT.usage;
  };
  const given = options.port.map(readPort);
  if (given.includes(undefined)) return fail(`--port ${options.port.join(' ')}: write 80, tcp/80 or udp/53.`);
  const read = readManifests(options.filename);
  if (!read.ok) return fail(`-f: ${read.message}.`);
  const policies = read.objects
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .map((policy) => ({
      policy: `${policy.metadata.namespace ?? 'default'}/${policy.metadata.name}`,
      words: policyInWords(policy),
    }));
  const { objects, notes } = policyWorld(read.objects);
  const pods = objects.pods.filter(
    (pod) => pod.metadata?.namespace !== 'kube-system' && pod.status?.podIP !== undefined,
  );
  const ports = (given.length > 0 ? given.flatMap((port) => port ?? []) : portsOf(objects)).slice(
    0,
    MAX_PORTS,
  );
  const matrix = matrixOf(objects, pods.slice(0, MAX_PODS), ports);
  if (pods.length > MAX_PODS) notes.push(`${pods.length - MAX_PODS} more pods are left out of the matrix.`);
  if (options.json) {
    output.out(JSON.stringify({ policies, notes, matrix }, null, 2));
    return EXIT.ok;
  }
  const { out, paint } = output;
  if (policies.length === 0) out('There is no NetworkPolicy: every pod may reach every other.');
  for (const { policy, words } of policies)
    out(`${paint('bold', `NetworkPolicy ${policy}`)}\n${words.join('\n')}\n`);
  for (const note of notes) out(paint('dim', `note: ${note}`));
  for (const port of ports) out(renderMatrix(matrix, port, output));
  return EXIT.ok;
}

function readPort(text: string): Port | undefined {
  const [, protocol = 'tcp', number = ''] = /^(?:(tcp|udp)\/)?(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(number);
  if (number === '' || port < 1 || port > 65_535) return undefined;
  return { protocol: protocol.toLowerCase() === 'udp' ? 'udp' : 'tcp', port };
}

/** The pods get their addresses and places on a simulated cluster; the policies are judged on those. */
function policyWorld(given: Parameters<typeof worldOf>[0]): {
  readonly objects: PolicyObjects;
  readonly notes: string[];
} {
  const { cluster, notes } = worldOf(given, { cni: 'bridge', networkPolicies: true, nodes: 2, seed: 1 });
  const itemsAt = (path: string): unknown =>
    (askApi(cluster.api, 'GET', path).body as { items: unknown }).items;
  return {
    notes: [...notes],
    objects: {
      policies: itemsAt('/apis/networking.k8s.io/v1/networkpolicies') as PolicyObjects['policies'],
      pods: itemsAt('/api/v1/pods') as PolicyObjects['pods'],
      namespaces: itemsAt('/api/v1/namespaces') as PolicyObjects['namespaces'],
      nodes: itemsAt('/api/v1/nodes') as NonNullable<PolicyObjects['nodes']>,
    },
  };
}

/** The ports that the policies speak of; without any, 80 stands for all. */
function portsOf({ policies }: PolicyObjects): readonly Port[] {
  const found = new Map<string, Port>();
  for (const { spec } of policies) {
    for (const rule of [...(spec?.ingress ?? []), ...(spec?.egress ?? [])]) {
      for (const { port, protocol } of rule.ports ?? []) {
        const number = Number(port);
        if (!Number.isInteger(number) || protocol === 'SCTP') continue;
        const entry: Port = { protocol: protocol === 'UDP' ? 'udp' : 'tcp', port: number };
        found.set(`${entry.protocol}/${entry.port}`, entry);
      }
    }
  }
  return found.size === 0 ? [{ protocol: 'tcp', port: 80 }] : [...found.values()];
}

function matrixOf(
  objects: PolicyObjects,
  pods: readonly PodObject[],
  ports: readonly Port[],
): readonly Cell[] {
  const name = ({ metadata }: PodObject): string =>
    `${metadata?.namespace ?? 'default'}/${metadata?.name ?? ''}`;
  const end = ({ status }: PodObject): { readonly address: string } => ({ address: status?.podIP ?? '' });
  return ports.flatMap((port) =>
    pods.flatMap((from) =>
      pods.map((to): Cell => {
        const connection = { source: end(from), destination: end(to), ...port };
        return {
          from: name(from),
          to: name(to),
          ...port,
          allowed: evaluatePolicies(objects, connection).allowed,
        };
      }),
    ),
  );
}

/** Allowed and denied differ by their sign, not by colour alone. */
function renderMatrix(cells: readonly Cell[], { protocol, port }: Port, { paint }: Output): string {
  const own = cells.filter((cell) => cell.protocol === protocol && cell.port === port);
  const names = [...new Set(own.map(({ from }) => from))];
  const title = `${protocol.toUpperCase()} ${port}`;
  const numbered = names.map((name, index) => `${index + 1} ${name}`);
  const width = Math.max(title.length, ...numbered.map((name) => name.length));
  const head = `${title.padEnd(width)} ${names.map((_name, index) => String(index + 1).padStart(3)).join('')}`;
  const rows = names.map((from, index) => {
    const marks = own
      .filter((cell) => cell.from === from)
      .map(({ allowed }) => `  ${allowed ? paint('green', '✓') : paint('red', '✗')}`);
    return `${(numbered[index] ?? '').padEnd(width)} ${marks.join('')}`;
  });
  return `\n${paint('bold', head)}\n${rows.join('\n')}\n${paint('dim', 'Rows connect to columns.')}`;
}
