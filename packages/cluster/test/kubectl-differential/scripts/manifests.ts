/** What most scripts start from: a front of two, its Service, a policy, and a pod that never runs. */
export const SHOP = `apiVersion: v1
kind: Namespace
metadata:
  name: shop
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels:
    app: web
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: nginx
          image: nginx:1.29.3
          ports:
            - name: http
              containerPort: 80
          readinessProbe:
            httpGet:
              path: /
              port: http
          resources:
            requests:
              cpu: 10m
              memory: 16Mi
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector:
    app: web
  ports:
    - name: http
      port: 80
      targetPort: http
---
apiVersion: v1
kind: Service
metadata:
  name: open
  namespace: shop
spec:
  type: NodePort
  selector:
    app: web
  ports:
    - port: 8080
      targetPort: 80
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web-in
  namespace: shop
spec:
  podSelector:
    matchLabels:
      app: web
  policyTypes: [Ingress]
  ingress:
    - from:
        - podSelector:
            matchLabels:
              role: client
        - namespaceSelector: {}
          podSelector:
            matchExpressions:
              - key: tier
                operator: In
                values: [front, edge]
      ports:
        - port: 80
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: front
  namespace: shop
spec:
  rules:
    - host: shop.example
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: web
                port:
                  number: 80
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: shop
data:
  color: blue
  motd: |
    Welcome
    to the shop
---
apiVersion: v1
kind: Secret
metadata:
  name: key
  namespace: shop
stringData:
  password: open-sesame
---
apiVersion: v1
kind: Pod
metadata:
  name: stuck
  namespace: shop
  labels:
    app: stuck
spec:
  nodeSelector:
    disk: fast
  containers:
    - name: main
      image: busybox:1.37
      command: [sleep, "3600"]
`;

export const POD = `apiVersion: v1
kind: Pod
metadata:
  name: client
  labels:
    role: client
spec:
  containers:
    - name: shell
      image: busybox:1.37
      command: [sleep, "3600"]
`;

export const SHOP_CHANGED = SHOP.replace('replicas: 2', 'replicas: 3')
  .replace('color: blue', 'color: red')
  .replace('open-sesame', 'other');

export const SECRET = `apiVersion: v1
kind: Secret
metadata:
  name: fresh
stringData:
  a: b
`;

/** In a namespace that there is not. */
export const ELSEWHERE = `apiVersion: v1
kind: ConfigMap
metadata:
  name: fresh
  namespace: nowhere
data:
  a: b
`;

/** A port that is no port. */
export const BAD = `apiVersion: v1
kind: Service
metadata:
  name: bad
spec:
  ports:
    - port: 99999
`;
