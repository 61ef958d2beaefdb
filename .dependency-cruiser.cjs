/** The house's arrows: apps → adapters → core. See ARCHITECTURE.md. */
const may = {
  sim: [],
  netsim: ['sim'],
  machine: ['sim', 'netsim'],
  cel: [],
  tls: ['sim'],
  kubesim: ['sim', 'netsim', 'machine', 'cel', 'tls'],
  shell: ['sim', 'netsim', 'machine', 'kubesim', 'cel', 'tls'],
  protocol: [],
  lab: [],
  grader: ['lab', 'protocol', 'cel'],
  prover: ['lab', 'grader', 'protocol', 'cel'],
  cluster: [
    'sim',
    'cel',
    'tls',
    'netsim',
    'machine',
    'kubesim',
    'shell',
    'lab',
    'grader',
    'prover',
    'protocol',
  ],
  judge: ['sim', 'netsim', 'machine', 'cel', 'kubesim', 'shell', 'cluster'],
};
const others = (allowed, self) => Object.keys(may).filter((name) => name !== self && !allowed.includes(name));

module.exports = {
  forbidden: [
    ...Object.entries(may).map(([name, allowed]) => ({
      name: `arrows-of-${name}`,
      severity: 'error',
      from: { path: `^packages/${name}/` },
      to: { path: `^(apps/|prisma/|packages/(${others(allowed, name).join('|') || 'none'})/)` },
    })),
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      comment: 'Types count too: two files that need each other are one thought in two rooms.',
      to: { circular: true },
    },
    {
      name: 'one-door',
      comment: 'A package is entered by its index.ts alone.',
      severity: 'error',
      from: { path: '^(apps|packages|prisma)/([^/]+)/' },
      to: { path: '^packages/([^/]+)/src/(?!index\\.ts$)', pathNot: '^packages/$2/' },
    },
    {
      name: 'core-knows-no-node',
      severity: 'error',
      from: {
        path: '^packages/(sim|netsim|machine|cel|tls|kubesim|shell|lab|grader|prover|protocol)/src/',
        pathNot: '\\.test\\.ts$',
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'netsim-knows-no-kubernetes',
      severity: 'error',
      from: { path: '^packages/(sim|netsim|machine)/' },
      to: { path: 'kubernetes-types' },
    },
    {
      name: 'prisma-client-only-in-db',
      severity: 'error',
      from: { pathNot: '^prisma/' },
      to: { path: '(@prisma/client|prisma/generated)' },
    },
    {
      name: 'client-node-only-in-providers',
      severity: 'error',
      from: { pathNot: '^(packages/cluster/src/(kind|kubernetes)/|.*\\.test\\.ts$)' },
      to: { path: '@kubernetes/client-node' },
    },
    {
      name: 'apps-stand-alone',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(\\.next|dist|generated|next-env)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.scripts.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
};
