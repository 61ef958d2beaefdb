/** Field tables of autoscaling/v1, and of autoscaling/v2 (`autoscaling2`). Syntax: `../table.ts`. */
export const AUTOSCALING_TYPES = `
autoscaling.HorizontalPodAutoscaler
  metadata 1 meta.ObjectMeta; spec 2 autoscaling.HorizontalPodAutoscalerSpec
  status 3 autoscaling.HorizontalPodAutoscalerStatus
autoscaling2.HorizontalPodAutoscaler
  metadata 1 meta.ObjectMeta; spec 2 autoscaling2.HorizontalPodAutoscalerSpec
  status 3 autoscaling2.HorizontalPodAutoscalerStatus
autoscaling.HorizontalPodAutoscalerSpec
  scaleTargetRef! 1 autoscaling.CrossVersionObjectReference zero; minReplicas 2 *int32
  maxReplicas! 3 int32 zero; targetCPUUtilizationPercentage 4 *int32
autoscaling.HorizontalPodAutoscalerStatus
  observedGeneration 1 *int64; lastScaleTime 2 *Time; currentReplicas! 3 int32 zero
  desiredReplicas! 4 int32 zero; currentCPUUtilizationPercentage 5 *int32
autoscaling2.HorizontalPodAutoscalerSpec
  scaleTargetRef! 1 autoscaling2.CrossVersionObjectReference zero; minReplicas 2 *int32
  maxReplicas! 3 int32 zero; metrics 4 []autoscaling2.MetricSpec atomic
  behavior 5 *autoscaling2.HorizontalPodAutoscalerBehavior
autoscaling2.HorizontalPodAutoscalerStatus
  observedGeneration 1 *int64; lastScaleTime 2 *Time; currentReplicas 3 int32; desiredReplicas! 4 int32 zero
  currentMetrics 5 []autoscaling2.MetricStatus atomic zero
  conditions 6 []autoscaling2.HorizontalPodAutoscalerCondition keys=type merge=type
autoscaling.CrossVersionObjectReference atomic
  kind! 1 string zero; name! 2 string zero; apiVersion 3 string
autoscaling2.CrossVersionObjectReference
  kind! 1 string zero; name! 2 string zero; apiVersion 3 string
autoscaling2.MetricSpec
  type! 1 string zero; object 2 *autoscaling2.ObjectMetricSource; pods 3 *autoscaling2.PodsMetricSource
  resource 4 *autoscaling2.ResourceMetricSource
  containerResource 7 *autoscaling2.ContainerResourceMetricSource
  external 5 *autoscaling2.ExternalMetricSource
autoscaling2.HorizontalPodAutoscalerBehavior
  scaleUp 1 *autoscaling2.HPAScalingRules; scaleDown 2 *autoscaling2.HPAScalingRules
autoscaling2.MetricStatus
  type! 1 string zero; object 2 *autoscaling2.ObjectMetricStatus; pods 3 *autoscaling2.PodsMetricStatus
  resource 4 *autoscaling2.ResourceMetricStatus
  containerResource 7 *autoscaling2.ContainerResourceMetricStatus
  external 5 *autoscaling2.ExternalMetricStatus
autoscaling2.HorizontalPodAutoscalerCondition
  type! 1 string zero; status! 2 string zero; lastTransitionTime 3 Time; reason 4 string; message 5 string
autoscaling2.ObjectMetricSource
  describedObject! 1 autoscaling2.CrossVersionObjectReference zero; target! 2 autoscaling2.MetricTarget zero
  metric! 3 autoscaling2.MetricIdentifier zero
autoscaling2.PodsMetricSource
  metric! 1 autoscaling2.MetricIdentifier zero; target! 2 autoscaling2.MetricTarget zero
autoscaling2.ResourceMetricSource
  name! 1 string zero; target! 2 autoscaling2.MetricTarget zero
autoscaling2.ContainerResourceMetricSource
  name! 1 string zero; target! 2 autoscaling2.MetricTarget zero; container! 3 string zero
autoscaling2.ExternalMetricSource
  metric! 1 autoscaling2.MetricIdentifier zero; target! 2 autoscaling2.MetricTarget zero
autoscaling2.HPAScalingRules
  stabilizationWindowSeconds 3 *int32; selectPolicy 1 *string
  policies 2 []autoscaling2.HPAScalingPolicy atomic; tolerance 4 *Quantity
autoscaling2.ObjectMetricStatus
  metric! 1 autoscaling2.MetricIdentifier zero; current! 2 autoscaling2.MetricValueStatus zero
  describedObject! 3 autoscaling2.CrossVersionObjectReference zero
autoscaling2.PodsMetricStatus
  metric! 1 autoscaling2.MetricIdentifier zero; current! 2 autoscaling2.MetricValueStatus zero
autoscaling2.ResourceMetricStatus
  name! 1 string zero; current! 2 autoscaling2.MetricValueStatus zero
autoscaling2.ContainerResourceMetricStatus
  name! 1 string zero; current! 2 autoscaling2.MetricValueStatus zero; container! 3 string zero
autoscaling2.ExternalMetricStatus
  metric! 1 autoscaling2.MetricIdentifier zero; current! 2 autoscaling2.MetricValueStatus zero
autoscaling2.MetricTarget
  type! 1 string zero; value 2 *Quantity; averageValue 3 *Quantity; averageUtilization 4 *int32
autoscaling2.MetricIdentifier
  name! 1 string zero; selector 2 *meta.LabelSelector
autoscaling2.HPAScalingPolicy
  type! 1 string zero; value! 2 int32 zero; periodSeconds! 3 int32 zero
autoscaling2.MetricValueStatus
  value 1 *Quantity; averageValue 2 *Quantity; averageUtilization 3 *int32
`;
