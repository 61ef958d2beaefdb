import { completeKubectl } from '../kubectl/completion.ts';
import type { ArgumentCompleter } from './completion.ts';

/** Programs that complete their own arguments. */
export const argumentCompleters: ReadonlyMap<string, ArgumentCompleter> = new Map<string, ArgumentCompleter>([
  ['kubectl', (words, shell) => completeKubectl(words, shell.process)],
]);
