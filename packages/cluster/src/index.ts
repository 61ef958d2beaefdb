export { ClusterError } from './cluster-error.ts';
export type { ClusterErrorKind } from './cluster-error.ts';
export type { ApiWrite, JournalEntry, JournalRecord } from './journal.ts';
export type * from './port.ts';
export { clusterConfig } from './cluster-config.ts';
export { simulatedProvingGround } from './simulated/proving-ground.ts';
export { SimulatedProvider } from './simulated/provider.ts';
export type { SimulatedProviderOptions } from './simulated/provider.ts';
