export { celProblem, celProgram, compileCel } from './program.ts';
export type { CelCompiled, CelExpression, CelOutcome, CelResult, CelVariable } from './program.ts';
export { blockContains } from './functions/addresses.ts';
export { groupsOfPattern, matchedGroups, matchesPattern } from './functions/text.ts';
export type { PatternMatch } from './functions/text.ts';
export type { CelShape } from './json.ts';
