export { Simulation, newSimulationState } from './simulation.ts';
export type { EventHandler, RunLimits, RunOutcome, SimulationState } from './simulation.ts';
export type { SimEvent } from './event-queue.ts';
export { nextFloat, nextInt, nextName, nextUint32, nextUuid, seedRandom } from './random.ts';
export type { RandomState } from './random.ts';
export { deepFreeze, forkState } from './fork.ts';
export { utf8Decode, utf8Encode } from './text.ts';
