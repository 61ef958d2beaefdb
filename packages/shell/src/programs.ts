import type { Program, ProgramRegistry } from '@podwire/machine';
import { bashProgram, shProgram } from './lang/program.ts';
import { catProgram } from './tools/cat.ts';

/** Every program of the toolbox and of the images, by name. */
export const programs: ProgramRegistry = new Map<string, Program>([
  ['bash', bashProgram],
  ['cat', catProgram],
  ['sh', shProgram],
]);
