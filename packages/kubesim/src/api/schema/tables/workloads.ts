/** Field tables of apps/v1, batch/v1 and the Scale of autoscaling/v1. Syntax: `../table.ts`. */
export const WORKLOAD_TYPES = `
apps.Deployment
  metadata 1 meta.ObjectMeta; spec 2 apps.DeploymentSpec; status 3 apps.DeploymentStatus
apps.ReplicaSet
  metadata 1 meta.ObjectMeta; spec 2 apps.ReplicaSetSpec; status 3 apps.ReplicaSetStatus
apps.StatefulSet
  metadata 1 meta.ObjectMeta; spec 2 apps.StatefulSetSpec; status 3 apps.StatefulSetStatus
apps.DaemonSet
  metadata 1 meta.ObjectMeta; spec 2 apps.DaemonSetSpec; status 3 apps.DaemonSetStatus
apps.ControllerRevision
  metadata 1 meta.ObjectMeta; data 2 RawExtension; revision! 3 int64 zero
batch.Job
  metadata 1 meta.ObjectMeta; spec 2 batch.JobSpec; status 3 batch.JobStatus
batch.CronJob
  metadata 1 meta.ObjectMeta; spec 2 batch.CronJobSpec; status 3 batch.CronJobStatus
autoscaling.Scale
  metadata 1 meta.ObjectMeta; spec 2 autoscaling.ScaleSpec; status 3 autoscaling.ScaleStatus
apps.DeploymentSpec
  replicas 1 *int32; selector! 2 *meta.LabelSelector; template! 3 core.PodTemplateSpec zero
  strategy 4 apps.DeploymentStrategy retain; minReadySeconds 5 int32; revisionHistoryLimit 6 *int32
  paused 7 bool; progressDeadlineSeconds 9 *int32
apps.DeploymentStatus
  observedGeneration 1 int64; replicas 2 int32; updatedReplicas 3 int32; readyReplicas 7 int32
  availableReplicas 4 int32; unavailableReplicas 5 int32; terminatingReplicas 9 *int32
  conditions 6 []apps.DeploymentCondition keys=type merge=type; collisionCount 8 *int32
apps.ReplicaSetSpec
  replicas 1 *int32; minReadySeconds 4 int32; selector! 2 *meta.LabelSelector
  template 3 core.PodTemplateSpec
apps.ReplicaSetStatus
  replicas! 1 int32 zero; fullyLabeledReplicas 2 int32; readyReplicas 4 int32; availableReplicas 5 int32
  terminatingReplicas 7 *int32; observedGeneration 3 int64
  conditions 6 []apps.ReplicaSetCondition keys=type merge=type
apps.StatefulSetSpec
  replicas 1 *int32; selector! 2 *meta.LabelSelector; template! 3 core.PodTemplateSpec zero
  volumeClaimTemplates 4 []core.PersistentVolumeClaim atomic; serviceName 5 string zero
  podManagementPolicy 6 string enum=OrderedReady|Parallel; updateStrategy 7 apps.StatefulSetUpdateStrategy
  revisionHistoryLimit 8 *int32; minReadySeconds 9 int32
  persistentVolumeClaimRetentionPolicy 10 *apps.StatefulSetPersistentVolumeClaimRetentionPolicy
  ordinals 11 *apps.StatefulSetOrdinals
apps.StatefulSetStatus
  observedGeneration 1 int64; replicas! 2 int32 zero; readyReplicas 3 int32; currentReplicas 4 int32
  updatedReplicas 5 int32; currentRevision 6 string; updateRevision 7 string; collisionCount 9 *int32
  conditions 10 []apps.StatefulSetCondition keys=type merge=type; availableReplicas 11 int32 zero
apps.DaemonSetSpec
  selector! 1 *meta.LabelSelector; template! 2 core.PodTemplateSpec zero
  updateStrategy 3 apps.DaemonSetUpdateStrategy; minReadySeconds 4 int32; revisionHistoryLimit 6 *int32
apps.DaemonSetStatus
  currentNumberScheduled! 1 int32 zero; numberMisscheduled! 2 int32 zero
  desiredNumberScheduled! 3 int32 zero; numberReady! 4 int32 zero; observedGeneration 5 int64
  updatedNumberScheduled 6 int32; numberAvailable 7 int32; numberUnavailable 8 int32
  collisionCount 9 *int32; conditions 10 []apps.DaemonSetCondition keys=type merge=type
batch.JobSpec
  parallelism 1 *int32; completions 2 *int32; activeDeadlineSeconds 3 *int64
  podFailurePolicy 11 *batch.PodFailurePolicy; successPolicy 16 *batch.SuccessPolicy
  backoffLimit 7 *int32; backoffLimitPerIndex 12 *int32; maxFailedIndexes 13 *int32
  selector 4 *meta.LabelSelector; manualSelector 5 *bool; template! 6 core.PodTemplateSpec zero
  ttlSecondsAfterFinished 8 *int32; completionMode 9 *string enum=Indexed|NonIndexed; suspend 10 *bool
  podReplacementPolicy 14 *string enum=Failed|TerminatingOrFailed; managedBy 15 *string
batch.JobStatus
  conditions 1 []batch.JobCondition atomic merge=type; startTime 2 *Time; completionTime 3 *Time
  active 4 int32; succeeded 5 int32; failed 6 int32; terminating 11 *int32; completedIndexes 7 string
  failedIndexes 10 *string; uncountedTerminatedPods 8 *batch.UncountedTerminatedPods; ready 9 *int32
batch.CronJobSpec
  schedule! 1 string zero; timeZone 8 *string; startingDeadlineSeconds 2 *int64
  concurrencyPolicy 3 string enum=Allow|Forbid|Replace; suspend 4 *bool
  jobTemplate! 5 batch.JobTemplateSpec zero; successfulJobsHistoryLimit 6 *int32
  failedJobsHistoryLimit 7 *int32
batch.CronJobStatus
  active 1 []core.ObjectReference atomic; lastScheduleTime 4 *Time; lastSuccessfulTime 5 *Time
autoscaling.ScaleSpec
  replicas 1 int32
autoscaling.ScaleStatus
  replicas! 1 int32 zero; selector 2 string
apps.DeploymentStrategy
  type 1 string enum=Recreate|RollingUpdate; rollingUpdate 2 *apps.RollingUpdateDeployment
apps.DeploymentCondition
  type! 1 string zero; status! 2 string zero; lastUpdateTime 6 Time; lastTransitionTime 7 Time
  reason 4 string; message 5 string
apps.ReplicaSetCondition
  type! 1 string zero; status! 2 string zero; lastTransitionTime 3 Time; reason 4 string; message 5 string
apps.StatefulSetUpdateStrategy
  type 1 string enum=OnDelete|RollingUpdate; rollingUpdate 2 *apps.RollingUpdateStatefulSetStrategy
apps.StatefulSetPersistentVolumeClaimRetentionPolicy
  whenDeleted 1 string; whenScaled 2 string
apps.StatefulSetOrdinals
  start 1 int32 zero
apps.StatefulSetCondition
  type! 1 string zero; status! 2 string zero; lastTransitionTime 3 Time; reason 4 string; message 5 string
apps.DaemonSetUpdateStrategy
  type 1 string enum=OnDelete|RollingUpdate; rollingUpdate 2 *apps.RollingUpdateDaemonSet
apps.DaemonSetCondition
  type! 1 string zero; status! 2 string zero; lastTransitionTime 3 Time; reason 4 string; message 5 string
batch.PodFailurePolicy
  rules! 1 []batch.PodFailurePolicyRule atomic zero
batch.SuccessPolicy
  rules! 1 []batch.SuccessPolicyRule atomic zero
batch.JobCondition
  type! 1 string zero; status! 2 string zero; lastProbeTime 3 Time; lastTransitionTime 4 Time
  reason 5 string; message 6 string
batch.UncountedTerminatedPods
  succeeded 1 []string set; failed 2 []string set
batch.JobTemplateSpec
  metadata 1 meta.ObjectMeta; spec 2 batch.JobSpec
apps.RollingUpdateDeployment
  maxUnavailable 1 *IntOrString; maxSurge 2 *IntOrString
apps.RollingUpdateStatefulSetStrategy
  partition 1 *int32; maxUnavailable 2 *IntOrString
apps.RollingUpdateDaemonSet
  maxUnavailable 1 *IntOrString; maxSurge 2 *IntOrString
batch.PodFailurePolicyRule
  action! 1 string enum=Count|FailIndex|FailJob|Ignore zero
  onExitCodes 2 *batch.PodFailurePolicyOnExitCodesRequirement
  onPodConditions 3 []batch.PodFailurePolicyOnPodConditionsPattern atomic
batch.SuccessPolicyRule
  succeededIndexes 1 *string; succeededCount 2 *int32
batch.PodFailurePolicyOnExitCodesRequirement
  containerName 1 *string; operator! 2 string enum=In|NotIn zero; values! 3 []int32 set zero
batch.PodFailurePolicyOnPodConditionsPattern
  type! 1 string zero; status! 2 string zero
`;
