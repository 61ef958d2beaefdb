export type * from './api/client.ts';
export type * from './api/http.ts';
export {
  isPage,
  requestHeaders,
  responseHeaders,
  rewriteLinks,
  slashRedirect,
} from './api/proxying/passed-on.ts';
export type * from './cluster-contract.ts';
export { createCluster } from './cluster.ts';
export type * from './component.ts';
export { configForNeeds, LOAD_BALANCER_RANGE, nodeNames, rangesForNeeds } from './cluster-needs.ts';
export { clusterRanges, IP_FAMILIES } from './cluster-ranges.ts';
export { defaultConfig } from './config.ts';
export type { ClusterConfig, NodeConfig } from './config.ts';
export {
  decodeMessage,
  encodeMessage,
  encodeWithin,
  frameForTcp,
  MAX_MESSAGE_BYTES,
  queryMessage,
  unframeTcp,
} from './dns/message.ts';
export type { DecodeResult } from './dns/message.ts';
export { canonicalName, labelsOf, reverseNameOf } from './dns/names.ts';
export {
  CLASS_IN,
  recordType,
  RESPONSE_CODE,
  responseCodeName,
  typeName,
  typeNumber,
} from './dns/records.ts';
export type { DnsMessage, Edns, Question, RecordData, RecordType, ResourceRecord } from './dns/records.ts';
export { expandSearch, parseResolvConf } from './dns/search-list.ts';
export { CONTROLLER_NAME as GATEWAY_CONTROLLER } from './gateway/model.ts';
export type { ResolverConfig } from './dns/search-list.ts';
export { planLoadBalancer } from './load-balancer/plan.ts';
export type {
  LoadBalancerAssignment,
  LoadBalancerDeed,
  LoadBalancerPlan,
  LoadBalancerView,
} from './load-balancer/plan.ts';
export { evaluatePolicies } from './policy/evaluate.ts';
export { explainDenial } from './policy/explain.ts';
export { reachability } from './policy/reachability.ts';
export type { PortReachability, Reachability, ReachedPort } from './policy/reachability.ts';
export type { PolicyDenial } from './policy/explain.ts';
export type { Connection, DirectionVerdict, PolicyVerdict, RuleMiss } from './policy/verdict.ts';
export type { PolicyObjects } from './policy/world.ts';
export { IPTABLES_SAVE_SERVICE } from './proxy/iptables-save.ts';
export type { IptablesSave } from './proxy/iptables-save.ts';
export { CONTAINER_RUNTIME_SERVICE } from './nodes/container-runtime.ts';
export type {
  ContainerRuntime,
  RuntimeContainer,
  RuntimeImage,
  RuntimePod,
} from './nodes/container-runtime.ts';
export { SYSTEMD_SERVICE } from './nodes/systemd.ts';
export type { JournalLine, Systemd, SystemdUnit } from './nodes/systemd.ts';
