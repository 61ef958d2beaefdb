/** Field tables of coordination, events, policy, scheduling, storage and apiextensions, all v1. Syntax: `../table.ts`. */
export const CLUSTER_TYPES = `
coordination.Lease
  metadata 1 meta.ObjectMeta; spec 2 coordination.LeaseSpec
events.Event
  metadata 1 meta.ObjectMeta; eventTime! 2 MicroTime zero; series 3 *events.EventSeries
  reportingController 4 string; reportingInstance 5 string; action 6 string; reason 7 string
  regarding 8 core.ObjectReference; related 9 *core.ObjectReference; note 10 string; type 11 string
  deprecatedSource 12 core.EventSource; deprecatedFirstTimestamp 13 Time; deprecatedLastTimestamp 14 Time
  deprecatedCount 15 int32
policy.PodDisruptionBudget
  metadata 1 meta.ObjectMeta; spec 2 policy.PodDisruptionBudgetSpec
  status 3 policy.PodDisruptionBudgetStatus
policy.Eviction
  metadata 1 meta.ObjectMeta; deleteOptions 2 *meta.DeleteOptions
scheduling.PriorityClass
  metadata 1 meta.ObjectMeta; value! 2 int32 zero; globalDefault 3 bool; description 4 string
  preemptionPolicy 5 *string enum=Never|PreemptLowerPriority
storage.StorageClass
  metadata 1 meta.ObjectMeta; provisioner! 2 string zero; parameters 3 map string
  reclaimPolicy 4 *string enum=Delete|Recycle|Retain; mountOptions 5 []string atomic
  allowVolumeExpansion 6 *bool; volumeBindingMode 7 *string enum=Immediate|WaitForFirstConsumer
  allowedTopologies 8 []core.TopologySelectorTerm atomic
coordination.LeaseSpec
  holderIdentity 1 *string; leaseDurationSeconds 2 *int32; acquireTime 3 *MicroTime
  renewTime 4 *MicroTime; leaseTransitions 5 *int32; strategy 6 *string; preferredHolder 7 *string
events.EventSeries
  count! 1 int32 zero; lastObservedTime! 2 MicroTime zero
policy.PodDisruptionBudgetSpec
  minAvailable 1 *IntOrString; selector 2 *meta.LabelSelector; maxUnavailable 3 *IntOrString
  unhealthyPodEvictionPolicy 4 *string enum=AlwaysAllow|IfHealthyBudget
policy.PodDisruptionBudgetStatus
  observedGeneration 1 int64; disruptedPods 2 map Time; disruptionsAllowed! 3 int32 zero
  currentHealthy! 4 int32 zero; desiredHealthy! 5 int32 zero; expectedPods! 6 int32 zero
  conditions 7 []meta.Condition keys=type merge=type
apiextensions.CustomResourceDefinition
  metadata 1 meta.ObjectMeta; spec! 2 RawExtension; status 3 RawExtension
`;
