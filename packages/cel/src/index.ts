export { celProblem, celProgram } from './program.ts';
export type { CelOutcome } from './program.ts';
