/** One cluster as the judge uses it, simulated or real. */
export interface Bench {
  readonly name: string;
  /** Whether its curl does many transfers at once. */
  readonly parallelCurl: boolean;
  request(request: BenchRequest): Promise<BenchAnswer>;
  exec(pod: PodPlace, argv: readonly string[]): Promise<Run>;
  /** kubectl with this command line: the real program on a real cluster, ours in the simulation. */
  kubectl(argv: readonly string[]): Promise<Run>;
  /** Comes back as soon as `holds` does; throws when it does not within the bench's patience. */
  until(what: string, holds: () => Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

export interface PodPlace {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
}

export interface BenchRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
}

export interface BenchAnswer {
  readonly status: number;
  readonly json: unknown;
}

export interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Both sides are asked by a client of this name, which stands in `managedFields`. */
export const FIELD_MANAGER = 'judge';
