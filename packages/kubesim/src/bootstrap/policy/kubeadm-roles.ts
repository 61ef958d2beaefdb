/** What `kubeadm init` adds to the roles of the API server itself. Syntax: `tables.ts`. */
export const KUBEADM_CLUSTER_ROLES = `
kubeadm:get-nodes
  get core nodes
system:coredns
  list,watch core endpoints,services,pods,namespaces
  list,watch discovery.k8s.io endpointslices
`;

export const KUBEADM_CLUSTER_ROLE_BINDINGS = `
kubeadm:cluster-admins=cluster-admin group:kubeadm:cluster-admins
kubeadm:get-nodes group:system:bootstrappers:kubeadm:default-node-token
kubeadm:kubelet-bootstrap=system:node-bootstrapper group:system:bootstrappers:kubeadm:default-node-token
kubeadm:node-autoapprove-bootstrap=system:certificates.k8s.io:certificatesigningrequests:nodeclient
    group:system:bootstrappers:kubeadm:default-node-token
kubeadm:node-autoapprove-certificate-rotation=system:certificates.k8s.io:certificatesigningrequests:selfnodeclient
    group:system:nodes
kubeadm:node-proxier=system:node-proxier sa:kube-system/kube-proxy
system:coredns sa:kube-system/coredns
`;

export const KUBEADM_ROLES = `
kube-system kube-proxy
  get core configmaps names=kube-proxy
kube-system kubeadm:nodes-kubeadm-config
  get core configmaps names=kubeadm-config
`;

export const KUBEADM_ROLE_BINDINGS = `
kube-system kube-proxy group:system:bootstrappers:kubeadm:default-node-token
kube-system kubeadm:nodes-kubeadm-config group:system:bootstrappers:kubeadm:default-node-token group:system:nodes
`;
