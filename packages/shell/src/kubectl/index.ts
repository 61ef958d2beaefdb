export { kubectlProgram } from './program.ts';
export { kubernetesService } from './service.ts';
export type { KubernetesService } from './service.ts';
