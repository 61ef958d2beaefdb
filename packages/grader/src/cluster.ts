import type { PlaceView, ProbeRequestView, ProbeResultView } from '@podwire/protocol';

/**
 * What grading needs of a cluster: the Kubernetes API, and probes made by code that the learner can't
 * reach. The same for every backend. A promise that rejects means that the infrastructure failed, which
 * is never counted against the learner.
 */
export interface GradingCluster {
  /** `path` with its query, for example `/api/v1/namespaces/default/pods?labelSelector=app%3Dweb`. `body` is parsed JSON. */
  request(method: 'GET', path: string): Promise<{ readonly status: number; readonly body: unknown }>;
  probe(request: ProbeRequestView): Promise<ProbeResultView>;
  /** A GET over HTTP/1.1 from this place. `status` is absent when no answer came. */
  fetch(request: FetchRequest): Promise<FetchResult>;
}

export interface FetchRequest {
  readonly from: PlaceView;
  readonly url: string;
  readonly timeoutMs: number;
}

export interface FetchResult {
  readonly status?: number;
  readonly body?: string;
  /** The connection beneath. */
  readonly probe: ProbeResultView;
}
