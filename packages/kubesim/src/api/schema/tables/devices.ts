/** Field tables of resource.k8s.io/v1. Syntax: `../table.ts`. */
export const DEVICE_TYPES = `
resource.DeviceClass
  metadata 1 meta.ObjectMeta; spec! 2 resource.DeviceClassSpec zero
resource.ResourceClaim
  metadata 1 meta.ObjectMeta; spec! 2 resource.ResourceClaimSpec zero; status 3 resource.ResourceClaimStatus
resource.ResourceClaimTemplate
  metadata 1 meta.ObjectMeta; spec! 2 resource.ResourceClaimTemplateSpec zero
resource.ResourceSlice
  metadata 1 meta.ObjectMeta; spec! 2 resource.ResourceSliceSpec zero
resource.DeviceClassSpec
  selectors 1 []resource.DeviceSelector atomic; config 2 []resource.DeviceClassConfiguration atomic
  extendedResourceName 4 *string
resource.ResourceClaimSpec
  devices 1 resource.DeviceClaim zero
resource.ResourceClaimStatus
  allocation 1 *resource.AllocationResult
  reservedFor 2 []resource.ResourceClaimConsumerReference keys=uid merge=uid
  devices 4 []resource.AllocatedDeviceStatus keys=driver,device,pool,shareID
resource.ResourceClaimTemplateSpec
  metadata 1 meta.ObjectMeta; spec! 2 resource.ResourceClaimSpec zero
resource.ResourceSliceSpec
  driver! 1 string zero; pool! 2 resource.ResourcePool zero; nodeName 3 *string
  nodeSelector 4 *core.NodeSelector; allNodes 5 *bool; devices 6 []resource.Device atomic zero
  perDeviceNodeSelection 7 *bool; sharedCounters 8 []resource.CounterSet atomic
resource.DeviceSelector
  cel 1 *resource.CELDeviceSelector
resource.DeviceClassConfiguration
  ... 1 resource.DeviceConfiguration
resource.DeviceClaim
  requests 1 []resource.DeviceRequest atomic zero; constraints 2 []resource.DeviceConstraint atomic
  config 3 []resource.DeviceClaimConfiguration atomic
resource.AllocationResult
  devices 1 resource.DeviceAllocationResult; nodeSelector 3 *core.NodeSelector; allocationTimestamp 5 *Time
resource.ResourceClaimConsumerReference
  apiGroup 1 string; resource! 3 string zero; name! 4 string zero; uid! 5 string zero
resource.AllocatedDeviceStatus
  driver! 1 string zero; pool! 2 string zero; device! 3 string zero; shareID 7 *string
  conditions 4 []meta.Condition keys=type zero; data 5 *RawExtension
  networkData 6 *resource.NetworkDeviceData
resource.ResourcePool
  name! 1 string zero; generation! 2 int64 zero; resourceSliceCount! 3 int64 zero
resource.Device
  name! 1 string zero; attributes 2 map resource.DeviceAttribute; capacity 3 map resource.DeviceCapacity
  consumesCounters 4 []resource.DeviceCounterConsumption atomic; nodeName 5 *string
  nodeSelector 6 *core.NodeSelector; allNodes 7 *bool; taints 8 []resource.DeviceTaint atomic
  bindsToNode 9 *bool; bindingConditions 10 []string atomic; bindingFailureConditions 11 []string atomic
  allowMultipleAllocations 12 *bool
resource.CounterSet
  name! 1 string zero; counters 2 map resource.Counter
resource.CELDeviceSelector
  expression! 1 string zero
resource.DeviceConfiguration
  opaque 1 *resource.OpaqueDeviceConfiguration
resource.DeviceRequest
  name! 1 string zero; exactly 2 *resource.ExactDeviceRequest
  firstAvailable 3 []resource.DeviceSubRequest atomic
resource.DeviceConstraint
  requests 1 []string atomic; matchAttribute 2 *string; distinctAttribute 3 *string
resource.DeviceClaimConfiguration
  requests 1 []string atomic; ... 2 resource.DeviceConfiguration
resource.DeviceAllocationResult
  results 1 []resource.DeviceRequestAllocationResult atomic
  config 2 []resource.DeviceAllocationConfiguration atomic
resource.NetworkDeviceData
  interfaceName 1 string; ips 2 []string atomic; hardwareAddress 3 string
resource.DeviceAttribute
  int 2 *int64; bool 3 *bool; string 4 *string; version 5 *string
resource.DeviceCapacity
  value! 1 Quantity zero; requestPolicy 2 *resource.CapacityRequestPolicy
resource.DeviceCounterConsumption
  counterSet! 1 string zero; counters 2 map resource.Counter
resource.DeviceTaint
  key! 1 string zero; value 2 string; effect! 3 string enum=NoExecute|NoSchedule zero; timeAdded 4 *Time
resource.Counter
  value! 1 Quantity zero
resource.OpaqueDeviceConfiguration
  driver! 1 string zero; parameters! 2 RawExtension zero
resource.ExactDeviceRequest
  deviceClassName! 1 string zero; selectors 2 []resource.DeviceSelector atomic; allocationMode 3 string
  count 4 int64; adminAccess 5 *bool; tolerations 6 []resource.DeviceToleration atomic
  capacity 7 *resource.CapacityRequirements
resource.DeviceSubRequest
  name! 1 string zero; deviceClassName! 2 string zero; selectors 3 []resource.DeviceSelector atomic
  allocationMode 4 string; count 5 int64; tolerations 6 []resource.DeviceToleration atomic
  capacity 7 *resource.CapacityRequirements
resource.DeviceRequestAllocationResult
  request! 1 string zero; driver! 2 string zero; pool! 3 string zero; device! 4 string zero
  adminAccess 5 *bool; tolerations 6 []resource.DeviceToleration atomic; bindingConditions 7 []string atomic
  bindingFailureConditions 8 []string atomic; shareID 9 *string; consumedCapacity 10 map Quantity
resource.DeviceAllocationConfiguration
  source! 1 string zero; requests 2 []string atomic; ... 3 resource.DeviceConfiguration
resource.CapacityRequestPolicy
  default 1 *Quantity zero; validValues 3 []Quantity atomic; validRange 4 *resource.CapacityRequestPolicyRange
resource.DeviceToleration
  key 1 string; operator 2 string enum=Equal|Exists default="Equal"; value 3 string
  effect 4 string enum=NoExecute|NoSchedule; tolerationSeconds 5 *int64
resource.CapacityRequirements
  requests 1 map Quantity
resource.CapacityRequestPolicyRange
  min 1 *Quantity; max 2 *Quantity; step 3 *Quantity
`;
