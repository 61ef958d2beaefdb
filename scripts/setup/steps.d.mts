export interface StepOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly hint?: string;
}
export function step(
  label: string,
  command: string,
  args: readonly string[],
  options: StepOptions,
): Promise<void>;
export function show(command: string, args: readonly string[], options: StepOptions): Promise<void>;
export class StepFailed extends Error {}
