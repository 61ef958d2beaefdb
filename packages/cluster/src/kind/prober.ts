import type { PlaceView, ProbeRequestView, ProbeResultView } from '@podwire/protocol';
import { z } from 'zod';
import { Arrivals } from './arrivals.ts';
import type { OwnEnd } from './arrivals.ts';
import type { DockerHost, ExecResult } from './docker-host.ts';
import type { KubeApi } from './kube-api.ts';

/** What the prober program says of one connection (`infra/images/toolbox/podwire-probe`), a JSON line. */
const saidSchema = z.object({
  verdict: z.enum(['open', 'refused', 'timed-out', 'unreachable', 'name-not-found']),
  address: z.string().optional(),
  /** The connection's own end. */
  from: z.object({ address: z.string(), port: z.number() }).optional(),
  durationMs: z.number(),
  status: z.number().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
  /** Why there is no page on an open connection. */
  trouble: z.string().optional(),
  certificate: z
    .object({ subject: z.string(), issuer: z.string(), names: z.array(z.string()), trusted: z.boolean() })
    .optional(),
});
export type ProberAnswer = z.infer<typeof saidSchema>;

const ENTER = '/usr/local/libexec/podwire-enter';
const PROBE = '/usr/local/libexec/podwire-probe';
/** What `podwire-enter` calls the node that it looks at, beside its containers. */
const NODE_ITSELF = 'node';
/** Exit codes of `podwire-enter`. */
const NO_SUCH_PLACE = 64;
const OK = 200;
/** A prober that nobody asked for so long is taken away. */
const KEPT_MS = 60_000;
/** One more attempt when the prober was gone: its node was stopped meanwhile. */
const ATTEMPTS = 2;

/** A GET over HTTP/1.1 on the probe's connection, secured or not. */
export interface HttpWish {
  readonly path: string;
  readonly host: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Over TLS: the name to ask for, and to look for in the certificate. */
  readonly tls?: { readonly name: string };
}

/** Where a program of the grader's is to run. */
export interface ProbePlace {
  /** Whose network the prober joins. */
  readonly container: string;
  /** Enter this pod's network namespace on that node: its UID. */
  readonly podUid?: string;
  /** The container of the pod that was meant, for its files. */
  readonly containerId?: string;
}

interface Pod {
  readonly metadata: { readonly uid: string };
  readonly spec?: { readonly nodeName?: string; readonly hostNetwork?: boolean };
  readonly status?: {
    readonly podIP?: string;
    readonly phase?: string;
    readonly containerStatuses?: readonly { readonly name: string; readonly containerID?: string }[];
  };
}

/**
 * Programs of the grader's, run where the learner can't reach: in a container of their own, which joins a node's
 * network and processes and enters a pod's network namespace from there. Nothing that lies in the pod or on the node
 * is executed.
 */
export class KindProber {
  readonly #docker: DockerHost;
  readonly #api: KubeApi;
  readonly #session: string;
  readonly #image: string;
  readonly #nodeIds: ReadonlyMap<string, string>;
  readonly #toolbox: string;
  /** By the container that they joined. */
  readonly #probers = new Map<string, Promise<string>>();
  readonly #arrivals: Arrivals;
  #idle: NodeJS.Timeout | undefined;

  constructor(wiring: {
    readonly docker: DockerHost;
    readonly api: KubeApi;
    readonly session: string;
    readonly image: string;
    /** Containers of the nodes, by the nodes' names. */
    readonly nodeIds: ReadonlyMap<string, string>;
    readonly toolbox: string;
  }) {
    this.#docker = wiring.docker;
    this.#api = wiring.api;
    this.#session = wiring.session;
    this.#image = wiring.image;
    this.#nodeIds = wiring.nodeIds;
    this.#toolbox = wiring.toolbox;
    this.#arrivals = new Arrivals(wiring.docker);
  }

  /** One connection, judged; what a page answered beside it, when one was asked for. */
  async probe(
    request: ProbeRequestView,
    http?: HttpWish,
  ): Promise<{ readonly result: ProbeResultView; readonly said?: ProberAnswer }> {
    const host = await this.#destination(request.to);
    if (host === undefined)
      return { result: notProbed('no-such-destination', 'There is no such destination.') };
    const wish = {
      host,
      port: request.port,
      protocol: request.protocol,
      timeoutMs: request.timeoutMs,
      ...(request.payloadBytes === undefined ? {} : { payloadBytes: request.payloadBytes }),
      ...(request.dontFragment === undefined ? {} : { dontFragment: request.dontFragment }),
      ...(http === undefined ? {} : { http }),
    };
    const listens = request.protocol !== 'icmp' && (await this.#listen());
    const ran = await this.run(request.from, [PROBE, JSON.stringify(wish)]);
    if (ran === undefined)
      return { result: notProbed('no-such-source', 'There is no such place to probe from.') };
    const said = saidSchema.parse(JSON.parse(ran.stdout));
    const arrived =
      listens && said.verdict === 'open' && said.from !== undefined
        ? await this.#arrivalOf(request.protocol, said.from)
        : {};
    return {
      said,
      result: {
        verdict: said.verdict,
        ...(said.address === undefined ? {} : { dialled: { address: said.address, port: request.port } }),
        ...arrived,
        durationMs: said.durationMs,
        packets: [],
        because: said.trouble ?? BECAUSE[said.verdict],
      },
    };
  }

  /** @returns false where the nodes can't be listened to: then nobody says whose address a server saw. */
  async #listen(): Promise<boolean> {
    this.#rest();
    try {
      await this.#arrivals.listen(() =>
        Promise.all([...this.#nodeIds.values()].map((node) => this.#proberIn(node))),
      );
      return true;
    } catch {
      return false;
    }
  }

  async #arrivalOf(
    protocol: ProbeRequestView['protocol'],
    end: OwnEnd,
  ): Promise<Pick<ProbeResultView, 'reached' | 'sourceSeen'>> {
    const arrival = await this.#arrivals.of(protocol === 'udp' ? 'udp' : 'tcp', end);
    return arrival === undefined
      ? {}
      : {
          reached: { address: arrival.destination, port: arrival.port },
          sourceSeen: arrival.source,
        };
  }

  /** Runs one of the grader's own programs in the network of a place. Undefined: there is no such place. */
  async run(place: PlaceView, words: readonly string[]): Promise<ExecResult | undefined> {
    const where = await this.#place(place);
    if (where === undefined) return undefined;
    const argv = where.podUid === undefined ? words : [ENTER, where.podUid, 'network', ...words];
    const result = await this.#execute(where.container, argv);
    return where.podUid !== undefined && result.exitCode === NO_SUCH_PLACE ? undefined : result;
  }

  /** A file as the place sees it. Undefined: there is no such place. */
  async readFile(place: PlaceView, path: string): Promise<ExecResult | undefined> {
    const where = await this.#place(place);
    const whose = place.kind === 'node' ? NODE_ITSELF : where?.containerId;
    if (where === undefined || whose === undefined) return undefined;
    const result = await this.#execute(where.container, [ENTER, whose, 'read', path]);
    return result.exitCode === NO_SUCH_PLACE ? undefined : result;
  }

  /** Takes the probers away. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    this.#arrivals.close();
    const probers = [...this.#probers.values()];
    this.#probers.clear();
    for (const prober of probers) {
      const id = await prober.catch(() => undefined);
      if (id !== undefined) await this.#docker.remove(id);
    }
  }

  /** Nobody may ask for a while from here on. */
  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.close().catch(() => undefined), KEPT_MS).unref();
  }

  async #execute(container: string, argv: readonly string[]): Promise<ExecResult> {
    this.#rest();
    for (let attempt = 1; ; attempt++) {
      const prober = this.#proberIn(container);
      try {
        return await this.#docker.exec(await prober, argv, { user: 'root' });
      } catch (error) {
        if (this.#probers.get(container) === prober) this.#probers.delete(container);
        this.#arrivals.close();
        const id = await prober.catch(() => undefined);
        if (id !== undefined) await this.#docker.remove(id);
        if (attempt >= ATTEMPTS) throw error;
      }
    }
  }

  #proberIn(container: string): Promise<string> {
    let prober = this.#probers.get(container);
    if (prober === undefined) {
      prober = this.#docker.startProber({
        session: this.#session,
        image: this.#image,
        container,
        entersPods: container !== this.#toolbox,
      });
      this.#probers.set(container, prober);
    }
    return prober;
  }

  async #destination(to: ProbeRequestView['to']): Promise<string | undefined> {
    switch (to.kind) {
      case 'host':
        return to.host;
      case 'pod':
        return (await this.#pod(to.namespace, to.name))?.status?.podIP;
      case 'service': {
        const path = `/api/v1/namespaces/${encodeURIComponent(to.namespace)}/services/${encodeURIComponent(to.name)}`;
        const answer = await this.#api.request('GET', path);
        if (answer.status !== OK) return undefined;
        const address = (answer.body as { readonly spec?: { readonly clusterIP?: string } }).spec?.clusterIP;
        return address === undefined || address === 'None'
          ? `${to.name}.${to.namespace}.svc.cluster.local`
          : address;
      }
    }
  }

  async #place(place: PlaceView): Promise<ProbePlace | undefined> {
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
        const named = pod.status.containerStatuses?.find(
          ({ name }) => place.container === undefined || name === place.container,
        );
        const containerId = named?.containerID?.replace(/^.*:\/\//u, '');
        return {
          container,
          ...(pod.spec?.hostNetwork === true ? {} : { podUid: pod.metadata.uid }),
          ...(containerId === undefined ? {} : { containerId }),
        };
      }
      case 'outside':
        return undefined;
    }
  }

  async #pod(namespace: string, name: string): Promise<Pod | undefined> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
    const answer = await this.#api.request('GET', path);
    return answer.status === OK ? (answer.body as Pod) : undefined;
  }
}

const BECAUSE: Readonly<Record<ProberAnswer['verdict'], string>> = {
  open: 'The connection was accepted.',
  refused: 'The connection was refused: the packet came back with a reset or an ICMP rejection.',
  'timed-out': 'No answer came: the packets were dropped on their way, or the answers were.',
  unreachable: 'There is no way to that address from here.',
  'name-not-found': 'The name was not found.',
};

function notProbed(verdict: ProbeResultView['verdict'], because: string): ProbeResultView {
  return { verdict, durationMs: 0, packets: [], because };
}
