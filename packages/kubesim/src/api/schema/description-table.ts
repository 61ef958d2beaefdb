/** What `kubectl explain` says: `type: sentence`, `type.field: sentence`, or `*.field: sentence` for fields that mean the same everywhere. */
export const DESCRIPTIONS = `
*.metadata: Name, labels, annotations and the server's own record of the object.
*.spec: What you want.
*.status: What is. Controllers write it; you read it.
*.conditions: What holds of the object at the moment, one entry a type.
*.observedGeneration: The generation of the object that this status is about.
*.lastTransitionTime: When the status of this condition last changed.
*.labelSelector: Which objects are meant, by their labels.
meta.ObjectMeta: What every object carries: its names, its labels, and what the server keeps about it.
meta.ObjectMeta.name: The name of the object, unique among its kind in its namespace. It cannot be changed.
meta.ObjectMeta.generateName: The beginning of a name; the server adds five characters when no name is given.
meta.ObjectMeta.namespace: The namespace the object lies in.
meta.ObjectMeta.uid: An identity that no other object ever has, not even a later one of the same name.
meta.ObjectMeta.resourceVersion: Changes with every write. Sent back on an update, it keeps you from overwriting what you have not seen.
meta.ObjectMeta.generation: Counts the changes of what you asked for.
meta.ObjectMeta.creationTimestamp: When the object was created.
meta.ObjectMeta.deletionTimestamp: When the object is to be gone. Set by the server when a deletion begins.
meta.ObjectMeta.deletionGracePeriodSeconds: How long the object may take to end, in seconds.
meta.ObjectMeta.labels: Short key-value pairs by which selectors find the object.
meta.ObjectMeta.annotations: Key-value pairs for tools and people; nothing is selected by them.
meta.ObjectMeta.ownerReferences: The objects this one belongs to. When all are gone, it goes too.
meta.ObjectMeta.finalizers: Who must finish something before the object may go. Each takes its own entry away.
meta.ObjectMeta.managedFields: Which manager set which fields, for server-side apply.
meta.LabelSelector: Objects whose labels match all of these. Empty: every object.
meta.LabelSelector.matchLabels: Labels that an object must have, with these values.
meta.LabelSelector.matchExpressions: Requirements on labels: In, NotIn, Exists or DoesNotExist.
meta.LabelSelectorRequirement: One requirement on one label.
meta.LabelSelectorRequirement.key: The label's key.
meta.LabelSelectorRequirement.operator: In, NotIn, Exists or DoesNotExist.
meta.LabelSelectorRequirement.values: The values for In and NotIn.
meta.OwnerReference: An object that owns this one.
meta.OwnerReference.controller: Whether the owner manages this object. At most one does.
core.Pod: One or more containers that run together on one node and share an IP address.
core.PodSpec: The containers of a pod, and how and where they run.
core.PodSpec.containers: The containers. They share the pod's network: one address, one set of ports.
core.PodSpec.initContainers: Containers that run before the others, one after another, each to its end; those with restartPolicy Always stay and are called sidecars.
core.PodSpec.ephemeralContainers: Containers added to a running pod to look into it (kubectl debug).
core.PodSpec.volumes: Directories that the pod's containers can mount.
core.PodSpec.restartPolicy: When the node starts an ended container again: Always, OnFailure or Never.
core.PodSpec.terminationGracePeriodSeconds: How long containers may take to end after SIGTERM before they are killed. 30 by default.
core.PodSpec.activeDeadlineSeconds: How long the pod may run at most, in seconds.
core.PodSpec.dnsPolicy: Where names are looked up. ClusterFirst asks the cluster's DNS, Default the node's, None only what dnsConfig says. Pods on the node's network need ClusterFirstWithHostNet for cluster names.
core.PodSpec.dnsConfig: Name servers, search domains and options of the pod's resolv.conf.
core.PodSpec.nodeSelector: Labels that a node must have for the pod to run there.
core.PodSpec.nodeName: The node the pod is on. The scheduler sets it.
core.PodSpec.hostNetwork: Whether the pod uses the node's own network: its address is the node's, and NetworkPolicies do not see it as a pod.
core.PodSpec.serviceAccountName: The service account as which the pod talks to the API server. default by default.
core.PodSpec.automountServiceAccountToken: Whether the account's token is mounted into the containers.
core.PodSpec.hostname: The pod's host name. Its own name by default.
core.PodSpec.subdomain: With a headless Service of this name, the pod gets the DNS name hostname.subdomain.namespace.svc.zone.
core.PodSpec.setHostnameAsFQDN: Whether the host name is the full DNS name.
core.PodSpec.hostAliases: Lines for the pod's /etc/hosts.
core.PodSpec.affinity: Which nodes and which neighbours the pod wants or avoids.
core.PodSpec.tolerations: Taints of nodes that the pod puts up with.
core.PodSpec.topologySpreadConstraints: How evenly alike pods are spread over zones, nodes or other domains.
core.PodSpec.priorityClassName: How important the pod is, by the name of a PriorityClass.
core.PodSpec.schedulerName: The scheduler that places the pod.
core.PodSpec.readinessGates: Conditions, beside those of the containers, that must hold before the pod counts as ready.
core.PodSpec.enableServiceLinks: Whether containers get environment variables for the Services of their namespace.
core.PodSpec.securityContext: Users, groups and rights that hold for all containers.
core.PodSpec.imagePullSecrets: Secrets with credentials for image registries.
core.PodStatus: What a pod is doing, as its node last told.
core.PodStatus.phase: Pending, Running, Succeeded, Failed or Unknown.
core.PodStatus.podIP: The pod's address, which all its containers share.
core.PodStatus.podIPs: The pod's addresses, at most one of each family.
core.PodStatus.hostIP: The address of the pod's node.
core.PodStatus.containerStatuses: What each container is doing.
core.PodStatus.qosClass: Guaranteed, Burstable or BestEffort, from requests and limits: who is evicted last and first.
core.PodTemplateSpec: The pods that a controller makes.
core.Container: One program in an image of its own, within a pod.
core.Container.name: The container's name, unique in its pod.
core.Container.image: The image to run, for example nginx:1.27.
core.Container.imagePullPolicy: When the image is fetched: Always, IfNotPresent or Never. Always for the tag latest, else IfNotPresent.
core.Container.command: The program to run in place of the image's entry point. No shell reads it.
core.Container.args: The arguments in place of the image's own.
core.Container.workingDir: The directory in which the program starts.
core.Container.ports: Ports the program listens on. This tells others and gives them names; it opens nothing.
core.Container.env: Environment variables.
core.Container.envFrom: ConfigMaps and Secrets whose every entry becomes an environment variable.
core.Container.resources: CPU and memory that the container is promised and may use at most.
core.Container.volumeMounts: Where volumes of the pod appear in the container.
core.Container.livenessProbe: A check by which the node restarts a container that hangs.
core.Container.readinessProbe: A check by which Services send traffic only to a container that can take it.
core.Container.startupProbe: A check that must pass once before the other probes begin.
core.Container.lifecycle: What is run right after the start and right before the end.
core.Container.securityContext: Users, groups and rights of this container.
core.Container.stdin: Whether the container's standard input is kept open.
core.Container.tty: Whether the container gets a terminal.
core.ContainerPort: One port that a container listens on.
core.ContainerPort.containerPort: The port's number, 1 to 65535.
core.ContainerPort.name: A name for the port, by which Services and NetworkPolicies can mean it.
core.ContainerPort.protocol: TCP, UDP or SCTP. TCP by default.
core.ContainerPort.hostPort: A port of the node that leads to this one.
core.ContainerPort.hostIP: The address of the node on which hostPort is opened.
core.EnvVar: One environment variable.
core.EnvVar.name: The variable's name.
core.EnvVar.value: The variable's value. $(NAME) is replaced by an earlier variable.
core.EnvVar.valueFrom: Where the value comes from: a field of the pod, a ConfigMap or a Secret.
core.Probe: A check that the node runs on a container again and again.
core.Probe.httpGet: An HTTP request; any status from 200 to 399 passes.
core.Probe.tcpSocket: A TCP connection; it passes when it opens.
core.Probe.exec: A command in the container; it passes when it exits with 0.
core.Probe.grpc: A gRPC health check.
core.Probe.initialDelaySeconds: How long after the start the first check comes.
core.Probe.periodSeconds: How often the check runs. Every 10 seconds by default.
core.Probe.timeoutSeconds: How long one check may take. 1 second by default.
core.Probe.successThreshold: How many checks in a row must pass after a failure.
core.Probe.failureThreshold: How many checks in a row must fail before it counts. 3 by default.
core.VolumeMount: Where one volume appears in a container.
core.VolumeMount.name: The volume's name.
core.VolumeMount.mountPath: The path at which it appears.
core.VolumeMount.readOnly: Whether the container may only read it.
core.VolumeMount.subPath: A part of the volume to mount in place of its root.
core.Volume: A directory for the containers of a pod.
core.Volume.name: The volume's name, unique in its pod.
core.Volume.emptyDir: An empty directory that lives as long as the pod.
core.Volume.configMap: The entries of a ConfigMap as files.
core.Volume.secret: The entries of a Secret as files.
core.Volume.projected: Several sources in one directory.
core.Volume.downwardAPI: Fields of the pod as files.
core.Volume.hostPath: A directory of the node.
core.Toleration: A taint that the pod puts up with.
core.ResourceRequirements: What a container needs and may use.
core.ResourceRequirements.requests: What it is promised; the scheduler looks for a node that has it.
core.ResourceRequirements.limits: What it may use at most.
core.PodDNSConfig: What goes into the pod's resolv.conf.
core.PodDNSConfig.nameservers: Addresses of DNS servers, at most three.
core.PodDNSConfig.searches: Domains in which short names are tried.
core.PodDNSConfig.options: Options such as ndots.
core.Service: A stable name and address in front of a changing set of pods.
core.ServiceSpec: Which pods a Service leads to, and how it is reached.
core.ServiceSpec.selector: Labels of the pods that the Service leads to. Without a selector you keep its endpoints yourself.
core.ServiceSpec.ports: The ports of the Service.
core.ServiceSpec.type: How the Service is reached: ClusterIP inside the cluster, NodePort also on every node, LoadBalancer also from outside, ExternalName as a DNS alias.
core.ServiceSpec.clusterIP: The Service's own address. None makes it headless: its name gives the pods' addresses.
core.ServiceSpec.clusterIPs: The Service's addresses, at most one of each family.
core.ServiceSpec.externalIPs: Addresses outside of the cluster whose traffic, when it reaches a node, goes to the Service.
core.ServiceSpec.externalName: The name that an ExternalName Service is an alias of.
core.ServiceSpec.externalTrafficPolicy: Whether traffic from outside may go to pods on other nodes (Cluster), or stays on its node and keeps the client's address (Local).
core.ServiceSpec.internalTrafficPolicy: Whether traffic from inside may go to pods on other nodes (Cluster) or stays on its node (Local).
core.ServiceSpec.healthCheckNodePort: The port at which nodes tell load balancers whether they have pods of the Service. With externalTrafficPolicy Local only.
core.ServiceSpec.sessionAffinity: None, or ClientIP: the same client goes to the same pod.
core.ServiceSpec.sessionAffinityConfig: How long a client stays with its pod.
core.ServiceSpec.publishNotReadyAddresses: Whether pods count as ready before they are.
core.ServiceSpec.ipFamilies: IPv4, IPv6 or both, the first being the main one.
core.ServiceSpec.ipFamilyPolicy: SingleStack, PreferDualStack or RequireDualStack.
core.ServiceSpec.loadBalancerSourceRanges: Networks that may use the load balancer.
core.ServiceSpec.loadBalancerClass: Which load balancer serves this Service.
core.ServiceSpec.allocateLoadBalancerNodePorts: Whether a LoadBalancer Service gets node ports too.
core.ServiceSpec.trafficDistribution: Whether nearer endpoints are preferred: PreferSameZone or PreferSameNode.
core.ServicePort: One port of a Service.
core.ServicePort.name: The port's name. Needed when there are several; SRV records carry it.
core.ServicePort.port: The port at which the Service is reached.
core.ServicePort.targetPort: The port of the pods, by number or by name. The same as port by default.
core.ServicePort.nodePort: The port on every node, 30000 to 32767. Given by the server unless you choose.
core.ServicePort.protocol: TCP, UDP or SCTP. TCP by default.
core.ServicePort.appProtocol: What is spoken over it, for example kubernetes.io/h2c.
core.Endpoints: The addresses behind a Service, in the old form. EndpointSlices take its place.
core.Namespace: A space of names. Most objects lie in one.
core.Node: A machine that runs pods.
core.NodeSpec.podCIDR: The network from which pods on this node get their addresses.
core.NodeSpec.taints: What keeps pods off this node, unless they tolerate it.
core.NodeSpec.unschedulable: Whether new pods are kept off (kubectl cordon).
core.ConfigMap: Settings as key-value pairs, for pods to use as files or variables.
core.ConfigMap.data: Text entries.
core.ConfigMap.binaryData: Entries of any bytes, base64-encoded.
core.ConfigMap.immutable: Whether the entries can no longer be changed.
core.Secret: Like a ConfigMap, for what not everyone should read.
core.Secret.data: Entries, base64-encoded.
core.Secret.stringData: Entries as plain text, for writing only; they become data.
core.Secret.type: What kind of secret it is, for example kubernetes.io/tls.
core.ServiceAccount: Who a pod is to the API server.
core.Event: Something that happened to an object. Kept for an hour.
apps.Deployment: Keeps a number of alike pods running and replaces them step by step when their template changes.
apps.DeploymentSpec: The pods you want, how many, and how they are replaced.
apps.DeploymentSpec.replicas: How many pods. 1 by default.
apps.DeploymentSpec.selector: Which pods belong to the Deployment. It must match the template's labels and cannot be changed.
apps.DeploymentSpec.template: The pods to make.
apps.DeploymentSpec.strategy: How old pods are replaced by new ones.
apps.DeploymentSpec.paused: Whether changes wait.
apps.DeploymentSpec.minReadySeconds: How long a new pod must be ready before it counts as available.
apps.DeploymentSpec.revisionHistoryLimit: How many old ReplicaSets are kept to roll back to. 10 by default.
apps.DeploymentSpec.progressDeadlineSeconds: After how long without progress a rollout counts as failed. 600 by default.
apps.DeploymentStrategy.type: RollingUpdate, or Recreate: all old pods end before new ones start.
apps.DeploymentStrategy.rollingUpdate: How many pods may be missing and how many may be too many meanwhile.
apps.RollingUpdateDeployment.maxSurge: How many pods there may be above the wanted number, as a count or a percentage.
apps.RollingUpdateDeployment.maxUnavailable: How many pods may be missing, as a count or a percentage.
apps.ReplicaSet: Keeps a number of alike pods running. Deployments make them.
apps.StatefulSet: Pods with lasting names: web-0, web-1 and so on, started in order.
apps.StatefulSetSpec.serviceName: The headless Service that gives the pods their DNS names.
apps.DaemonSet: One pod on every node.
batch.Job: Runs pods until enough of them have succeeded.
batch.CronJob: Makes Jobs at set times.
batch.CronJobSpec.schedule: When, in cron's five fields: minute, hour, day, month, weekday.
discovery.EndpointSlice: Addresses behind a Service, at most a hundred a slice. kube-proxy reads these.
discovery.EndpointSlice.addressType: IPv4, IPv6 or FQDN. The same for all endpoints of a slice.
discovery.EndpointSlice.endpoints: The endpoints.
discovery.EndpointSlice.ports: The ports that every endpoint of the slice has.
discovery.Endpoint.addresses: The address of the endpoint.
discovery.Endpoint.conditions: Whether the endpoint is ready, still serves, and is about to end.
discovery.Endpoint.nodeName: The node the endpoint is on.
discovery.Endpoint.targetRef: The pod behind the endpoint.
discovery.Endpoint.zone: The zone the endpoint is in.
networking.NetworkPolicy: Which traffic pods may get and send. A pod that no policy selects may get and send all.
networking.NetworkPolicySpec: The pods that a policy is for, and what it allows them.
networking.NetworkPolicySpec.podSelector: The pods of the policy's namespace that it is for. Empty: all of them.
networking.NetworkPolicySpec.policyTypes: Ingress, Egress or both: the directions in which the selected pods are isolated. Ingress by default, and Egress too when there are egress rules.
networking.NetworkPolicySpec.ingress: What may come in. No rules: nothing. One empty rule: everything.
networking.NetworkPolicySpec.egress: What may go out. No rules: nothing, DNS included.
networking.NetworkPolicyIngressRule: Traffic that may come in: from one of these peers and to one of these ports.
networking.NetworkPolicyIngressRule.from: Where it may come from. Empty: anywhere.
networking.NetworkPolicyIngressRule.ports: To which ports. Empty: all.
networking.NetworkPolicyEgressRule: Traffic that may go out: to one of these peers and to one of these ports.
networking.NetworkPolicyEgressRule.to: Where it may go to. Empty: anywhere.
networking.NetworkPolicyEgressRule.ports: To which ports. Empty: all.
networking.NetworkPolicyPeer: Pods, namespaces, both at once, or a range of addresses.
networking.NetworkPolicyPeer.podSelector: Pods of the policy's own namespace, or, with namespaceSelector, of the namespaces it selects.
networking.NetworkPolicyPeer.namespaceSelector: Namespaces, by their labels. Empty: all.
networking.NetworkPolicyPeer.ipBlock: A range of addresses. It stands alone.
networking.NetworkPolicyPort.port: A port by number or name. Without it: every port of the protocol.
networking.NetworkPolicyPort.endPort: The last port of a range that begins with port.
networking.NetworkPolicyPort.protocol: TCP, UDP or SCTP. TCP by default.
networking.IPBlock.cidr: The range, for example 192.0.2.0/24.
networking.IPBlock.except: Parts of the range that this rule leaves out.
networking.Ingress: Rules by which HTTP requests from outside reach Services, by host and path. A controller must be running to obey them.
networking.IngressSpec.ingressClassName: Which controller serves this Ingress.
networking.IngressSpec.defaultBackend: Where requests go that no rule matches.
networking.IngressSpec.rules: Rules, by host.
networking.IngressSpec.tls: Hosts that are served over TLS, and the Secrets with their certificates.
networking.IngressRule.host: The host name of the request. *.example.com stands for exactly one more label. Empty: any host.
networking.HTTPIngressPath.path: The path of the request.
networking.HTTPIngressPath.pathType: Exact, Prefix (by whole path elements) or ImplementationSpecific.
networking.HTTPIngressPath.backend: The Service that gets the request.
networking.IngressServiceBackend.name: The Service's name.
networking.IngressServiceBackend.port: The Service's port, by number or by name.
networking.IngressClass: A controller that Ingresses can ask for.
coordination.Lease: Who holds something, and until when. Nodes say with one that they are alive.
core.ReplicationController: Keeps a number of pods alike running. Deployments came after it, and are better.
core.PodTemplate: A pod to be, kept for whoever makes pods.
core.PersistentVolumeClaim: A wish for storage that outlives pods. Nothing fulfils it on this cluster.
policy.PodDisruptionBudget: How many pods of a kind must stay when nodes are drained.
rbac.Role: What may be done with which resources in a namespace.
rbac.ClusterRole: What may be done with which resources anywhere.
rbac.RoleBinding: Gives a role to users, groups or service accounts in a namespace.
rbac.ClusterRoleBinding: Gives a cluster role to users, groups or service accounts everywhere.
scheduling.PriorityClass: A name for how important pods are.
storage.StorageClass: A kind of storage that volumes can be made from.
storage.CSIDriver: What a driver of storage can do and wants to be told. None is at work on this cluster.
storage.CSINode: The drivers of storage that a node has.
storage.CSIStorageCapacity: How much room a driver says is left for volumes of a class.
storage.VolumeAttachment: That a volume is to be attached to a node.
storage.VolumeAttributesClass: Attributes of volumes that may change while they are used.
networking.IPAddress: An address of the Services' range, and what holds it.
node.RuntimeClass: A container runtime that pods can ask for by name.
flowcontrol.FlowSchema: Which requests to the API server belong to which priority level.
flowcontrol.PriorityLevelConfiguration: How many requests of a level are worked on at once, and how many wait.
apiextensions.CustomResourceDefinition: A kind of your own that the API server serves like one of its own.
apiextensions.CustomResourceDefinitionSpec: The group, the names and the versions of the kind.
apiextensions.CustomResourceDefinitionSpec.group: The API group of the kind. The definition is called PLURAL.GROUP.
apiextensions.CustomResourceDefinitionSpec.names: What the kind is called.
apiextensions.CustomResourceDefinitionSpec.scope: Whether objects lie in namespaces (Namespaced) or not (Cluster).
apiextensions.CustomResourceDefinitionSpec.versions: The versions, each with a schema. One of them is stored.
apiextensions.JSONSchemaProps: What values are allowed, and what fields they have.
core.ResourceQuota: How much of each resource the objects of a namespace may use together.
core.LimitRange: What one container or pod of a namespace may ask for, and what it gets when it asks for nothing.
admissionregistration.ValidatingAdmissionPolicy: Rules, in CEL, that objects have to hold to when they are written.
admissionregistration.ValidatingAdmissionPolicyBinding: Where a policy applies, with which parameters, and what comes of breaking it.
`;
