/** Field tables of core/v1: what came before Deployments. Syntax: `../table.ts`. */
export const REPLICATION_TYPES = `
core.ReplicationController
  metadata 1 meta.ObjectMeta; spec 2 core.ReplicationControllerSpec; status 3 core.ReplicationControllerStatus
core.PodTemplate
  metadata 1 meta.ObjectMeta; template 2 core.PodTemplateSpec
core.ComponentStatus
  metadata 1 meta.ObjectMeta; conditions 2 []core.ComponentCondition keys=type merge=type
core.ReplicationControllerSpec
  replicas 1 *int32 default=1; minReadySeconds 4 int32 default=0; selector 2 map string atomic
  template 3 *core.PodTemplateSpec
core.ReplicationControllerStatus
  replicas! 1 int32 zero; fullyLabeledReplicas 2 int32; readyReplicas 4 int32; availableReplicas 5 int32
  observedGeneration 3 int64; conditions 6 []core.ReplicationControllerCondition keys=type merge=type
core.ComponentCondition
  type! 1 string zero; status! 2 string zero; message 3 string; error 4 string
core.ReplicationControllerCondition
  type! 1 string zero; status! 2 string zero; lastTransitionTime 3 Time; reason 4 string; message 5 string
`;
