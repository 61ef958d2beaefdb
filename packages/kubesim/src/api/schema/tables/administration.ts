/** Field tables of what administers the API itself: addresses, certificates, flow control, aggregation, runtimes. Syntax: `../table.ts`. */
export const ADMINISTRATION_TYPES = `
networking.ServiceCIDR
  metadata 1 meta.ObjectMeta; spec 2 networking.ServiceCIDRSpec; status 3 networking.ServiceCIDRStatus
networking.IPAddress
  metadata 1 meta.ObjectMeta; spec 2 networking.IPAddressSpec
flowcontrol.FlowSchema
  metadata 1 meta.ObjectMeta; spec 2 flowcontrol.FlowSchemaSpec; status 3 flowcontrol.FlowSchemaStatus
flowcontrol.PriorityLevelConfiguration
  metadata 1 meta.ObjectMeta; spec 2 flowcontrol.PriorityLevelConfigurationSpec
  status 3 flowcontrol.PriorityLevelConfigurationStatus
certificates.CertificateSigningRequest
  metadata 1 meta.ObjectMeta; spec! 2 certificates.CertificateSigningRequestSpec zero
  status 3 certificates.CertificateSigningRequestStatus
apiregistration.APIService
  metadata 1 meta.ObjectMeta; spec 2 apiregistration.APIServiceSpec; status 3 apiregistration.APIServiceStatus
node.RuntimeClass
  metadata 1 meta.ObjectMeta; handler! 2 string zero; overhead 3 *node.Overhead; scheduling 4 *node.Scheduling
networking.ServiceCIDRSpec
  cidrs 1 []string atomic
networking.ServiceCIDRStatus
  conditions 1 []meta.Condition keys=type merge=type
networking.IPAddressSpec
  parentRef 1 *networking.ParentReference
flowcontrol.FlowSchemaSpec
  priorityLevelConfiguration! 1 flowcontrol.PriorityLevelConfigurationReference zero
  matchingPrecedence 2 int32 zero; distinguisherMethod 3 *flowcontrol.FlowDistinguisherMethod
  rules 4 []flowcontrol.PolicyRulesWithSubjects atomic
flowcontrol.FlowSchemaStatus
  conditions 1 []flowcontrol.FlowSchemaCondition keys=type merge=type
flowcontrol.PriorityLevelConfigurationSpec
  type! 1 string zero; limited 2 *flowcontrol.LimitedPriorityLevelConfiguration
  exempt 3 *flowcontrol.ExemptPriorityLevelConfiguration
flowcontrol.PriorityLevelConfigurationStatus
  conditions 1 []flowcontrol.PriorityLevelConfigurationCondition keys=type merge=type
certificates.CertificateSigningRequestSpec
  request! 1 bytes zero; signerName! 7 string zero; expirationSeconds 8 *int32
  usages 5 []string atomic
  username 2 string; uid 3 string; groups 4 []string atomic; extra 6 map ExtraValue
certificates.CertificateSigningRequestStatus
  conditions 1 []certificates.CertificateSigningRequestCondition keys=type; certificate 2 bytes
apiregistration.APIServiceSpec
  service 1 *apiregistration.ServiceReference; group 2 string; version 3 string; insecureSkipTLSVerify 4 bool
  caBundle 5 bytes; groupPriorityMinimum! 7 int32 zero; versionPriority! 8 int32 zero
apiregistration.APIServiceStatus
  conditions 1 []apiregistration.APIServiceCondition keys=type merge=type
node.Overhead
  podFixed 1 map Quantity
node.Scheduling
  nodeSelector 1 map string atomic; tolerations 2 []core.Toleration atomic
networking.ParentReference
  group 1 string; resource 2 string; namespace 3 string; name 4 string
flowcontrol.PriorityLevelConfigurationReference
  name! 1 string zero
flowcontrol.FlowDistinguisherMethod
  type! 1 string zero
flowcontrol.PolicyRulesWithSubjects
  subjects! 1 []flowcontrol.Subject atomic zero; resourceRules 2 []flowcontrol.ResourcePolicyRule atomic
  nonResourceRules 3 []flowcontrol.NonResourcePolicyRule atomic
flowcontrol.FlowSchemaCondition
  type 1 string; status 2 string; lastTransitionTime 3 Time; reason 4 string; message 5 string
flowcontrol.LimitedPriorityLevelConfiguration
  nominalConcurrencyShares 1 *int32 zero; limitResponse 2 flowcontrol.LimitResponse; lendablePercent 3 *int32
  borrowingLimitPercent 4 *int32
flowcontrol.ExemptPriorityLevelConfiguration
  nominalConcurrencyShares 1 *int32; lendablePercent 2 *int32
flowcontrol.PriorityLevelConfigurationCondition
  type 1 string; status 2 string; lastTransitionTime 3 Time; reason 4 string; message 5 string
certificates.CertificateSigningRequestCondition
  type! 1 string zero; status! 6 string zero; reason 2 string; message 3 string; lastUpdateTime 4 Time
  lastTransitionTime 5 Time
apiregistration.ServiceReference
  namespace 1 string; name 2 string; port 3 *int32
apiregistration.APIServiceCondition
  type! 1 string zero; status! 2 string zero; lastTransitionTime 3 Time; reason 4 string; message 5 string
flowcontrol.Subject
  kind! 1 string zero; user 2 *flowcontrol.UserSubject; group 3 *flowcontrol.GroupSubject
  serviceAccount 4 *flowcontrol.ServiceAccountSubject
flowcontrol.ResourcePolicyRule
  verbs! 1 []string set zero; apiGroups! 2 []string set zero; resources! 3 []string set zero
  clusterScope 4 bool; namespaces 5 []string set zero
flowcontrol.NonResourcePolicyRule
  verbs! 1 []string set zero; nonResourceURLs! 6 []string set zero
flowcontrol.LimitResponse
  type! 1 string zero; queuing 2 *flowcontrol.QueuingConfiguration
flowcontrol.UserSubject
  name! 1 string zero
flowcontrol.GroupSubject
  name! 1 string zero
flowcontrol.ServiceAccountSubject
  namespace! 1 string zero; name! 2 string zero
flowcontrol.QueuingConfiguration
  queues 1 int32 zero; handSize 2 int32 zero; queueLengthLimit 3 int32 zero
`;
