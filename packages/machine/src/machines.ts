import { World } from './world.ts';
import type { Machines, MachinesWiring } from './contract.ts';
import type { MachinesState } from './state.ts';

/**
 * Behaviour over the state of all machines of one world. Registers the simulation target `machine`,
 * so one simulation has one of these. Daemons in the state go on; tasks start from nothing.
 */
export function createMachines(state: MachinesState, wiring: MachinesWiring): Machines {
  return new World(state, wiring);
}
