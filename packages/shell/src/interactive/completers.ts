import type { ArgumentCompleter } from './completion.ts';

/** Programs that complete their own arguments. */
export const argumentCompleters: ReadonlyMap<string, ArgumentCompleter> = new Map();
