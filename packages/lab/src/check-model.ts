/** What a task's checks look at, parsed and checked. */
interface CheckBase {
  readonly id: string;
  readonly title: string;
  readonly weight: number;
  /** `once`: it is enough to have met it at some time. `must-hold`: it is met now. */
  readonly mode: 'once' | 'must-hold';
  /** Checks of the same task that must pass before this one is tried. */
  readonly needs: readonly string[];
  /** The author's own words when it fails; shown before the explanation. */
  readonly message?: string;
  /** It guards what must not break, so it passes before the learner did anything. */
  readonly holdsAtStart?: boolean;
  /** The cluster's own time that may pass until it is met, ms. Default: it is met at once, or not. */
  readonly withinMs?: number;
}

export type Check =
  | (CheckBase & ObjectExpectation & { readonly kind: 'object' })
  | (CheckBase & ManifestExpectation & { readonly kind: 'manifests' })
  | (CheckBase & { readonly kind: 'connectivity'; readonly probes: readonly ConnectivityProbe[] })
  | (CheckBase & { readonly kind: 'established'; readonly established: EstablishedConnection })
  | (CheckBase & { readonly kind: 'mtu'; readonly mtu: MtuExpectation })
  | (CheckBase & { readonly kind: 'dns'; readonly dns: DnsExpectation })
  | (CheckBase & { readonly kind: 'http'; readonly request: HttpProbe })
  | (CheckBase & { readonly kind: 'logs'; readonly logs: LogProbe })
  | (CheckBase & { readonly kind: 'events'; readonly events: EventExpectation })
  | (CheckBase & { readonly kind: 'command'; readonly command: CommandExpectation })
  | (CheckBase & { readonly kind: 'file'; readonly file: FileExpectation })
  | (CheckBase & { readonly kind: 'policies-equal'; readonly policies: PolicyReference })
  | (CheckBase & { readonly kind: 'answer'; readonly questionId: string; readonly accept: AnswerKey });

export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly labelSelector?: string;
}

export interface ObjectExpectation {
  readonly object: ObjectReference;
  /** How many objects fit. Default: at least 1. */
  readonly count?: { readonly min?: number; readonly max?: number };
  /** A partial object: maps match by key, lists need the same length, scalars are equal. */
  readonly match?: unknown;
  /** A CEL expression over `object`, which must be true for the object to fit. */
  readonly cel?: string;
  /** An owner that it must have; without a name any of the kind. */
  readonly ownedBy?: { readonly kind: string; readonly name?: string };
  /** An entry of `status.conditions`; its status is `True` unless said. */
  readonly condition?: { readonly type: string; readonly status: string; readonly reason?: string };
  /** As the lab set it up: whole, but for what the cluster writes, or at these paths. */
  readonly unchanged?: true | readonly string[];
  /** The API would take it as it is: defaulted and validated. */
  readonly valid?: true;
}

/** The same on files that the learner wrote, before any cluster saw them. */
export type ManifestExpectation = ObjectExpectation & {
  /** A file, a folder, or a folder with a kustomization, which is built; relative to the home folder. */
  readonly path: string;
};

export type Expectation = 'open' | 'refused' | 'timed-out' | 'blocked';

/** `from` and `to` in the notation of `parseEndpoint`. */
export interface ConnectivityProbe {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** `blocked` is met by anything but an open connection. */
  readonly expect: Expectation;
  /** The client's address as the server must see it: `pod` (the client's own), `node` (a node's), `outside` (no pod's and no node's), or the address itself. */
  readonly sourceSeen?: string;
  /** Who answers when many connections are made. */
  readonly backends?: BackendExpectation;
}

export interface BackendExpectation {
  /** These pods, each of them, and nobody else. */
  readonly pods?: Extract<Endpoint, { kind: 'pods' }>;
  /** How many different pods answer. */
  readonly count?: { readonly min?: number; readonly max?: number };
  /** The least share of the connections that each of them gets, 0 to 1. */
  readonly minShare?: number;
  readonly connections: number;
}

/** A connection opened before a change, and asked over after it. The change is made in a copy of the cluster. */
export interface EstablishedConnection {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly port: number;
  readonly expect: 'alive' | 'dead';
  /** Manifests that are applied while it stands. */
  readonly change: string;
}

/** The largest IP packet that passes whole, bytes, headers included. */
export interface MtuExpectation {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly min?: number;
  readonly max?: number;
}

export type DnsType = 'A' | 'AAAA' | 'CNAME' | 'SRV' | 'PTR' | 'TXT' | 'NS' | 'MX' | 'SOA';

export interface DnsExpectation {
  readonly from: Endpoint;
  readonly name: string;
  readonly type: DnsType;
  readonly expect:
    /** Exactly these, in any order; with `atLeast` these and perhaps more. Data as `dig +short` shows it. */
    | { readonly kind: 'records'; readonly records: readonly string[]; readonly atLeast: boolean }
    /** The addresses of all ready pods with these labels. */
    | { readonly kind: 'pods'; readonly pods: Extract<Endpoint, { kind: 'pods' }> }
    /** The cluster IP of this Service. */
    | { readonly kind: 'service'; readonly service: Extract<Endpoint, { kind: 'service' }> }
    | { readonly kind: 'nxdomain' }
    | { readonly kind: 'nodata' }
    /** No server answers. */
    | { readonly kind: 'no-answer' };
}

/** A text, or a regular expression, that must be there. */
export interface TextExpectation {
  readonly contains?: string;
  readonly matches?: string;
}

export interface HttpProbe {
  readonly from: Endpoint;
  readonly url: string;
  /** The Host header, where it is not the URL's. */
  readonly host?: string;
  /** Headers that are sent. */
  readonly send?: Readonly<Record<string, string>>;
  readonly status?: number;
  readonly bodyContains?: string;
  readonly bodyMatches?: string;
  /** Headers of the answer, by name. */
  readonly headers?: Readonly<Record<string, TextExpectation>>;
  /** The Location of a redirect, whole. */
  readonly redirectsTo?: string;
  /** What the certificate of an `https` server says. */
  readonly certificate?: {
    readonly subject?: string;
    readonly issuer?: string;
    readonly names?: readonly string[];
    /** The client's trust store takes it. */
    readonly trusted?: boolean;
  };
  /** How many requests are shared out, and to which answers. */
  readonly weights?: {
    readonly requests: number;
    readonly tolerance: number;
    readonly shares: readonly (TextExpectation & { readonly share: number })[];
  };
}

/** A line of a container's log: a text in it, or a pattern that it matches. */
export interface LogProbe {
  readonly pod: Endpoint;
  readonly container?: string;
  readonly contains?: string;
  readonly pattern?: string;
  /** It must not be there. */
  readonly absent: boolean;
}

export interface EventExpectation {
  readonly namespace: string;
  readonly reason?: string;
  readonly type?: 'Normal' | 'Warning';
  readonly on?: { readonly kind: string; readonly name?: string };
  readonly contains?: string;
  readonly absent: boolean;
}

/** A command of the grader's own programs in the network of a place. */
export interface CommandExpectation extends TextExpectation {
  readonly in: Endpoint;
  readonly run: string;
  readonly exitCode: number;
  /** Its output must not hold it. */
  readonly absent: boolean;
}

/** A file of a pod, a node or the toolbox. */
export interface FileExpectation extends TextExpectation {
  readonly in: Endpoint;
  readonly path: string;
  readonly absent: boolean;
}

/** Policies that mean the same as the learner's, for every pair of pods and every port. */
export interface PolicyReference {
  /** NetworkPolicies, as YAML. */
  readonly reference: string;
  /** Where the learner's are looked for, and the reference's may be. Default: everywhere. */
  readonly namespaces?: readonly string[];
}

/** `pod/ns/name`, `service/ns/name`, `node/name`, `toolbox`, `outside/address`, `host/name-or-address`. */
export type Endpoint =
  | { readonly kind: 'pod'; readonly namespace: string; readonly name: string }
  /** The first ready pod that these labels select: for pods with generated names. */
  | { readonly kind: 'pods'; readonly namespace: string; readonly labelSelector: string }
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'toolbox' }
  | { readonly kind: 'outside'; readonly address: string }
  | { readonly kind: 'host'; readonly host: string };

export type AnswerKey =
  | { readonly kind: 'text'; readonly equals: readonly string[] }
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'number'; readonly value: number; readonly tolerance: number }
  /** All of these and no others; `ordered`: in this order. */
  | { readonly kind: 'options'; readonly ids: readonly string[]; readonly ordered?: true }
  /** The value of a field of an object of the learner's cluster, for example a pod's IP. */
  | { readonly kind: 'field'; readonly object: ObjectReference; readonly path: string };
