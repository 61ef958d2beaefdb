/** A pipeline that the shell has started and can name as `%1`. */
export interface Job {
  readonly id: number;
  readonly pids: readonly number[];
  readonly group: number;
  readonly source: string;
  state: 'running' | 'stopped' | 'done';
  /** Exit codes by pid, as they come in. */
  readonly codes: Map<number, number>;
  status: number;
}
