import type { Program, ProgramRegistry } from '@podwire/machine';
import { kubectlProgram } from './kubectl/index.ts';
import { bashProgram, shProgram } from './lang/program.ts';
import { tools } from './tools/index.ts';

/** Every program of the toolbox and of the images, by name. */
export const programs: ProgramRegistry = new Map<string, Program>([['bash', bashProgram], ['kubectl', kubectlProgram], ['sh', shProgram], ...tools]);
