/**
 * Fields of the kinds that the course works with, for completion and for mistakes shown on their line. The API server
 * has the last word. Fields listed after `also` exist too (Kubernetes 1.34): they are let pass, not explained.
 *
 *   Type
 *     also field field
 *     field[!] type | what it is for
 *
 * Types: string, bool, map, any, intOrString, int(min..max), A/B/C (one of), []type, Type.
 */
export const MANIFEST_TYPES = `
ObjectMeta
  also creationTimestamp deletionGracePeriodSeconds deletionTimestamp finalizers generation managedFields
  also ownerReferences resourceVersion selfLink uid
  name string | Unique among objects of this kind in the namespace.
  namespace string | Where the object lives. Left out: the namespace of your kubectl context.
  labels map | What selectors look for.
  annotations map | Notes for tools; nothing selects by them.
  generateName string | A prefix; the API server adds random letters.

LabelSelector
  matchLabels map | All of these labels, with these values.
  matchExpressions []LabelSelectorRequirement | All of these conditions.
LabelSelectorRequirement
  key! string | The label.
  operator! In/NotIn/Exists/DoesNotExist | How its value is compared.
  values []string | For In and NotIn.

NetworkPolicy
  apiVersion! networking.k8s.io/v1 | The API this kind belongs to.
  kind! NetworkPolicy | The kind of object.
  metadata! ObjectMeta | Name, namespace and labels.
  spec NetworkPolicySpec | Whom it isolates, and what it still allows.
NetworkPolicySpec
  podSelector LabelSelector | The pods it isolates, in its own namespace. {} is all of them.
  policyTypes []Ingress/Egress | Which directions it isolates. Left out: Ingress, and Egress if there are egress rules.
  ingress []NetworkPolicyIngressRule | What may come in. An empty list lets nothing in, [{}] everything.
  egress []NetworkPolicyEgressRule | What may go out.
NetworkPolicyIngressRule
  from []NetworkPolicyPeer | From whom. Left out: from anyone.
  ports []NetworkPolicyPort | To which ports. Left out: to all.
NetworkPolicyEgressRule
  to []NetworkPolicyPeer | To whom. Left out: to anyone.
  ports []NetworkPolicyPort | To which ports. Left out: to all.
NetworkPolicyPeer
  podSelector LabelSelector | Pods with these labels, in the policy's namespace unless namespaceSelector stands beside it.
  namespaceSelector LabelSelector | Pods of these namespaces. {} is all namespaces.
  ipBlock IPBlock | Addresses. Excludes the selectors in the same peer.
NetworkPolicyPort
  protocol TCP/UDP/SCTP | TCP if left out.
  port intOrString | A number, or the name of a port of the pod.
  endPort int(1..65535) | The last port of a range that begins at port.
IPBlock
  cidr! string | A range, such as 10.0.0.0/8.
  except []string | Ranges inside it that this rule leaves out.

Service
  apiVersion! v1 | The API this kind belongs to.
  kind! Service | The kind of object.
  metadata! ObjectMeta | Name, namespace and labels.
  spec ServiceSpec | Which pods stand behind it, and on which ports.
ServiceSpec
  also allocateLoadBalancerNodePorts clusterIPs healthCheckNodePort loadBalancerClass loadBalancerIP
  also sessionAffinityConfig trafficDistribution
  selector map | Labels of the pods behind it.
  ports []ServicePort | What it listens on, and where it sends it.
  type ClusterIP/NodePort/LoadBalancer/ExternalName | ClusterIP if left out.
  clusterIP string | None makes it headless: its name then gives the pods' own addresses.
  externalName string | For type ExternalName: the name that its own name stands for.
  externalTrafficPolicy Cluster/Local | Local keeps the client's address and uses this node's pods only.
  internalTrafficPolicy Cluster/Local | Local uses this node's pods only.
  sessionAffinity None/ClientIP | ClientIP sends a client to the same pod again.
  publishNotReadyAddresses bool | Counts pods that are not ready as ready.
  ipFamilyPolicy SingleStack/PreferDualStack/RequireDualStack | Which address families it gets.
  ipFamilies []IPv4/IPv6 | Which address families, in order.
  externalIPs []string | Further addresses that nodes accept for it.
  loadBalancerSourceRanges []string | From where its load balancer may be reached.
ServicePort
  name string | Needed when there is more than one.
  port! int(1..65535) | The port of the Service itself.
  targetPort intOrString | The pod's port, by number or by name. Left out: the same as port.
  nodePort int(1..65535) | The port on every node, for NodePort and LoadBalancer.
  protocol TCP/UDP/SCTP | TCP if left out.
  appProtocol string | A hint for proxies, such as http.

Ingress
  apiVersion! networking.k8s.io/v1 | The API this kind belongs to.
  kind! Ingress | The kind of object.
  metadata! ObjectMeta | Name, namespace and labels.
  spec IngressSpec | Which requests go to which Service.
IngressSpec
  ingressClassName string | Which controller serves it.
  rules []IngressRule | Hosts and their paths.
  tls []IngressTLS | Hosts served by TLS, and their certificates.
  defaultBackend IngressBackend | Where requests go that no rule takes.
IngressRule
  host string | Left out: every host.
  http HTTPIngressRuleValue | Its paths.
HTTPIngressRuleValue
  paths! []HTTPIngressPath | The longest that fits wins.
HTTPIngressPath
  path string | Begins with /.
  pathType! Prefix/Exact/ImplementationSpecific | Prefix compares whole elements of the path.
  backend! IngressBackend | Where requests go.
IngressBackend
  also resource
  service IngressServiceBackend | A Service of the same namespace.
IngressServiceBackend
  name! string | Its name.
  port ServiceBackendPort | One of its ports.
ServiceBackendPort
  number int(1..65535) | By number.
  name string | By name.
IngressTLS
  hosts []string | Names on the certificate.
  secretName string | A Secret of type kubernetes.io/tls.

Pod
  apiVersion! v1 | The API this kind belongs to.
  kind! Pod | The kind of object.
  metadata! ObjectMeta | Name, namespace and labels.
  spec PodSpec | What runs in it.
PodSpec
  also activeDeadlineSeconds affinity automountServiceAccountToken enableServiceLinks ephemeralContainers
  also hostAliases hostIPC hostPID hostUsers hostnameOverride imagePullSecrets os overhead preemptionPolicy
  also priority priorityClassName readinessGates resourceClaims resources runtimeClassName schedulerName
  also schedulingGates securityContext serviceAccount setHostnameAsFQDN shareProcessNamespace tolerations
  also topologySpreadConstraints
  containers! []Container | What runs. Containers of one pod share its address and its ports.
  initContainers []Container | Run one after another before the containers start.
  nodeName string | Puts it on this node, past the scheduler.
  nodeSelector map | Labels a node must have.
  hostNetwork bool | Uses the node's network instead of one of its own.
  hostname string | Its name for itself and, with subdomain, in DNS.
  subdomain string | The headless Service under whose name it is found.
  dnsPolicy ClusterFirst/ClusterFirstWithHostNet/Default/None | Which name server it asks.
  dnsConfig any | With dnsPolicy None: name servers and search list.
  restartPolicy Always/OnFailure/Never | Always if left out.
  terminationGracePeriodSeconds int(0..86400) | Time to end by itself.
  serviceAccountName string | Whose rights it has.
  volumes []any | What its containers can mount.
Container
  also envFrom lifecycle resizePolicy restartPolicy restartPolicyRules securityContext startupProbe stdin
  also stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir
  name! string | Unique in the pod.
  image string | What it runs.
  command []string | Replaces the image's entrypoint.
  args []string | Replaces the image's arguments.
  ports []ContainerPort | Names its ports; it opens none.
  env []EnvVar | Environment variables.
  readinessProbe any | While it fails, the pod is no ready endpoint.
  livenessProbe any | When it fails, the container is started again.
  resources any | Requests and limits.
  imagePullPolicy Always/IfNotPresent/Never | When the image is fetched.
ContainerPort
  containerPort! int(1..65535) | The port the program listens on.
  name string | For targetPort and policies.
  protocol TCP/UDP/SCTP | TCP if left out.
  hostPort int(1..65535) | Also on the node's address.
  hostIP string | Which of the node's addresses.
EnvVar
  also valueFrom
  name! string | Its name.
  value string | Its value, as text.

Deployment
  apiVersion! apps/v1 | The API this kind belongs to.
  kind! Deployment | The kind of object.
  metadata! ObjectMeta | Name, namespace and labels.
  spec DeploymentSpec | How many pods, and which.
DeploymentSpec
  also minReadySeconds paused progressDeadlineSeconds revisionHistoryLimit strategy
  replicas int(0..1000) | 1 if left out.
  selector! LabelSelector | Which pods are its own. Must fit the labels of the template.
  template! PodTemplateSpec | What each pod is like.
PodTemplateSpec
  metadata ObjectMeta | Labels of the pods.
  spec PodSpec | What runs in them.

Namespace
  apiVersion! v1 | The API this kind belongs to.
  kind! Namespace | The kind of object.
  metadata! ObjectMeta | Its name and labels.
  spec any | Nothing to set here.

ConfigMap
  apiVersion! v1 | The API this kind belongs to.
  kind! ConfigMap | The kind of object.
  metadata! ObjectMeta | Name, namespace and labels.
  data map | Keys and texts.
  binaryData map | Keys and base64.
  immutable bool | Never to be changed again.
`;

/** Kinds an author of a manifest can begin with, and what a new one looks like. */
export const MANIFEST_KINDS = [
  'NetworkPolicy',
  'Service',
  'Ingress',
  'Pod',
  'Deployment',
  'Namespace',
  'ConfigMap',
] as const;
