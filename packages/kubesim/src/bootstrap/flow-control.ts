/** API20: the FlowSchemas and PriorityLevelConfigurations that an API server writes when it starts (apiserver, flowcontrol bootstrap). */
interface Subject {
  readonly kind: 'Group' | 'ServiceAccount' | 'User';
  readonly group?: { readonly name: string };
  readonly user?: { readonly name: string };
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

const groups = (...names: readonly string[]): Subject[] =>
  names.map((name) => ({ kind: 'Group', group: { name } }));
const users = (...names: readonly string[]): Subject[] =>
  names.map((name) => ({ kind: 'User', user: { name } }));
const SYSTEM_ACCOUNTS: Subject = {
  kind: 'ServiceAccount',
  serviceAccount: { namespace: 'kube-system', name: '*' },
};
const EVERYBODY = groups('system:unauthenticated', 'system:authenticated');
const NODES = groups('system:nodes');

const resources = (
  verbs: readonly string[],
  apiGroups: readonly string[],
  names: readonly string[],
  clusterScope: boolean,
) => ({
  verbs,
  apiGroups,
  resources: names,
  ...(clusterScope ? { clusterScope } : {}),
  namespaces: ['*'],
});
const paths = (verbs: readonly string[], nonResourceURLs: readonly string[]) => ({ verbs, nonResourceURLs });

interface Rules {
  readonly resourceRules?: readonly object[];
  readonly nonResourceRules?: readonly object[];
}
const EVERYTHING: Rules = {
  resourceRules: [resources(['*'], ['*'], ['*'], true)],
  nonResourceRules: [paths(['*'], ['*'])],
};
const PROBES: Rules = { nonResourceRules: [paths(['get'], ['/healthz', '/readyz', '/livez'])] };
const LEASES: Rules = {
  resourceRules: [resources(['get', 'create', 'update'], ['coordination.k8s.io'], ['leases'], false)],
};
const NODE_HEALTH: Rules = {
  resourceRules: [
    resources(['*'], [''], ['nodes', 'nodes/status'], true),
    resources(['*'], ['coordination.k8s.io'], ['leases'], false),
  ],
};

type Schema = readonly [
  name: string,
  level: string,
  precedence: number,
  distinguisher: 'ByNamespace' | 'ByUser' | undefined,
  subjects: readonly Subject[],
  rules: Rules,
];
const SCHEMAS: readonly Schema[] = [
  ['exempt', 'exempt', 1, undefined, groups('system:masters'), EVERYTHING],
  ['catch-all', 'catch-all', 10_000, 'ByUser', EVERYBODY, EVERYTHING],
  ['system-nodes', 'system', 500, 'ByUser', NODES, EVERYTHING],
  ['system-node-high', 'node-high', 400, 'ByUser', NODES, NODE_HEALTH],
  ['probes', 'exempt', 2, undefined, EVERYBODY, PROBES],
  [
    'system-leader-election',
    'leader-election',
    100,
    'ByUser',
    [...users('system:kube-controller-manager', 'system:kube-scheduler'), SYSTEM_ACCOUNTS],
    LEASES,
  ],
  [
    'kube-controller-manager',
    'workload-high',
    800,
    'ByNamespace',
    users('system:kube-controller-manager'),
    EVERYTHING,
  ],
  ['kube-scheduler', 'workload-high', 800, 'ByNamespace', users('system:kube-scheduler'), EVERYTHING],
  ['kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', [SYSTEM_ACCOUNTS], EVERYTHING],
  ['service-accounts', 'workload-low', 9000, 'ByUser', groups('system:serviceaccounts'), EVERYTHING],
  ['global-default', 'global-default', 9900, 'ByUser', EVERYBODY, EVERYTHING],
];

type Level = readonly [
  name: string,
  shares: number,
  lendablePercent: number,
  queues: number | undefined,
  handSize: number,
];
/** Queues hold fifty requests each. */
const QUEUE_LENGTH = 50;
const LEVELS: readonly Level[] = [
  ['catch-all', 5, 0, undefined, 0],
  ['system', 30, 33, 64, 6],
  ['node-high', 40, 25, 64, 6],
  ['leader-election', 10, 0, 16, 4],
  ['workload-high', 40, 50, 128, 6],
  ['workload-low', 100, 90, 128, 6],
  ['global-default', 20, 50, 128, 6],
];

const metadata = (name: string) => ({
  name,
  annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' },
});

export function priorityLevels(): readonly object[] {
  const exempt = {
    metadata: metadata('exempt'),
    spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  };
  return [
    exempt,
    ...LEVELS.map(([name, nominalConcurrencyShares, lendablePercent, queues, handSize]) => ({
      metadata: metadata(name),
      spec: {
        type: 'Limited',
        limited: {
          nominalConcurrencyShares,
          lendablePercent,
          limitResponse:
            queues === undefined
              ? { type: 'Reject' }
              : { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: QUEUE_LENGTH } },
        },
      },
    })),
  ];
}

export function flowSchemas(): readonly object[] {
  return SCHEMAS.map(([name, level, matchingPrecedence, type, subjects, rules]) => ({
    metadata: metadata(name),
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence,
      ...(type === undefined ? {} : { distinguisherMethod: { type } }),
      rules: [{ subjects, ...rules }],
    },
    status: {
      conditions: [
        {
          type: 'Dangling',
          status: 'False',
          reason: 'Found',
          message: `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)} and it exists`,
        },
      ],
    },
  }));
}
