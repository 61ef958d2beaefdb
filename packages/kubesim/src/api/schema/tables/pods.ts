/** Field tables of core/v1: Pods. Syntax: `../table.ts`. */
export const POD_TYPES = `
core.Pod
  metadata 1 meta.ObjectMeta; spec 2 core.PodSpec; status 3 core.PodStatus
core.PodSpec
  volumes 1 []core.Volume keys=name merge=name retain
  initContainers 20 []core.Container keys=name merge=name
  containers! 2 []core.Container keys=name merge=name zero
  ephemeralContainers 34 []core.EphemeralContainer keys=name merge=name
  restartPolicy 3 string enum=Always|Never|OnFailure; terminationGracePeriodSeconds 4 *int64
  activeDeadlineSeconds 5 *int64
  dnsPolicy 6 string enum=ClusterFirst|ClusterFirstWithHostNet|Default|None
  nodeSelector 7 map string atomic; serviceAccountName 8 string; serviceAccount 9 string
  automountServiceAccountToken 21 *bool; nodeName 10 string; hostNetwork 11 bool; hostPID 12 bool
  hostIPC 13 bool; shareProcessNamespace 27 *bool; securityContext 14 *core.PodSecurityContext
  imagePullSecrets 15 []core.LocalObjectReference keys=name merge=name; hostname 16 string
  subdomain 17 string; affinity 18 *core.Affinity; schedulerName 19 string
  tolerations 22 []core.Toleration atomic; hostAliases 23 []core.HostAlias keys=ip merge=ip
  priorityClassName 24 string; priority 25 *int32; dnsConfig 26 *core.PodDNSConfig
  readinessGates 28 []core.PodReadinessGate atomic; runtimeClassName 29 *string
  enableServiceLinks 30 *bool; preemptionPolicy 31 *string enum=Never|PreemptLowerPriority
  overhead 32 map Quantity
  topologySpreadConstraints 33 []core.TopologySpreadConstraint keys=topologyKey,whenUnsatisfiable merge=topologyKey
  setHostnameAsFQDN 35 *bool; os 36 *core.PodOS; hostUsers 37 *bool
  schedulingGates 38 []core.PodSchedulingGate keys=name merge=name
  resourceClaims 39 []core.PodResourceClaim keys=name merge=name retain
  resources 40 *core.ResourceRequirements; hostnameOverride 41 *string
core.PodStatus
  observedGeneration 17 int64; phase 1 string enum=Failed|Pending|Running|Succeeded|Unknown
  conditions 2 []core.PodCondition keys=type merge=type; message 3 string; reason 4 string
  nominatedNodeName 11 string; hostIP 5 string; hostIPs 16 []core.HostIP atomic merge=ip; podIP 6 string
  podIPs 12 []core.PodIP keys=ip merge=ip; startTime 7 *Time
  initContainerStatuses 10 []core.ContainerStatus atomic
  containerStatuses 8 []core.ContainerStatus atomic
  qosClass 9 string enum=BestEffort|Burstable|Guaranteed
  ephemeralContainerStatuses 13 []core.ContainerStatus atomic; resize 14 string
  resourceClaimStatuses 15 []core.PodResourceClaimStatus keys=name merge=name retain
  extendedResourceClaimStatus 18 *core.PodExtendedResourceClaimStatus
core.ObjectReference atomic
  kind 1 string; namespace 2 string; name 3 string; uid 4 string; apiVersion 5 string
  resourceVersion 6 string; fieldPath 7 string
core.LocalObjectReference atomic
  name 1 string
core.TopologySelectorTerm atomic
  matchLabelExpressions 1 []core.TopologySelectorLabelRequirement atomic
core.Container
  name! 1 string zero; image 2 string; command 3 []string atomic; args 4 []string atomic
  workingDir 5 string; ports 6 []core.ContainerPort keys=containerPort,protocol merge=containerPort
  envFrom 19 []core.EnvFromSource atomic; env 7 []core.EnvVar keys=name merge=name
  resources 8 core.ResourceRequirements; resizePolicy 23 []core.ContainerResizePolicy atomic
  restartPolicy 24 *string; restartPolicyRules 25 []core.ContainerRestartRule atomic
  volumeMounts 9 []core.VolumeMount keys=mountPath merge=mountPath
  volumeDevices 21 []core.VolumeDevice keys=devicePath merge=devicePath; livenessProbe 10 *core.Probe
  readinessProbe 11 *core.Probe; startupProbe 22 *core.Probe; lifecycle 12 *core.Lifecycle
  terminationMessagePath 13 string; terminationMessagePolicy 20 string enum=FallbackToLogsOnError|File
  imagePullPolicy 14 string enum=Always|IfNotPresent|Never; securityContext 15 *core.SecurityContext
  stdin 16 bool; stdinOnce 17 bool; tty 18 bool
core.EphemeralContainer
  ... 1 core.EphemeralContainerCommon; targetContainerName 2 string
core.EphemeralContainerCommon
  name! 1 string zero; image 2 string; command 3 []string atomic; args 4 []string atomic
  workingDir 5 string; ports 6 []core.ContainerPort keys=containerPort,protocol merge=containerPort
  envFrom 19 []core.EnvFromSource atomic; env 7 []core.EnvVar keys=name merge=name
  resources 8 core.ResourceRequirements; resizePolicy 23 []core.ContainerResizePolicy atomic
  restartPolicy 24 *string; restartPolicyRules 25 []core.ContainerRestartRule atomic
  volumeMounts 9 []core.VolumeMount keys=mountPath merge=mountPath
  volumeDevices 21 []core.VolumeDevice keys=devicePath merge=devicePath; livenessProbe 10 *core.Probe
  readinessProbe 11 *core.Probe; startupProbe 22 *core.Probe; lifecycle 12 *core.Lifecycle
  terminationMessagePath 13 string; terminationMessagePolicy 20 string enum=FallbackToLogsOnError|File
  imagePullPolicy 14 string enum=Always|IfNotPresent|Never; securityContext 15 *core.SecurityContext
  stdin 16 bool; stdinOnce 17 bool; tty 18 bool
core.PodSecurityContext
  seLinuxOptions 1 *core.SELinuxOptions; windowsOptions 8 *core.WindowsSecurityContextOptions
  runAsUser 2 *int64; runAsGroup 6 *int64; runAsNonRoot 3 *bool; supplementalGroups 4 []int64 atomic
  supplementalGroupsPolicy 12 *string enum=Merge|Strict; fsGroup 5 *int64; sysctls 7 []core.Sysctl atomic
  fsGroupChangePolicy 9 *string enum=Always|OnRootMismatch; seccompProfile 10 *core.SeccompProfile
  appArmorProfile 11 *core.AppArmorProfile; seLinuxChangePolicy 13 *string
core.Affinity
  nodeAffinity 1 *core.NodeAffinity; podAffinity 2 *core.PodAffinity
  podAntiAffinity 3 *core.PodAntiAffinity
core.Toleration
  key 1 string; operator 2 string enum=Equal|Exists; value 3 string
  effect 4 string enum=NoExecute|NoSchedule|PreferNoSchedule; tolerationSeconds 5 *int64
core.HostAlias
  ip! 1 string zero; hostnames 2 []string atomic
core.PodDNSConfig
  nameservers 1 []string atomic; searches 2 []string atomic; options 3 []core.PodDNSConfigOption atomic
core.PodReadinessGate
  conditionType! 1 string zero
core.TopologySpreadConstraint
  maxSkew! 1 int32 zero; topologyKey! 2 string zero
  whenUnsatisfiable! 3 string enum=DoNotSchedule|ScheduleAnyway zero; labelSelector 4 *meta.LabelSelector
  minDomains 5 *int32; nodeAffinityPolicy 6 *string enum=Honor|Ignore
  nodeTaintsPolicy 7 *string enum=Honor|Ignore; matchLabelKeys 8 []string atomic
core.PodOS
  name! 1 string zero
core.PodSchedulingGate
  name! 1 string zero
core.PodResourceClaim
  name! 1 string zero; resourceClaimName 3 *string; resourceClaimTemplateName 4 *string
core.ResourceRequirements
  limits 1 map Quantity; requests 2 map Quantity; claims 3 []core.ResourceClaim keys=name
core.PodCondition
  type! 1 string zero; observedGeneration 7 int64; status! 2 string zero; lastProbeTime 3 Time
  lastTransitionTime 4 Time; reason 5 string; message 6 string
core.HostIP
  ip! 1 string zero
core.PodIP
  ip! 1 string zero
core.ContainerStatus
  name! 1 string zero; state 2 core.ContainerState; lastState 3 core.ContainerState; ready! 4 bool zero
  restartCount! 5 int32 zero; image! 6 string zero; imageID! 7 string zero; containerID 8 string
  started 9 *bool; allocatedResources 10 map Quantity; resources 11 *core.ResourceRequirements
  volumeMounts 12 []core.VolumeMountStatus keys=mountPath merge=mountPath; user 13 *core.ContainerUser
  allocatedResourcesStatus 14 []core.ResourceStatus keys=name merge=name
  stopSignal 15 *string enum=SIGABRT|SIGALRM|SIGBUS|SIGCHLD|SIGCLD|SIGCONT|SIGFPE|SIGHUP|SIGILL|SIGINT|SIGIO|SIGIOT|SIGKILL|SIGPIPE|SIGPOLL|SIGPROF|SIGPWR|SIGQUIT|SIGRTMAX|SIGRTMAX-1|SIGRTMAX-10|SIGRTMAX-11|SIGRTMAX-12|SIGRTMAX-13|SIGRTMAX-14|SIGRTMAX-2|SIGRTMAX-3|SIGRTMAX-4|SIGRTMAX-5|SIGRTMAX-6|SIGRTMAX-7|SIGRTMAX-8|SIGRTMAX-9|SIGRTMIN|SIGRTMIN+1|SIGRTMIN+10|SIGRTMIN+11|SIGRTMIN+12|SIGRTMIN+13|SIGRTMIN+14|SIGRTMIN+15|SIGRTMIN+2|SIGRTMIN+3|SIGRTMIN+4|SIGRTMIN+5|SIGRTMIN+6|SIGRTMIN+7|SIGRTMIN+8|SIGRTMIN+9|SIGSEGV|SIGSTKFLT|SIGSTOP|SIGSYS|SIGTERM|SIGTRAP|SIGTSTP|SIGTTIN|SIGTTOU|SIGURG|SIGUSR1|SIGUSR2|SIGVTALRM|SIGWINCH|SIGXCPU|SIGXFSZ
core.PodResourceClaimStatus
  name! 1 string zero; resourceClaimName 2 *string
core.PodExtendedResourceClaimStatus
  requestMappings! 1 []core.ContainerExtendedResourceRequest atomic zero; resourceClaimName! 2 string zero
core.PodTemplateSpec
  metadata 1 meta.ObjectMeta; spec 2 core.PodSpec
core.TopologySelectorLabelRequirement
  key! 1 string zero; values! 2 []string atomic zero
core.ContainerPort
  name 1 string; hostPort 2 int32; containerPort! 3 int32 zero
  protocol 4 string enum=SCTP|TCP|UDP default="TCP"; hostIP 5 string
core.EnvFromSource
  prefix 1 string; configMapRef 2 *core.ConfigMapEnvSource; secretRef 3 *core.SecretEnvSource
core.EnvVar
  name! 1 string zero; value 2 string; valueFrom 3 *core.EnvVarSource
core.ContainerResizePolicy
  resourceName! 1 string zero; restartPolicy! 2 string zero
core.ContainerRestartRule
  action! 1 string; exitCodes 2 *core.ContainerRestartRuleOnExitCodes
core.VolumeMount
  name! 1 string zero; readOnly 2 bool; recursiveReadOnly 7 *string; mountPath! 3 string zero
  subPath 4 string; mountPropagation 5 *string enum=Bidirectional|HostToContainer|None
  subPathExpr 6 string
core.VolumeDevice
  name! 1 string zero; devicePath! 2 string zero
core.Probe
  ... 1 core.ProbeHandler; initialDelaySeconds 2 int32; timeoutSeconds 3 int32; periodSeconds 4 int32
  successThreshold 5 int32; failureThreshold 6 int32; terminationGracePeriodSeconds 7 *int64
core.ProbeHandler
  exec 1 *core.ExecAction; httpGet 2 *core.HTTPGetAction; tcpSocket 3 *core.TCPSocketAction
  grpc 4 *core.GRPCAction
core.Lifecycle
  postStart 1 *core.LifecycleHandler; preStop 2 *core.LifecycleHandler
  stopSignal 3 *string enum=SIGABRT|SIGALRM|SIGBUS|SIGCHLD|SIGCLD|SIGCONT|SIGFPE|SIGHUP|SIGILL|SIGINT|SIGIO|SIGIOT|SIGKILL|SIGPIPE|SIGPOLL|SIGPROF|SIGPWR|SIGQUIT|SIGRTMAX|SIGRTMAX-1|SIGRTMAX-10|SIGRTMAX-11|SIGRTMAX-12|SIGRTMAX-13|SIGRTMAX-14|SIGRTMAX-2|SIGRTMAX-3|SIGRTMAX-4|SIGRTMAX-5|SIGRTMAX-6|SIGRTMAX-7|SIGRTMAX-8|SIGRTMAX-9|SIGRTMIN|SIGRTMIN+1|SIGRTMIN+10|SIGRTMIN+11|SIGRTMIN+12|SIGRTMIN+13|SIGRTMIN+14|SIGRTMIN+15|SIGRTMIN+2|SIGRTMIN+3|SIGRTMIN+4|SIGRTMIN+5|SIGRTMIN+6|SIGRTMIN+7|SIGRTMIN+8|SIGRTMIN+9|SIGSEGV|SIGSTKFLT|SIGSTOP|SIGSYS|SIGTERM|SIGTRAP|SIGTSTP|SIGTTIN|SIGTTOU|SIGURG|SIGUSR1|SIGUSR2|SIGVTALRM|SIGWINCH|SIGXCPU|SIGXFSZ
core.SecurityContext
  capabilities 1 *core.Capabilities; privileged 2 *bool; seLinuxOptions 3 *core.SELinuxOptions
  windowsOptions 10 *core.WindowsSecurityContextOptions; runAsUser 4 *int64; runAsGroup 8 *int64
  runAsNonRoot 5 *bool; readOnlyRootFilesystem 6 *bool; allowPrivilegeEscalation 7 *bool
  procMount 9 *string enum=Default|Unmasked; seccompProfile 11 *core.SeccompProfile
  appArmorProfile 12 *core.AppArmorProfile
core.SELinuxOptions
  user 1 string; role 2 string; type 3 string; level 4 string
core.WindowsSecurityContextOptions
  gmsaCredentialSpecName 1 *string; gmsaCredentialSpec 2 *string; runAsUserName 3 *string
  hostProcess 4 *bool
core.Sysctl
  name! 1 string zero; value! 2 string zero
core.SeccompProfile
  type! 1 string enum=Localhost|RuntimeDefault|Unconfined zero; localhostProfile 2 *string
core.AppArmorProfile
  type! 1 string enum=Localhost|RuntimeDefault|Unconfined zero; localhostProfile 2 *string
core.NodeAffinity
  requiredDuringSchedulingIgnoredDuringExecution 1 *core.NodeSelector
  preferredDuringSchedulingIgnoredDuringExecution 2 []core.PreferredSchedulingTerm atomic
core.PodAffinity
  requiredDuringSchedulingIgnoredDuringExecution 1 []core.PodAffinityTerm atomic
  preferredDuringSchedulingIgnoredDuringExecution 2 []core.WeightedPodAffinityTerm atomic
core.PodAntiAffinity
  requiredDuringSchedulingIgnoredDuringExecution 1 []core.PodAffinityTerm atomic
  preferredDuringSchedulingIgnoredDuringExecution 2 []core.WeightedPodAffinityTerm atomic
core.PodDNSConfigOption
  name 1 string; value 2 *string
core.ResourceClaim
  name! 1 string zero; request 2 string
core.ContainerState
  waiting 1 *core.ContainerStateWaiting; running 2 *core.ContainerStateRunning
  terminated 3 *core.ContainerStateTerminated
core.VolumeMountStatus
  name! 1 string zero; mountPath! 2 string zero; readOnly 3 bool; recursiveReadOnly 4 *string
core.ContainerUser
  linux 1 *core.LinuxContainerUser
core.ResourceStatus
  name! 1 string zero; resources 2 []core.ResourceHealth keys=resourceID
core.ContainerExtendedResourceRequest
  containerName! 1 string zero; resourceName! 2 string zero; requestName! 3 string zero
core.ConfigMapNodeConfigSource
  namespace! 1 string zero; name! 2 string zero; uid 3 string; resourceVersion 4 string
  kubeletConfigKey! 5 string zero
core.ConfigMapEnvSource
  ... 1 core.LocalObjectReference; optional 2 *bool
core.SecretEnvSource
  ... 1 core.LocalObjectReference; optional 2 *bool
core.EnvVarSource
  fieldRef 1 *core.ObjectFieldSelector; resourceFieldRef 2 *core.ResourceFieldSelector
  configMapKeyRef 3 *core.ConfigMapKeySelector; secretKeyRef 4 *core.SecretKeySelector
  fileKeyRef 5 *core.FileKeySelector
core.ContainerRestartRuleOnExitCodes
  operator! 1 string; values 2 []int32 set
core.ExecAction
  command 1 []string atomic
core.HTTPGetAction
  path 1 string; port! 2 IntOrString zero; host 3 string; scheme 4 string enum=HTTP|HTTPS
  httpHeaders 5 []core.HTTPHeader atomic
core.TCPSocketAction
  port! 1 IntOrString zero; host 2 string
core.GRPCAction
  port! 1 int32 zero; service 2 *string
core.LifecycleHandler
  exec 1 *core.ExecAction; httpGet 2 *core.HTTPGetAction; tcpSocket 3 *core.TCPSocketAction
  sleep 4 *core.SleepAction
core.Capabilities
  add 1 []string atomic; drop 2 []string atomic
core.NodeSelector atomic
  nodeSelectorTerms! 1 []core.NodeSelectorTerm atomic zero
core.PreferredSchedulingTerm
  weight! 1 int32 zero; preference! 2 core.NodeSelectorTerm zero
core.PodAffinityTerm
  labelSelector 1 *meta.LabelSelector; namespaces 2 []string atomic; topologyKey! 3 string zero
  namespaceSelector 4 *meta.LabelSelector; matchLabelKeys 5 []string atomic
  mismatchLabelKeys 6 []string atomic
core.WeightedPodAffinityTerm
  weight! 1 int32 zero; podAffinityTerm! 2 core.PodAffinityTerm zero
core.ContainerStateWaiting
  reason 1 string; message 2 string
core.ContainerStateRunning
  startedAt 1 Time
core.ContainerStateTerminated
  exitCode! 1 int32 zero; signal 2 int32; reason 3 string; message 4 string; startedAt 5 Time
  finishedAt 6 Time; containerID 7 string
core.LinuxContainerUser
  uid! 1 int64 zero; gid! 2 int64 zero; supplementalGroups 3 []int64 atomic
core.ResourceHealth
  resourceID! 1 string zero; health 2 string
core.ObjectFieldSelector atomic
  apiVersion 1 string; fieldPath! 2 string zero
core.ResourceFieldSelector atomic
  containerName 1 string; resource! 2 string zero; divisor 3 Quantity
core.ConfigMapKeySelector atomic
  ... 1 core.LocalObjectReference; key! 2 string zero; optional 3 *bool
core.SecretKeySelector atomic
  ... 1 core.LocalObjectReference; key! 2 string zero; optional 3 *bool
core.FileKeySelector atomic
  volumeName! 1 string zero; path! 2 string zero; key! 3 string zero; optional 4 *bool
core.HTTPHeader
  name! 1 string zero; value! 2 string zero
core.SleepAction
  seconds! 1 int64 zero
core.NodeSelectorTerm atomic
  matchExpressions 1 []core.NodeSelectorRequirement atomic
  matchFields 2 []core.NodeSelectorRequirement atomic
core.NodeSelectorRequirement
  key! 1 string zero; operator! 2 string enum=DoesNotExist|Exists|Gt|In|Lt|NotIn zero
  values 3 []string atomic
`;
