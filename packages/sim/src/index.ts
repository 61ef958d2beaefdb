export { Simulation, newSimulationState } from './simulation.ts';
export type {
  EventHandler,
  RunLimits,
  RunOutcome,
  SimulationState,
  Upkeep,
  UpkeepJudge,
} from './simulation.ts';
export type { SimEvent } from './event-queue.ts';
export { nextFloat, nextInt, nextName, nextUint32, nextUuid, seedRandom } from './random.ts';
export type { RandomState } from './random.ts';
export { deepFreeze, forkedBytes, forkState } from './fork.ts';
export { goDuration, goQuote, parseDuration } from './go-text.ts';
export { utf8Decode, utf8Encode } from './text.ts';
export { characterClass } from './regex/character-class.ts';
export { Regex } from './regex/regex.ts';
export type { RegexMatch } from './regex/regex.ts';
