/** Field tables of networking.k8s.io/v1 and discovery.k8s.io/v1. Syntax: `../table.ts`. */
export const NETWORKING_TYPES = `
discovery.EndpointSlice
  metadata 1 meta.ObjectMeta; addressType! 4 string enum=FQDN|IPv4|IPv6 zero
  endpoints! 2 []discovery.Endpoint atomic zero; ports 3 []discovery.EndpointPort atomic zero
networking.NetworkPolicy
  metadata 1 meta.ObjectMeta; spec 2 networking.NetworkPolicySpec
networking.Ingress
  metadata 1 meta.ObjectMeta; spec 2 networking.IngressSpec; status 3 networking.IngressStatus
networking.IngressClass
  metadata 1 meta.ObjectMeta; spec 2 networking.IngressClassSpec
discovery.Endpoint
  addresses! 1 []string set zero; conditions 2 discovery.EndpointConditions; hostname 3 *string
  targetRef 4 *core.ObjectReference; deprecatedTopology 5 map string; nodeName 6 *string; zone 7 *string
  hints 8 *discovery.EndpointHints
discovery.EndpointPort atomic
  name 1 *string; protocol 2 *string enum=SCTP|TCP|UDP; port 3 *int32; appProtocol 4 *string
networking.NetworkPolicySpec
  podSelector 1 meta.LabelSelector zero; ingress 2 []networking.NetworkPolicyIngressRule atomic
  egress 3 []networking.NetworkPolicyEgressRule atomic; policyTypes 4 []string atomic enum=Egress|Ingress
networking.IngressSpec
  ingressClassName 4 *string; defaultBackend 1 *networking.IngressBackend
  tls 2 []networking.IngressTLS atomic; rules 3 []networking.IngressRule atomic
networking.IngressStatus
  loadBalancer 1 networking.IngressLoadBalancerStatus
networking.IngressClassSpec
  controller 1 string; parameters 2 *networking.IngressClassParametersReference
discovery.EndpointConditions
  ready 1 *bool; serving 2 *bool; terminating 3 *bool
discovery.EndpointHints
  forZones 1 []discovery.ForZone atomic; forNodes 2 []discovery.ForNode atomic
networking.NetworkPolicyIngressRule
  ports 1 []networking.NetworkPolicyPort atomic; from 2 []networking.NetworkPolicyPeer atomic
networking.NetworkPolicyEgressRule
  ports 1 []networking.NetworkPolicyPort atomic; to 2 []networking.NetworkPolicyPeer atomic
networking.IngressBackend
  service 4 *networking.IngressServiceBackend; resource 3 *core.TypedLocalObjectReference
networking.IngressTLS
  hosts 1 []string atomic; secretName 2 string
networking.IngressRule
  host 1 string; ... 2 networking.IngressRuleValue
networking.IngressRuleValue
  http 1 *networking.HTTPIngressRuleValue
networking.IngressLoadBalancerStatus
  ingress 1 []networking.IngressLoadBalancerIngress atomic
networking.IngressClassParametersReference
  apiGroup 1 *string; kind! 2 string zero; name! 3 string zero; scope 4 *string; namespace 5 *string
discovery.ForZone
  name! 1 string zero
discovery.ForNode
  name! 1 string zero
networking.NetworkPolicyPort
  protocol 1 *string enum=SCTP|TCP|UDP; port 2 *IntOrString; endPort 3 *int32
networking.NetworkPolicyPeer
  podSelector 1 *meta.LabelSelector; namespaceSelector 2 *meta.LabelSelector
  ipBlock 3 *networking.IPBlock
networking.IngressServiceBackend
  name! 1 string zero; port 2 networking.ServiceBackendPort
networking.HTTPIngressRuleValue
  paths! 1 []networking.HTTPIngressPath atomic zero
networking.IngressLoadBalancerIngress
  ip 1 string; hostname 2 string; ports 4 []networking.IngressPortStatus atomic
networking.IPBlock
  cidr! 1 string zero; except 2 []string atomic
networking.ServiceBackendPort atomic
  name 1 string; number 2 int32
networking.HTTPIngressPath
  path 1 string; pathType! 3 *string enum=Exact|ImplementationSpecific|Prefix
  backend! 2 networking.IngressBackend zero
networking.IngressPortStatus
  port! 1 int32 zero; protocol! 2 string enum=SCTP|TCP|UDP zero; error 3 *string
`;
