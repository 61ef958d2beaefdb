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
  metadata 1 meta.ObjectMeta; spec! 2 apiextensions.CustomResourceDefinitionSpec zero
  status 3 apiextensions.CustomResourceDefinitionStatus omitzero
apiextensions.CustomResourceDefinitionSpec
  group! 1 string zero; names! 3 apiextensions.CustomResourceDefinitionNames zero; scope! 4 string zero
  versions! 7 []apiextensions.CustomResourceDefinitionVersion atomic zero
  conversion 9 *apiextensions.CustomResourceConversion; preserveUnknownFields 10 bool
apiextensions.CustomResourceDefinitionNames
  plural! 1 string zero; singular 2 string; shortNames 3 []string atomic; kind! 4 string zero
  listKind 5 string; categories 6 []string atomic
apiextensions.CustomResourceDefinitionVersion
  name! 1 string zero; served! 2 bool zero; storage! 3 bool zero
  schema 4 *apiextensions.CustomResourceValidation
  subresources 5 *apiextensions.CustomResourceSubresources
  additionalPrinterColumns 6 []apiextensions.CustomResourceColumnDefinition atomic
  deprecated 7 bool; deprecationWarning 8 *string
  selectableFields 9 []apiextensions.SelectableField atomic
apiextensions.CustomResourceValidation
  openAPIV3Schema 1 *apiextensions.JSONSchemaProps
apiextensions.CustomResourceSubresources
  status 1 *apiextensions.CustomResourceSubresourceStatus
  scale 2 *apiextensions.CustomResourceSubresourceScale
apiextensions.CustomResourceSubresourceStatus
apiextensions.CustomResourceSubresourceScale
  specReplicasPath! 1 string zero; statusReplicasPath! 2 string zero; labelSelectorPath 3 *string
apiextensions.CustomResourceColumnDefinition
  name! 1 string zero; type! 2 string zero; format 3 string; description 4 string; priority 5 int32
  jsonPath! 6 string zero
apiextensions.SelectableField
  jsonPath! 1 string zero
apiextensions.CustomResourceConversion
  strategy! 1 string zero; webhook 2 *apiextensions.WebhookConversion
apiextensions.WebhookConversion
  clientConfig 2 RawExtension; conversionReviewVersions! 3 []string atomic zero
apiextensions.CustomResourceDefinitionStatus
  conditions 1 []apiextensions.CustomResourceDefinitionCondition keys=type zero
  acceptedNames 2 apiextensions.CustomResourceDefinitionNames zero; storedVersions 3 []string atomic zero
apiextensions.CustomResourceDefinitionCondition
  type! 1 string zero; status! 2 string zero; lastTransitionTime 3 *Time; reason 4 string; message 5 string
apiextensions.ValidationRule
  rule! 1 string zero; message 2 string; messageExpression 3 string; reason 4 *string; fieldPath 5 string
  optionalOldSelf 6 *bool
apiextensions.ExternalDocumentation
  description 1 string; url 2 string
apiextensions.JSONSchemaProps
  id 1 string; $schema 2 string; $ref 3 *string; description 4 string; type 5 string; format 6 string
  title 7 string; default 8 *RawExtension; maximum 9 *double; exclusiveMaximum 10 bool; minimum 11 *double
  exclusiveMinimum 12 bool; maxLength 13 *int64; minLength 14 *int64; pattern 15 string
  maxItems 16 *int64; minItems 17 *int64; uniqueItems 18 bool; multipleOf 19 *double
  enum 20 []RawExtension atomic; maxProperties 21 *int64; minProperties 22 *int64
  required 23 []string atomic; items 24 *apiextensions.JSONSchemaProps
  allOf 25 []apiextensions.JSONSchemaProps atomic; oneOf 26 []apiextensions.JSONSchemaProps atomic
  anyOf 27 []apiextensions.JSONSchemaProps atomic; not 28 *apiextensions.JSONSchemaProps
  properties 29 map apiextensions.JSONSchemaProps; additionalProperties 30 *RawExtension
  patternProperties 31 map apiextensions.JSONSchemaProps; dependencies 32 *RawExtension
  additionalItems 33 *RawExtension; definitions 34 map apiextensions.JSONSchemaProps
  externalDocs 35 *apiextensions.ExternalDocumentation; example 36 *RawExtension; nullable 37 bool
  x-kubernetes-preserve-unknown-fields 38 *bool; x-kubernetes-embedded-resource 39 bool
  x-kubernetes-int-or-string 40 bool; x-kubernetes-list-map-keys 41 []string atomic
  x-kubernetes-list-type 42 *string; x-kubernetes-map-type 43 *string
  x-kubernetes-validations 44 []apiextensions.ValidationRule keys=rule
admissionregistration.MutatingWebhookConfiguration
  metadata 1 meta.ObjectMeta; webhooks 2 []RawExtension
admissionregistration.ValidatingWebhookConfiguration
  metadata 1 meta.ObjectMeta; webhooks 2 []RawExtension
admissionregistration.ValidatingAdmissionPolicy
  metadata 1 meta.ObjectMeta; spec 2 admissionregistration.ValidatingAdmissionPolicySpec
  status 3 *admissionregistration.ValidatingAdmissionPolicyStatus
admissionregistration.ValidatingAdmissionPolicySpec
  paramKind 1 *admissionregistration.ParamKind; matchConstraints 2 *admissionregistration.MatchResources
  validations 3 []admissionregistration.Validation atomic
  failurePolicy 4 *string enum=Fail|Ignore
  auditAnnotations 5 []admissionregistration.AuditAnnotation atomic
  matchConditions 6 []admissionregistration.MatchCondition keys=name merge=name
  variables 7 []admissionregistration.Variable keys=name merge=name
admissionregistration.ValidatingAdmissionPolicyStatus
  observedGeneration 1 int64; typeChecking 2 *RawExtension; conditions 3 []meta.Condition keys=type
admissionregistration.ValidatingAdmissionPolicyBinding
  metadata 1 meta.ObjectMeta; spec 2 admissionregistration.ValidatingAdmissionPolicyBindingSpec
admissionregistration.ValidatingAdmissionPolicyBindingSpec
  policyName 1 string; paramRef 2 *admissionregistration.ParamRef
  matchResources 3 *admissionregistration.MatchResources; validationActions 4 []string set
admissionregistration.ParamKind atomic
  apiVersion 1 string; kind 2 string
admissionregistration.ParamRef atomic
  name 1 string; namespace 2 string; selector 3 *meta.LabelSelector; parameterNotFoundAction 4 *string
admissionregistration.MatchResources atomic
  namespaceSelector 1 *meta.LabelSelector; objectSelector 2 *meta.LabelSelector
  resourceRules 3 []admissionregistration.NamedRuleWithOperations atomic
  excludeResourceRules 4 []admissionregistration.NamedRuleWithOperations atomic
  matchPolicy 7 *string enum=Equivalent|Exact
admissionregistration.NamedRuleWithOperations atomic
  resourceNames 1 []string atomic; ... 2 admissionregistration.RuleWithOperations
admissionregistration.RuleWithOperations
  operations 1 []string atomic; ... 2 admissionregistration.Rule
admissionregistration.Rule
  apiGroups 1 []string atomic; apiVersions 2 []string atomic; resources 3 []string atomic; scope 4 *string
admissionregistration.Validation
  expression! 1 string zero; message 2 string; reason 3 *string; messageExpression 4 string
admissionregistration.AuditAnnotation
  key! 1 string zero; valueExpression! 2 string zero
admissionregistration.MatchCondition
  name! 1 string zero; expression! 2 string zero
admissionregistration.Variable atomic
  name! 1 string zero; expression! 2 string zero
`;
