import type { Place, ProbeRequest, ProbeResult, SimulatedCluster } from '@podwire/kubesim';
import { EXIT } from '../terminal/output.ts';
import type { ExitCode, Output } from '../terminal/output.ts';
import { candidatesOf, readFrom, readTo } from '../trace/endpoints.ts';
import { readManifests } from '../trace/read-manifests.ts';
import { renderTrace } from '../trace/render.ts';
import type { Traced } from '../trace/render.ts';
import { worldOf } from '../trace/world.ts';

export interface TraceOptions {
  readonly filename: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly namespace: string;
  readonly protocol: string;
  readonly cni: string;
  readonly policies: boolean;
  readonly nodes: string;
  readonly seed: string;
  readonly timeout: string;
  readonly all: boolean;
  readonly json: boolean;
}

const PROTOCOLS = ['tcp', 'udp', 'icmp'] as const;
const CNIS = ['bridge', 'ptp', 'vxlan', 'none'] as const;
const MAX_NODES = 20;
const MAX_TIMEOUT_S = 300;
/** Virtual time beyond the probe's own timeout: its name is looked up first, with retries. */
const GRACE_MS = 60_000;
const MAX_EVENTS = 5_000_000;

/** Follows one packet between two endpoints of given manifests, on a cluster that exists for this alone. */
export function trace(options: TraceOptions, output: Output): Promise<ExitCode> {
  return Promise.resolve(run(options, output));
}

function run(options: TraceOptions, output: Output): ExitCode {
  const fail = (message: string): ExitCode => {
    output.err(`podwire trace: ${message}`);
    return EXIT.usage;
  };
  const protocol = PROTOCOLS.find((choice) => choice === options.protocol.toLowerCase());
  const cni = CNIS.find((choice) => choice === options.cni);
  if (protocol === undefined)
    return fail(`--protocol "${options.protocol}": one of ${PROTOCOLS.join(', ')}.`);
  if (cni === undefined) return fail(`--cni "${options.cni}": one of ${CNIS.join(', ')}.`);
  const [nodes, seed, timeout] = [options.nodes, options.seed, options.timeout].map(Number) as [
    number,
    number,
    number,
  ];
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > MAX_NODES)
    return fail(`--nodes "${options.nodes}": a whole number from 1 to ${MAX_NODES}.`);
  if (!Number.isInteger(seed) || seed < 0) return fail(`--seed "${options.seed}": a whole number.`);
  if (!(timeout > 0 && timeout <= MAX_TIMEOUT_S))
    return fail(`--timeout "${options.timeout}": seconds, up to ${MAX_TIMEOUT_S}.`);
  const read = readManifests(options.filename);
  if (!read.ok) return fail(`-f: ${read.message}.`);
  const { cluster, notes } = worldOf(read.objects, { cni, networkPolicies: options.policies, nodes, seed });
  const from = readFrom(options.from, options.namespace, cluster);
  if (!from.ok) return fail(from.message);
  const to = readTo(options.to, options.namespace, cluster, protocol);
  if (!to.ok) return fail(to.message);
  const { target } = to;
  const result = probe(cluster, {
    from: from.place,
    to: target.to,
    port: target.port,
    protocol,
    timeoutMs: timeout * 1_000,
    ...(target.http === undefined ? {} : { http: target.http }),
  });
  const traced: Traced = {
    from: placeText(from.place),
    to: target.label,
    protocol,
    port: target.port,
    result,
    candidates: candidatesOf(cluster, target),
    notes,
  };
  if (options.json) output.out(JSON.stringify(asJson(traced), null, 2));
  else output.out(renderTrace(traced, output.paint, { all: options.all }));
  return result.verdict === 'open' ? EXIT.ok : EXIT.failed;
}

function probe(cluster: SimulatedCluster, request: ProbeRequest): ProbeResult {
  const started = cluster.startProbe(request);
  cluster.run({
    untilMs: cluster.nowMs() + request.timeoutMs + GRACE_MS,
    maxEvents: MAX_EVENTS,
    condition: () => started.result() !== undefined,
  });
  const result = started.result();
  if (result === undefined) throw new Error('the probe came to no result');
  return result;
}

function placeText(place: Place): string {
  switch (place.kind) {
    case 'pod':
      return `pod ${place.namespace}/${place.name}`;
    case 'node':
      return `node ${place.name}`;
    case 'toolbox':
      return 'toolbox';
    case 'outside':
      return `${place.address} (outside)`;
  }
}

function asJson({ result, ...traced }: Traced): object {
  const { packets, ...verdict } = result;
  return { ...traced, ...verdict, packets };
}
