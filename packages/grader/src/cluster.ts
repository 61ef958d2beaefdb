import type { DnsType } from '@podwire/lab';
import type { PlaceView, ProbeRequestView, ProbeResultView } from '@podwire/protocol';

/**
 * What grading needs of a cluster: the Kubernetes API, and probes made by code that the learner can't
 * reach. The same for every backend. Arguments and results are plain JSON, so that a verdict can be had again
 * from what was seen. A promise that rejects means that the infrastructure failed, which is never counted
 * against the learner.
 */
export interface GradingCluster {
  /** `path` with its query, for example `/api/v1/namespaces/default/pods?labelSelector=app%3Dweb`. `body` is parsed JSON. */
  request(method: 'GET', path: string): Promise<Answer>;
  /** The same of the cluster as the lab set it up, before anyone touched it. */
  requestAtStart(path: string): Promise<Answer>;
  probe(request: ProbeRequestView): Promise<ProbeResultView>;
  /** A GET over HTTP/1.1 from this place. `status` is absent when no answer came. */
  fetch(request: FetchRequest): Promise<FetchResult>;
  /** Looks a name up as a program there would: with its resolver's servers and search list. */
  lookUp(request: LookUpRequest): Promise<LookUpResult>;
  /** Runs a command of the grader's own programs in the network of a place. */
  execute(request: CommandRequest): Promise<CommandResult>;
  readFile(request: FileRequest): Promise<FileResult>;
  /** Manifests that the learner wrote; a kustomization is built. */
  manifests(path: string): Promise<ManifestsResult>;
  /** Whether the API would create this object, without creating it. */
  validate(object: unknown): Promise<{ readonly ok: boolean; readonly message?: string }>;
  /** Opens a connection in a copy of the cluster, applies a change there, and asks over it again. */
  hold(request: HoldRequest): Promise<HoldResult>;
  /** Lets the cluster's time pass. */
  wait(durationMs: number): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface FetchRequest {
  readonly from: PlaceView;
  readonly url: string;
  readonly timeoutMs: number;
  /** The Host header, where it is not the URL's; over TLS also the name that is asked for and looked for in the certificate. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FetchResult {
  readonly status?: number;
  /** By name in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What the server showed; https only. */
  readonly certificate?: ShownCertificate;
  /** The connection beneath. */
  readonly probe: ProbeResultView;
}

export interface ShownCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  /** The place's trust store takes it for the name that was asked. */
  readonly trusted: boolean;
}

export interface LookUpRequest {
  readonly from: PlaceView;
  readonly name: string;
  readonly type: DnsType;
  readonly timeoutMs: number;
}

export interface LookUpResult {
  readonly kind: 'records' | 'nxdomain' | 'nodata' | 'no-answer';
  /** The name that was found, after the search list. */
  readonly name?: string;
  /** Data of the answers of the type asked, as `dig +short` shows it. */
  readonly records: readonly string[];
  readonly because: string;
}

export interface CommandRequest {
  readonly from: PlaceView;
  readonly command: string;
  readonly timeoutMs: number;
}

export type CommandResult =
  | { readonly kind: 'ended'; readonly exitCode: number; readonly output: string }
  | { readonly kind: 'hung'; readonly output: string }
  | { readonly kind: 'no-such-place' };

export interface FileRequest {
  readonly from: PlaceView;
  readonly path: string;
}

export type FileResult =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'no-such-place' };

export type ManifestsResult =
  | { readonly ok: true; readonly files: readonly { readonly path: string; readonly text: string }[] }
  /** In words for the learner: there is no such file, or it can't be built. */
  | {
      readonly ok: false;
      readonly message: string;
      /** Something is there, and can't be read: it costs no attempt. */
      readonly unreadable?: true;
    };

export interface HoldRequest {
  readonly from: PlaceView;
  readonly to: ProbeRequestView['to'];
  readonly port: number;
  readonly timeoutMs: number;
  /** Manifests, as YAML. */
  readonly change: string;
}

export interface HoldResult {
  /** It was open before the change; else nothing was changed. */
  readonly opened: boolean;
  readonly alive: boolean;
  readonly because: string;
}
