export { IMAGES, NODE, TOOLBOX } from './catalog.ts';
export type { ModelledImage } from './image.ts';
export { withServers } from './programs.ts';
export { findImage, knownRepositories, parseImageReference } from './reference.ts';
export type { ImageLookup, ImageReference } from './reference.ts';
