export type * from './network.ts';
export type * from './packet.ts';
export type * from './trace.ts';
export { HOOKS, PRIORITY } from './ruleset.ts';
export type * from './ruleset.ts';
