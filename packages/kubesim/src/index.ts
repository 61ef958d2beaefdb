export type * from './api/client.ts';
export type * from './api/http.ts';
export type * from './cluster-contract.ts';
export type * from './component.ts';
export { defaultConfig } from './config.ts';
export type { ClusterConfig, NodeConfig } from './config.ts';
