export { PROBE_OWNER_PREFIX, Probes } from './probes.ts';
export type { FoundPlace, Probe, ProbesWiring } from './probes.ts';
