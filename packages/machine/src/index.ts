export { Killed } from './contract.ts';
export type * from './contract.ts';
