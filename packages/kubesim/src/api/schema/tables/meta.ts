/** Field tables of meta/v1: what every object carries. Syntax: `../table.ts`. */
export const META_TYPES = `
meta.ObjectMeta
  name 1 string; generateName 2 string; namespace 3 string; selfLink 4 string; uid 5 string
  resourceVersion 6 string; generation 7 int64; creationTimestamp 8 Time omitzero
  deletionTimestamp 9 *Time; deletionGracePeriodSeconds 10 *int64; labels 11 map string
  annotations 12 map string; ownerReferences 13 []meta.OwnerReference keys=uid merge=uid
  finalizers 14 []string set merge; managedFields 17 []meta.ManagedFieldsEntry atomic
meta.ListMeta
  selfLink 1 string; resourceVersion 2 string; continue 3 string; remainingItemCount 4 *int64
meta.Status
  metadata 1 meta.ListMeta; status 2 string; message 3 string; reason 4 string
  details 5 *meta.StatusDetails atomic; code 6 int32
meta.DeleteOptions
  gracePeriodSeconds 1 *int64; preconditions 2 *meta.Preconditions; orphanDependents 3 *bool
  propagationPolicy 4 *string; dryRun 5 []string atomic
  ignoreStoreReadErrorWithClusterBreakingPotential 6 *bool
meta.LabelSelector atomic
  matchLabels 1 map string; matchExpressions 2 []meta.LabelSelectorRequirement atomic
meta.Condition
  type! 1 string zero; status! 2 string zero; observedGeneration 3 int64; lastTransitionTime! 4 Time zero
  reason! 5 string zero; message! 6 string zero
meta.OwnerReference atomic
  apiVersion! 5 string zero; kind! 1 string zero; name! 3 string zero; uid! 4 string zero
  controller 6 *bool; blockOwnerDeletion 7 *bool
meta.ManagedFieldsEntry
  manager 1 string; operation 2 string; apiVersion 3 string; time 4 *Time; fieldsType 6 string
  fieldsV1 7 *FieldsV1; subresource 8 string
meta.StatusDetails
  name 1 string; group 2 string; kind 3 string; uid 6 string; causes 4 []meta.StatusCause atomic
  retryAfterSeconds 5 int32
meta.Preconditions
  uid 1 *string; resourceVersion 2 *string
meta.LabelSelectorRequirement
  key! 1 string zero; operator! 2 string zero; values 3 []string atomic
meta.StatusCause
  reason 1 string; message 2 string; field 3 string
meta.FieldSelectorRequirement
  key! 1 string zero; operator! 2 string zero; values 3 []string atomic
`;
