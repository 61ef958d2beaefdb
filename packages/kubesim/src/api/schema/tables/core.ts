/** Field tables of core/v1: Services, Nodes, Namespaces, configuration and Events. Syntax: `../table.ts`. */
export const CORE_TYPES = `
core.Service
  metadata 1 meta.ObjectMeta; spec 2 core.ServiceSpec; status 3 core.ServiceStatus
core.Endpoints
  metadata 1 meta.ObjectMeta; subsets 2 []core.EndpointSubset atomic
core.Namespace
  metadata 1 meta.ObjectMeta; spec 2 core.NamespaceSpec; status 3 core.NamespaceStatus
core.Node
  metadata 1 meta.ObjectMeta; spec 2 core.NodeSpec; status 3 core.NodeStatus
core.ConfigMap
  metadata 1 meta.ObjectMeta; immutable 4 *bool; data 2 map string; binaryData 3 map bytes
core.Secret
  metadata 1 meta.ObjectMeta; immutable 5 *bool; data 2 map bytes; stringData 4 map string; type 3 string
core.ServiceAccount
  metadata 1 meta.ObjectMeta; secrets 2 []core.ObjectReference keys=name merge=name
  imagePullSecrets 3 []core.LocalObjectReference atomic; automountServiceAccountToken 4 *bool
core.Event
  metadata! 1 meta.ObjectMeta; involvedObject! 2 core.ObjectReference zero; reason 3 string
  message 4 string; source 5 core.EventSource; firstTimestamp 6 Time; lastTimestamp 7 Time; count 8 int32
  type 9 string; eventTime 10 MicroTime; series 11 *core.EventSeries; action 12 string
  related 13 *core.ObjectReference; reportingComponent 14 string zero; reportingInstance 15 string zero
core.LimitRange
  metadata 1 meta.ObjectMeta; spec 2 core.LimitRangeSpec
core.ResourceQuota
  metadata 1 meta.ObjectMeta; spec 2 core.ResourceQuotaSpec; status 3 core.ResourceQuotaStatus
core.Binding
  metadata 1 meta.ObjectMeta; target! 2 core.ObjectReference zero
core.ServiceSpec
  ports 1 []core.ServicePort keys=port,protocol merge=port; selector 2 map string atomic
  clusterIP 3 string; clusterIPs 18 []string atomic
  type 4 string enum=ClusterIP|ExternalName|LoadBalancer|NodePort; externalIPs 5 []string atomic
  sessionAffinity 7 string enum=ClientIP|None; loadBalancerIP 8 string
  loadBalancerSourceRanges 9 []string atomic; externalName 10 string
  externalTrafficPolicy 11 string enum=Cluster|Local; healthCheckNodePort 12 int32
  publishNotReadyAddresses 13 bool; sessionAffinityConfig 14 *core.SessionAffinityConfig
  ipFamilies 19 []string atomic enum=|IPv4|IPv6
  ipFamilyPolicy 17 *string enum=PreferDualStack|RequireDualStack|SingleStack
  allocateLoadBalancerNodePorts 20 *bool; loadBalancerClass 21 *string
  internalTrafficPolicy 22 *string enum=Cluster|Local; trafficDistribution 23 *string
core.ServiceStatus
  loadBalancer 1 core.LoadBalancerStatus; conditions 2 []meta.Condition keys=type merge=type
core.EndpointSubset
  addresses 1 []core.EndpointAddress atomic; notReadyAddresses 2 []core.EndpointAddress atomic
  ports 3 []core.EndpointPort atomic
core.NamespaceSpec
  finalizers 1 []string atomic
core.NamespaceStatus
  phase 1 string enum=Active|Terminating; conditions 2 []core.NamespaceCondition keys=type merge=type
core.NodeSpec
  podCIDR 1 string; podCIDRs 7 []string set merge; providerID 3 string; unschedulable 4 bool
  taints 5 []core.Taint atomic; configSource 6 *core.NodeConfigSource; externalID 2 string
core.NodeStatus
  capacity 1 map Quantity; allocatable 2 map Quantity; phase 3 string enum=Pending|Running|Terminated
  conditions 4 []core.NodeCondition keys=type merge=type
  addresses 5 []core.NodeAddress keys=type merge=type; daemonEndpoints 6 core.NodeDaemonEndpoints
  nodeInfo 7 core.NodeSystemInfo; images 8 []core.ContainerImage atomic; volumesInUse 9 []string atomic
  volumesAttached 10 []core.AttachedVolume atomic; config 11 *core.NodeConfigStatus
  runtimeHandlers 12 []core.NodeRuntimeHandler atomic; features 13 *core.NodeFeatures
core.EventSource
  component 1 string; host 2 string
core.EventSeries
  count 1 int32; lastObservedTime 2 MicroTime
core.LimitRangeSpec
  limits! 1 []core.LimitRangeItem atomic zero
core.ResourceQuotaSpec
  hard 1 map Quantity
  scopes 2 []string atomic enum=BestEffort|CrossNamespacePodAffinity|NotBestEffort|NotTerminating|PriorityClass|Terminating|VolumeAttributesClass
  scopeSelector 3 *core.ScopeSelector
core.ResourceQuotaStatus
  hard 1 map Quantity; used 2 map Quantity
core.ServicePort
  name 1 string; protocol 2 string enum=SCTP|TCP|UDP default="TCP"; appProtocol 6 *string
  port! 3 int32 zero; targetPort 4 IntOrString; nodePort 5 int32
core.SessionAffinityConfig
  clientIP 1 *core.ClientIPConfig
core.LoadBalancerStatus
  ingress 1 []core.LoadBalancerIngress atomic
core.EndpointAddress atomic
  ip! 1 string zero; hostname 3 string; nodeName 4 *string; targetRef 2 *core.ObjectReference
core.EndpointPort atomic
  name 1 string; port! 2 int32 zero; protocol 3 string enum=SCTP|TCP|UDP; appProtocol 4 *string
core.NamespaceCondition
  type! 1 string zero; status! 2 string zero; lastTransitionTime 4 Time; reason 5 string; message 6 string
core.Taint
  key! 1 string zero; value 2 string; effect! 3 string enum=NoExecute|NoSchedule|PreferNoSchedule zero
  timeAdded 4 *Time
core.NodeConfigSource
  configMap 2 *core.ConfigMapNodeConfigSource
core.NodeCondition
  type! 1 string zero; status! 2 string zero; lastHeartbeatTime 3 Time; lastTransitionTime 4 Time
  reason 5 string; message 6 string
core.NodeAddress
  type! 1 string zero; address! 2 string zero
core.NodeDaemonEndpoints
  kubeletEndpoint 1 core.DaemonEndpoint
core.NodeSystemInfo
  machineID! 1 string zero; systemUUID! 2 string zero; bootID! 3 string zero; kernelVersion! 4 string zero
  osImage! 5 string zero; containerRuntimeVersion! 6 string zero; kubeletVersion! 7 string zero
  kubeProxyVersion! 8 string zero; operatingSystem! 9 string zero; architecture! 10 string zero
  swap 11 *core.NodeSwapStatus
core.ContainerImage
  names 1 []string atomic zero; sizeBytes 2 int64
core.AttachedVolume
  name! 1 string zero; devicePath! 2 string zero
core.NodeConfigStatus
  assigned 1 *core.NodeConfigSource; active 2 *core.NodeConfigSource
  lastKnownGood 3 *core.NodeConfigSource; error 4 string
core.NodeRuntimeHandler
  name 1 string zero; features 2 *core.NodeRuntimeHandlerFeatures
core.NodeFeatures
  supplementalGroupsPolicy 1 *bool
core.LimitRangeItem
  type! 1 string zero; max 2 map Quantity; min 3 map Quantity; default 4 map Quantity
  defaultRequest 5 map Quantity; maxLimitRequestRatio 6 map Quantity
core.ScopeSelector atomic
  matchExpressions 1 []core.ScopedResourceSelectorRequirement atomic
core.ClientIPConfig
  timeoutSeconds 1 *int32
core.LoadBalancerIngress
  ip 1 string; hostname 2 string; ipMode 3 *string; ports 4 []core.PortStatus atomic
core.DaemonEndpoint
  Port! 1 int32 zero
core.NodeSwapStatus
  capacity 1 *int64
core.NodeRuntimeHandlerFeatures
  recursiveReadOnlyMounts 1 *bool; userNamespaces 2 *bool
core.ScopedResourceSelectorRequirement
  scopeName! 1 string enum=BestEffort|CrossNamespacePodAffinity|NotBestEffort|NotTerminating|PriorityClass|Terminating|VolumeAttributesClass zero
  operator! 2 string enum=DoesNotExist|Exists|In|NotIn zero; values 3 []string atomic
core.PortStatus
  port! 1 int32 zero; protocol! 2 string enum=SCTP|TCP|UDP zero; error 3 *string
`;
