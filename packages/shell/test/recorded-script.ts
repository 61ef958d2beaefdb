/** A script, and what the real programs did with it in an empty environment. */
export interface RecordedScript {
  readonly script: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}
