export { kubectlProgram } from './program.ts';
