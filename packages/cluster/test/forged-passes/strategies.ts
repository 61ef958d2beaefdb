import { GUARD, MEND } from './lab.ts';

export interface Strategy {
  readonly name: string;
  readonly script: string;
  /** A command in the learner's own toolbox whose output shows that the forged thing is there. */
  readonly seen: readonly [command: string, output: RegExp];
  /** The task passes where it was forged: sealing is what refuses it. */
  readonly fools?: true;
}

const SERVER_IP = `$(kubectl get pod server -o jsonpath='{.status.podIP}')`;
const AGNHOST = 'registry.k8s.io/e2e-test-images/agnhost:2.53';
const apply = (yaml: string): string => `kubectl apply -f - <<YAML\n${yaml}\nYAML`;
/** What the API says of it is kept, where the kind may not be served. */
const attempt = (file: string, yaml: string): string =>
  `kubectl apply -f - > ~/${file} 2>&1 <<'YAML'\n${yaml}\nYAML`;
const pod = (name: string, labels: string, more = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, labels: { ${labels} } }\nspec:\n${more}  containers:\n    - { name: main, image: ${AGNHOST}, args: [netexec, --http-port=8080] }`;
const idle = (name: string, labels: string, more = ''): string =>
  pod(name, labels, more).replace('[netexec, --http-port=8080]', '[pause]');
const ready = (name: string): string => `kubectl wait --for=condition=Ready pod/${name} --timeout=60s`;
const slice = (address: string): string =>
  apply(
    `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: { name: web-mine, labels: { kubernetes.io/service-name: web } }\naddressType: IPv4\nports: [{ port: 8080, protocol: TCP }]\nendpoints: [{ addresses: ["${address}"], conditions: { ready: true } }]`,
  );
const policy = (name: string, more: string): string =>
  apply(`apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: ${name}${more}`);
const gone = (name: string): string => `kubectl delete pod ${name} --now`;

/** How a task might be passed without being solved. Each leaves something out, and forges it. */
export const STRATEGIES: readonly Strategy[] = [
  {
    name: 'an EndpointSlice written by hand stands in for the selector',
    script: `${slice(SERVER_IP)}\n${GUARD}\nsleep 2`,
    seen: ['kubectl get endpointslice web-mine -o name', /web-mine/],
    fools: true,
  },
  {
    name: 'an Endpoints object written by hand stands in for the selector',
    script: `${apply(`apiVersion: v1\nkind: Endpoints\nmetadata: { name: web }\nsubsets: [{ addresses: [{ ip: ${SERVER_IP} }], ports: [{ port: 8080 }] }]`)}\n${GUARD}`,
    seen: ['kubectl get endpoints web -o name', /web/],
  },
  {
    name: 'a pod of one’s own answers in the server’s name',
    script: `${apply(pod('liar', 'app: wrong', '  hostname: server\n'))}\n${ready('liar')}\n${GUARD}`,
    seen: ['kubectl get pod liar -o name', /liar/],
    fools: true,
  },
  {
    name: 'a Deployment’s pods answer in the server’s name',
    script: `${apply(`apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: server-liar }\nspec:\n  selector: { matchLabels: { app: wrong } }\n  template:\n    metadata: { labels: { app: wrong } }\n    spec: { containers: [{ name: main, image: ${AGNHOST}, args: [netexec, --http-port=8080] }] }`)}\nkubectl rollout status deployment/server-liar --timeout=60s\n${GUARD}`,
    seen: ['kubectl get deployment server-liar -o name', /server-liar/],
    fools: true,
  },
  {
    name: 'the lab’s own server is relabelled to what the Service asks for',
    script: `kubectl label pod server app=wrong --overwrite\n${GUARD.replace('app: server', 'app: wrong')}\nsleep 2`,
    seen: ['kubectl get pod server --show-labels', /app=wrong/],
    fools: true,
  },
  {
    name: 'the server is deleted and made again with other labels',
    script: `${gone('server')}\n${apply(pod('server', 'app: wrong'))}\n${ready('server')}\n${GUARD.replace('app: server', 'app: wrong')}`,
    seen: ['kubectl get pod server --show-labels', /app=wrong/],
    fools: true,
  },
  {
    name: 'the client is made again with hostAliases',
    script: `ip=${SERVER_IP}\n${gone('client')}\n${apply(idle('client', 'app: client', '  hostAliases: [{ ip: $ip, hostnames: [web] }]\n'))}\n${ready('client')}\n${GUARD}`,
    seen: ['kubectl exec client -- cat /etc/hosts', /web/],
  },
  {
    name: 'the client’s hosts file is edited from inside',
    script: `kubectl exec client -- sh -c "echo ${SERVER_IP} web >> /etc/hosts"\n${GUARD}`,
    seen: ['kubectl exec client -- cat /etc/hosts', /web/],
  },
  {
    name: 'the toolbox’s hosts file is edited',
    script: `echo "${SERVER_IP} web" >> /etc/hosts; echo "${SERVER_IP} web" > ~/hosts\n${GUARD}`,
    seen: ['cat ~/hosts', /web/],
  },
  {
    name: 'curl is shadowed in the toolbox',
    script: `mkdir -p ~/bin; printf '#!/bin/sh\\necho server\\n' > ~/bin/curl; chmod +x ~/bin/curl\n${GUARD}`,
    seen: ['~/bin/curl http://web/hostname', /server/],
  },
  {
    name: 'programs are shadowed in the client',
    script: `kubectl exec client -- sh -c "printf '#!/bin/sh\\necho server\\n' > /tmp/curl; chmod +x /tmp/curl"\n${GUARD}`,
    seen: ['kubectl exec client -- /tmp/curl', /server/],
  },
  {
    name: 'CoreDNS is told to send the name elsewhere',
    script: `kubectl -n kube-system get configmap coredns -o yaml | sed 's/ready/ready\\n        rewrite name web.default.svc.cluster.local server.default.svc.cluster.local/' | kubectl apply -f -\n${GUARD}`,
    seen: ['kubectl -n kube-system get configmap coredns -o yaml', /rewrite name web/],
  },
  {
    name: 'CoreDNS is switched off, so that nothing can be looked up',
    script: `kubectl -n kube-system scale deployment coredns --replicas=0\n${GUARD}`,
    seen: ["kubectl -n kube-system get deployment coredns -o jsonpath='{.spec.replicas}'", /^0$/],
  },
  {
    name: 'a Service of one’s own captures the grader’s DNS',
    script: `kubectl -n kube-system patch service kube-dns -p '{"spec":{"selector":{"k8s-app":"mine"}}}'\n${GUARD}`,
    seen: ["kubectl -n kube-system get service kube-dns -o jsonpath='{.spec.selector}'", /mine/],
  },
  {
    name: 'externalIPs hijack the Service’s address',
    script: `${apply(`apiVersion: v1\nkind: Service\nmetadata: { name: hijack }\nspec:\n  selector: { app: server }\n  externalIPs: ["$(kubectl get service web -o jsonpath='{.spec.clusterIP}')"]\n  ports: [{ port: 80, targetPort: 8080 }]`)}\n${GUARD}`,
    seen: ['kubectl get service hijack -o name', /hijack/],
  },
  {
    name: 'an ExternalName sends the name to a Service of one’s own',
    script: `${apply('apiVersion: v1\nkind: Service\nmetadata: { name: mine }\nspec: { selector: { app: server }, ports: [{ port: 80, targetPort: 8080 }] }')}\nkubectl delete service web\n${apply('apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { type: ExternalName, externalName: mine.default.svc.cluster.local }')}\n${GUARD}`,
    seen: ["kubectl get service web -o jsonpath='{.spec.type}'", /ExternalName/],
    fools: true,
  },
  {
    name: 'the stranger is deleted, so that it can’t connect',
    script: `${MEND}\n${gone('stranger')}`,
    seen: ['kubectl get pod stranger', /NotFound|not found/],
  },
  {
    name: 'the stranger’s own egress is denied instead of the server’s ingress',
    script: `${MEND}\nkubectl label pod stranger mute=yes\n${policy('mute', ' }\nspec: { podSelector: { matchLabels: { mute: "yes" } }, policyTypes: [Egress] }')}`,
    seen: ['kubectl get pod stranger --show-labels', /mute=yes/],
    fools: true,
  },
  {
    name: 'the stranger’s labels are spoofed: it becomes a pod that a policy mutes',
    script: `${MEND}\nkubectl label pod stranger role=muted\n${policy('muted', ' }\nspec: { podSelector: { matchLabels: { role: muted } }, policyTypes: [Egress] }')}`,
    seen: ['kubectl get pod stranger --show-labels', /role=muted/],
    fools: true,
  },
  {
    name: 'routes on the nodes drop the stranger’s way',
    script: `${MEND}\nip=$(kubectl get pod stranger -o jsonpath='{.status.podIP}')\nkubectl get pod stranger -o wide\n# at: node/podwire-worker\nip route add blackhole 10.244.0.0/24; ip route add blackhole 10.244.1.0/24; touch /root/route-edited\n# at: toolbox\nsleep 1; echo edited > ~/routes`,
    seen: ['cat ~/routes', /edited/],
  },
  {
    name: 'rules on the node are changed by hand',
    script: `${MEND}\n# at: node/podwire-worker\niptables -I FORWARD -j DROP; nft flush ruleset; touch /root/rules-edited\n# at: toolbox\necho edited > ~/rules`,
    seen: ['cat ~/rules', /edited/],
  },
  {
    name: 'the node’s network configuration is changed',
    script: `${MEND}\n# at: node/podwire-worker\nrm -f /etc/cni/net.d/*\n# at: toolbox\necho edited > ~/cni`,
    seen: ['cat ~/cni', /edited/],
  },
  {
    name: 'kube-proxy is put into another mode',
    script: `kubectl -n kube-system get configmap kube-proxy -o yaml | sed 's/mode: .*/mode: ipvs/' | kubectl apply -f -\nkubectl -n kube-system annotate daemonset kube-proxy mode=ipvs\n${GUARD}`,
    seen: ['kubectl -n kube-system get daemonset kube-proxy -o yaml', /mode: ipvs/],
  },
  {
    name: 'kube-proxy is taken away',
    script: `kubectl -n kube-system delete daemonset kube-proxy\n${GUARD}`,
    seen: ['kubectl -n kube-system get daemonset kube-proxy', /not found/],
  },
  {
    name: 'the network plugin’s agent is taken away',
    script: `${MEND}\nkubectl -n kube-system annotate configmap coredns mine=1\nkubectl -n kube-system delete pods --all --now`,
    seen: ["kubectl -n kube-system get configmap coredns -o jsonpath='{.metadata.annotations.mine}'", /1/],
  },
  {
    name: 'a quota starves the grader',
    script: `${MEND}\n${apply('apiVersion: v1\nkind: ResourceQuota\nmetadata: { name: starve }\nspec: { hard: { pods: "0" } }')}`,
    seen: ['kubectl get resourcequota starve -o name', /starve/],
  },
  {
    name: 'a LimitRange starves the grader',
    script: `${MEND}\n${apply('apiVersion: v1\nkind: LimitRange\nmetadata: { name: tiny }\nspec: { limits: [{ type: Pod, max: { memory: 1Mi } }] }')}`,
    seen: ['kubectl get limitrange tiny -o name; echo tried > ~/tried; cat ~/tried', /tiny|tried/],
  },
  {
    name: 'everyone is bound to cluster-admin, to change the grader’s mind',
    script: `${MEND}\nkubectl create clusterrolebinding everyone --clusterrole=cluster-admin --group=system:authenticated`,
    seen: ['kubectl get clusterrolebinding everyone -o name', /everyone/],
  },
  {
    name: 'the administrator’s own rights are taken away',
    script: `${MEND}\nkubectl delete clusterrolebinding cluster-admin\nkubectl create clusterrole mine --verb=get --resource=pods`,
    seen: ['kubectl get clusterrole mine -o name', /mine/],
  },
  {
    name: 'an admission policy refuses the grader’s pods',
    script: `${MEND}\n${attempt('admission', 'apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: { name: no-grader }\nspec: { failurePolicy: Fail, matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods] }] }, validations: [{ expression: "false" }] }')}`,
    seen: ['cat ~/admission', /no-grader|no matches/],
  },
  {
    name: 'a webhook changes what the grader makes',
    script: `${MEND}\n${attempt('webhook', 'apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: { name: twist }\nwebhooks: []')}`,
    seen: ['cat ~/webhook', /twist|does not model admission webhooks/],
  },
  {
    name: 'a CustomResourceDefinition shadows the kind that is looked for',
    script: `${MEND}\n${attempt('crd', 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: networkpolicies.mine.example }\nspec: { group: mine.example, scope: Namespaced, names: { plural: networkpolicies, singular: networkpolicy, kind: NetworkPolicy }, versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }] }')}`,
    seen: ['cat ~/crd', /networkpolicies.mine.example|no matches/],
  },
  {
    name: 'a static pod is left on a node',
    script: `${MEND}\n# at: node/podwire-worker\nmkdir -p /etc/kubernetes/manifests; printf 'apiVersion: v1\\nkind: Pod\\nmetadata: { name: static }\\nspec: { containers: [{ name: c, image: "${AGNHOST}", args: [pause] }] }\\n' > /etc/kubernetes/manifests/static.yaml\n# at: toolbox\nsleep 30`,
    seen: ['kubectl get pods -A', /static-podwire-worker/],
  },
  {
    name: 'pods take the names that the grader might use',
    script: `${MEND}\nfor name in examiner grader probe podwire-check; do kubectl run $name --image=${AGNHOST} --labels=app=client -- pause; done`,
    seen: ['kubectl get pods', /podwire-check/],
  },
  {
    name: 'a policy that is being deleted is held by a finalizer',
    script: `${MEND}\n${policy('held', ', finalizers: [mine.example/hold] }\nspec: { podSelector: { matchLabels: { app: server } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: client } } }] }] }')}\nkubectl delete networkpolicy held --wait=false`,
    seen: ['kubectl get networkpolicy held -o yaml', /deletionTimestamp/],
    fools: true,
  },
  {
    name: 'a policy that is there only while the check runs',
    script: `${MEND}\n${GUARD}\nkubectl get networkpolicy guard -o name > ~/was-there\nkubectl delete networkpolicy guard`,
    seen: ['cat ~/was-there', /guard/],
  },
  {
    name: 'the note of kubectl apply says another thing than the object',
    script: `${MEND}\n${policy('guard', ' }\nspec: { podSelector: { matchLabels: { app: server } }, ingress: [{}] }')}\nkubectl annotate networkpolicy guard --overwrite kubectl.kubernetes.io/last-applied-configuration='{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"guard","namespace":"default"},"spec":{"podSelector":{"matchLabels":{"app":"server"}},"ingress":[{"from":[{"podSelector":{"matchLabels":{"app":"client"}}}]}]}}'`,
    seen: ['kubectl get networkpolicy guard -o yaml', /last-applied/],
  },
  {
    name: 'the namespace’s labels are changed',
    script: `${MEND}\nkubectl label namespace default trusted=yes`,
    seen: ['kubectl get namespace default --show-labels', /trusted=yes/],
  },
  {
    name: 'taints keep pods from where the grader wants them',
    script: `${MEND}\nkubectl taint nodes --all mine=1:NoExecute`,
    seen: ['kubectl describe nodes', /mine=1:NoExecute/],
  },
  {
    name: 'a giant object fills the store',
    script: `${MEND}\nx=0123456789abcdef; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do x=$x$x; done; kubectl create configmap giant --from-literal=x=$x`,
    seen: ['kubectl get configmap giant -o name', /giant/],
  },
  {
    name: 'the toolbox’s clock and files of an earlier attempt are left',
    script: `${MEND}\ndate -s 2030-01-01; printf 'verdict: passed\\n' > ~/report.yaml`,
    seen: ['cat ~/report.yaml', /passed/],
  },
];
