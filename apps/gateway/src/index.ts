export { createGateway } from './gateway.ts';
export type { GatewayOptions } from './gateway.ts';
export { readPagePolicies } from './content-security-policy.ts';
export type { PagePolicies } from './content-security-policy.ts';
