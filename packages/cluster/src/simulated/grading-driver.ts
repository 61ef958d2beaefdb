import type { CommandResult } from '@podwire/grader';
import type { Place, ProbeRequest, ProbeResult, SimulatedCluster } from '@podwire/kubesim';

/** How a cluster is driven: at once in one's own thread, or by the wall clock in a worker with its journal. */
export interface GradingDriver {
  readonly cluster: SimulatedCluster;
  /** At an instant at which nothing else is under way. */
  atInstant<Value>(deed: () => Value): Promise<Value>;
  probe(request: ProbeRequest): Promise<ProbeResult>;
  /** Runs a command by our own programs, with these files in its home folder; undefined: there is no such place. */
  execute(
    from: Place,
    argv: readonly string[],
    limitMs: number,
    files: ReadonlyMap<string, string>,
  ): Promise<CommandResult>;
  wait(durationMs: number): Promise<void>;
  /** The cluster as the lab set it up. */
  start(): Promise<SimulatedCluster>;
  /** A cluster of its own that is like this one. */
  copy(): Promise<SimulatedCluster>;
}
