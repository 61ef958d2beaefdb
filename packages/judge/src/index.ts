export { SimulatedBench } from './bench/simulated.ts';
export { judgeWorld } from './judge.ts';
export { generateWorld } from './world/generate.ts';
