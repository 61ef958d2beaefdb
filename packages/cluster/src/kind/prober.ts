import type { PlaceView, ProbeRequestView, ProbeResultView } from '@podwire/protocol';
import { z } from 'zod';
import type { DockerHost } from './docker-host.ts';
import type { KubeApi } from './kube-api.ts';

/** What the prober program says of one connection (`infra/images/toolbox/podwire-probe`), a JSON line. */
const saidSchema = z.object({
  verdict: z.enum(['open', 'refused', 'timed-out', 'unreachable', 'name-not-found']),
  address: z.string().optional(),
  durationMs: z.number(),
  /** Of the connection's entry in the node's conntrack, where it was translated or passed through it. */
  reached: z.object({ address: z.string(), port: z.number() }).optional(),
  sourceSeen: z.string().optional(),
  status: z.number().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
});
export type ProberAnswer = z.infer<typeof saidSchema>;

const PROGRAM = '/usr/local/libexec/podwire-probe';
/** Beyond a probe's own time: starting the program, looking the name up. */
const GRACE_MS = 15_000;

interface PodStatus {
  readonly metadata: { readonly uid: string };
  readonly spec?: { readonly nodeName?: string; readonly hostNetwork?: boolean };
  readonly status?: { readonly podIP?: string; readonly phase?: string };
}

export interface HttpWish {
  readonly path: string;
  readonly host: string;
}

/**
 * Probes made where the learner can't reach: the program runs in a container of its own, which joins the node's
 * processes for as long as the probe lasts and enters the pod's network namespace. Nothing that lies in the pod or on
 * the node is executed.
 */
export class KindProber {
  readonly #docker: DockerHost;
  readonly #api: KubeApi;
  readonly #image: string;
  readonly #nodeIds: ReadonlyMap<string, string>;
  readonly #toolbox: string;

  constructor(wiring: {
    readonly docker: DockerHost;
    readonly api: KubeApi;
    readonly image: string;
    readonly nodeIds: ReadonlyMap<string, string>;
    readonly toolbox: string;
  }) {
    this.#docker = wiring.docker;
    this.#api = wiring.api;
    this.#image = wiring.image;
    this.#nodeIds = wiring.nodeIds;
    this.#toolbox = wiring.toolbox;
  }

  async probe(request: ProbeRequestView): Promise<ProbeResultView> {
    const to = await this.#destination(request.to);
    if (to === undefined) return notProbed('no-such-destination', 'There is no such destination.');
    const where = await this.#place(request.from);
    if (where === undefined) return notProbed('no-such-source', 'There is no such place to probe from.');
    const said = await this.run(where, to, request.port, request.protocol, request.timeoutMs);
    return {
      verdict: said.verdict,
      ...(said.address === undefined ? {} : { dialled: { address: said.address, port: request.port } }),
      ...(said.reached === undefined ? {} : { reached: said.reached }),
      ...(said.sourceSeen === undefined ? {} : { sourceSeen: said.sourceSeen }),
      durationMs: said.durationMs,
      packets: [],
      because: BECAUSE[said.verdict],
    };
  }

  /** @param where as `#place` found it. */
  async run(
    where: Where,
    host: string,
    port: number,
    protocol: ProbeRequestView['protocol'],
    timeoutMs: number,
    http?: HttpWish,
  ): Promise<ProberAnswer> {
    const wish = JSON.stringify({ host, port, protocol, timeoutMs, ...(http === undefined ? {} : { http }) });
    const result = await this.#docker.runOnce({
      image: this.#image,
      words: [PROGRAM, where.podUid ?? '', wish],
      container: where.container,
      timeoutMs: timeoutMs + GRACE_MS,
      privileges: where.podUid === undefined ? 'none' : 'enter-pods',
    });
    return saidSchema.parse(JSON.parse(result.stdout));
  }

  async #destination(to: ProbeRequestView['to']): Promise<string | undefined> {
    switch (to.kind) {
      case 'host':
        return to.host;
      case 'pod': {
        const pod = await this.#pod(to.namespace, to.name);
        return pod?.status?.podIP;
      }
      case 'service': {
        const path = `/api/v1/namespaces/${to.namespace}/services/${to.name}`;
        const answer = await this.#api.request('GET', path);
        const service = answer.body as { readonly spec?: { readonly clusterIP?: string } };
        if (answer.status !== OK) return undefined;
        const address = service.spec?.clusterIP;
        return address === undefined || address === 'None'
          ? `${to.name}.${to.namespace}.svc.cluster.local`
          : address;
      }
    }
  }

  async #place(place: PlaceView): Promise<Where | undefined> {
    switch (place.kind) {
      case 'toolbox':
        return { container: this.#toolbox };
      case 'node': {
        const container = this.#nodeIds.get(place.name);
        return container === undefined ? undefined : { container };
      }
      case 'pod': {
        const pod = await this.#pod(place.namespace, place.name);
        const container = this.#nodeIds.get(pod?.spec?.nodeName ?? '');
        if (pod === undefined || container === undefined || pod.status?.phase !== 'Running') return undefined;
        return pod.spec?.hostNetwork === true ? { container } : { container, podUid: pod.metadata.uid };
      }
      case 'outside':
        return undefined;
    }
  }

  async #pod(namespace: string, name: string): Promise<PodStatus | undefined> {
    const answer = await this.#api.request('GET', `/api/v1/namespaces/${namespace}/pods/${name}`);
    return answer.status === OK ? (answer.body as PodStatus) : undefined;
  }
}

interface Where {
  /** Whose network and processes the prober joins. */
  readonly container: string;
  /** Enter this pod's network namespace on that node. */
  readonly podUid?: string;
}

const OK = 200;

const BECAUSE: Readonly<Record<ProberAnswer['verdict'], string>> = {
  open: 'The connection was accepted.',
  refused: 'The connection was refused: the packet came back with a reset or an ICMP rejection.',
  'timed-out': 'No answer came: the packets were dropped on their way, or the answers were.',
  unreachable: 'There is no route to that address from here.',
  'name-not-found': 'The name was not found.',
};

function notProbed(verdict: ProbeResultView['verdict'], because: string): ProbeResultView {
  return { verdict, durationMs: 0, packets: [], because };
}
