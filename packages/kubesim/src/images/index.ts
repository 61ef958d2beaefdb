export { NODE, TOOLBOX } from './catalog.ts';
export type { ModelledImage } from './image.ts';
export { withServers } from './programs.ts';
export { findImage, knownRepositories } from './reference.ts';
