/** Field tables of rbac.authorization.k8s.io/v1, authorization.k8s.io/v1 and authentication.k8s.io/v1. Syntax: `../table.ts`. */
export const AUTHORITY_TYPES = `
rbac.Role
  metadata 1 meta.ObjectMeta; rules 2 []rbac.PolicyRule atomic zero
rbac.RoleBinding
  metadata 1 meta.ObjectMeta; subjects 2 []rbac.Subject atomic; roleRef! 3 rbac.RoleRef zero
rbac.ClusterRole
  metadata 1 meta.ObjectMeta; rules 2 []rbac.PolicyRule atomic zero
  aggregationRule 3 *rbac.AggregationRule
rbac.ClusterRoleBinding
  metadata 1 meta.ObjectMeta; subjects 2 []rbac.Subject atomic; roleRef! 3 rbac.RoleRef zero
authorization.SelfSubjectAccessReview
  metadata 1 meta.ObjectMeta; spec! 2 authorization.SelfSubjectAccessReviewSpec zero
  status 3 authorization.SubjectAccessReviewStatus
authorization.SelfSubjectRulesReview
  metadata 1 meta.ObjectMeta; spec! 2 authorization.SelfSubjectRulesReviewSpec zero
  status 3 authorization.SubjectRulesReviewStatus
authorization.SubjectAccessReview
  metadata 1 meta.ObjectMeta; spec! 2 authorization.SubjectAccessReviewSpec zero
  status 3 authorization.SubjectAccessReviewStatus
authorization.LocalSubjectAccessReview
  metadata 1 meta.ObjectMeta; spec! 2 authorization.SubjectAccessReviewSpec zero
  status 3 authorization.SubjectAccessReviewStatus
authentication.TokenRequest
  metadata 1 meta.ObjectMeta; spec! 2 authentication.TokenRequestSpec zero
  status 3 authentication.TokenRequestStatus
authentication.SelfSubjectReview
  metadata 1 meta.ObjectMeta; status 2 authentication.SelfSubjectReviewStatus
authentication.TokenReview
  metadata 1 meta.ObjectMeta; spec! 2 authentication.TokenReviewSpec zero
  status 3 authentication.TokenReviewStatus
rbac.PolicyRule
  verbs! 1 []string atomic zero; apiGroups 2 []string atomic; resources 3 []string atomic
  resourceNames 4 []string atomic; nonResourceURLs 5 []string atomic
rbac.Subject atomic
  kind! 1 string zero; apiGroup 2 string; name! 3 string zero; namespace 4 string
rbac.RoleRef atomic
  apiGroup! 1 string zero; kind! 2 string zero; name! 3 string zero
rbac.AggregationRule
  clusterRoleSelectors 1 []meta.LabelSelector atomic
authorization.SelfSubjectAccessReviewSpec
  resourceAttributes 1 *authorization.ResourceAttributes
  nonResourceAttributes 2 *authorization.NonResourceAttributes
authorization.SubjectAccessReviewStatus
  allowed! 1 bool zero; denied 4 bool; reason 2 string; evaluationError 3 string
authorization.SelfSubjectRulesReviewSpec
  namespace 1 string
authorization.SubjectRulesReviewStatus
  resourceRules! 1 []authorization.ResourceRule atomic zero
  nonResourceRules! 2 []authorization.NonResourceRule atomic zero; incomplete! 3 bool zero
  evaluationError 4 string
authorization.SubjectAccessReviewSpec
  resourceAttributes 1 *authorization.ResourceAttributes
  nonResourceAttributes 2 *authorization.NonResourceAttributes; user 3 string; groups 4 []string atomic
  extra 5 map ExtraValue; uid 6 string
authentication.TokenRequestSpec
  audiences! 1 []string atomic zero; expirationSeconds 4 *int64
  boundObjectRef 3 *authentication.BoundObjectReference
authentication.TokenRequestStatus
  token! 1 string zero; expirationTimestamp! 2 Time zero
authentication.SelfSubjectReviewStatus
  userInfo 1 authentication.UserInfo
authentication.TokenReviewSpec
  token 1 string; audiences 2 []string atomic
authentication.TokenReviewStatus
  authenticated 1 bool; user 2 authentication.UserInfo; audiences 4 []string atomic; error 3 string
authorization.ResourceAttributes
  namespace 1 string; verb 2 string; group 3 string; version 4 string; resource 5 string
  subresource 6 string; name 7 string; fieldSelector 8 *authorization.FieldSelectorAttributes
  labelSelector 9 *authorization.LabelSelectorAttributes
authorization.NonResourceAttributes
  path 1 string; verb 2 string
authorization.ResourceRule
  verbs! 1 []string atomic zero; apiGroups 2 []string atomic; resources 3 []string atomic
  resourceNames 4 []string atomic
authorization.NonResourceRule
  verbs! 1 []string atomic zero; nonResourceURLs 2 []string atomic
authentication.BoundObjectReference
  kind 1 string; apiVersion 2 string; name 3 string; uid 4 string
authentication.UserInfo
  username 1 string; uid 2 string; groups 3 []string atomic; extra 4 map ExtraValue
authorization.FieldSelectorAttributes
  rawSelector 1 string; requirements 2 []meta.FieldSelectorRequirement atomic
authorization.LabelSelectorAttributes
  rawSelector 1 string; requirements 2 []meta.LabelSelectorRequirement atomic
`;
