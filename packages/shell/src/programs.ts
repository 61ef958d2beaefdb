import type { Program, ProgramRegistry } from '@podwire/machine';
import { kubectlProgram } from './kubectl/index.ts';
import { bashProgram, shProgram } from './lang/program.ts';
import { netPrograms } from './net/index.ts';
import { tools } from './tools/index.ts';

/** Every program of the toolbox and of the images, by the name under which images install it. */
export const programs: ProgramRegistry = new Map<string, Program>([
  ['bash', bashProgram],
  ['kubectl', kubectlProgram],
  ['sh', shProgram],
  ...tools,
  ...netPrograms,
]);
