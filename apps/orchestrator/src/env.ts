import { availableParallelism } from 'node:os';
import path from 'node:path';
import { KIND_VARIABLES } from '@podwire/cluster';
import type { KindSurroundings } from '@podwire/cluster';
import { z } from 'zod';

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const origins = z
  .string()
  .transform((value) => value.split(',').map((origin) => origin.trim().replace(/\/$/, '')))
  .pipe(z.array(z.url({ protocol: /^https?$/ })).min(1));

/** A simulated cluster takes half a mebibyte at rest; the heap of one worker leaves each of so many fifteen. */
const DEFAULT_MAX_CLUSTERS = 100;

const BACKENDS = ['simulated', 'kind'] as const;
const backends = z
  .string()
  .transform((value) => [...new Set(value.split(',').map((name) => name.trim()))])
  .pipe(z.array(z.enum(BACKENDS)).min(1));
/** A kind cluster that starts keeps two processors busy; with four of them, two may start at once. */
const PROCESSORS_OF_A_START = 2;

const environmentSchema = z
  .object({
    ORCHESTRATOR_PORT: z.coerce.number().int().min(0).max(65_535).default(4_001),
    /** A PostgreSQL of your own. Without it one is started in the data folder. */
    DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
    PODWIRE_DATA_DIR: z.string().min(1).default('.podwire'),
    LABS_DIR: z.string().min(1).default('labs'),
    /** Origins under which browsers see this site, the first being the one to put into links. */
    PUBLIC_ORIGIN: origins.default(['http://localhost:3000', 'http://127.0.0.1:3000']),
    /** Signs cookies. Without it one is made and kept in the data folder. */
    PODWIRE_SECRET: z.string().min(32, 'at least 32 characters').optional(),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    NODE_ENV: z.string().default('production'),
    MAX_CLUSTERS: z.coerce.number().int().min(1).max(2_000).default(DEFAULT_MAX_CLUSTERS),
    MAX_OPEN_LABS: z.coerce.number().int().min(1).max(100).default(3),
    CLUSTER_WORKERS: z.coerce
      .number()
      .int()
      .min(1)
      .max(16)
      .default(Math.max(1, availableParallelism() - 1)),
    /**
     * Kinds of cluster that learners may choose from, where a lab runs on several. `kind` needs Docker, the program
     * `kind` and two images, and gives each learner a privileged container on this host: docs/operating/.
     */
    PODWIRE_BACKENDS: backends.default(['simulated']),
    KIND_NODE_IMAGE: z.string().min(1).default('kindest/node:v1.34.0'),
    PODWIRE_TOOLBOX_IMAGE: z.string().min(1).default('podwire/toolbox:latest'),
    ...KIND_VARIABLES,
    /** Of clusters that run; memory may set a lower bound. */
    KIND_MAX_CLUSTERS: z.coerce.number().int().min(1).max(200).default(8),
    /** Of one learner's. */
    KIND_PER_LEARNER: z.coerce.number().int().min(1).max(10).default(1),
    KIND_CONCURRENT_STARTS: z.coerce
      .number()
      .int()
      .min(1)
      .max(16)
      .default(Math.max(1, Math.floor(availableParallelism() / PROCESSORS_OF_A_START))),
    /** Clusters that stand ready: the first of a shape, for any lab of it; the next with its lab in it. */
    KIND_WARM_CLUSTERS: z.coerce.number().int().min(0).max(20).default(2),
    SIGN_IN_EMAIL: flag.default(true),
    OIDC_ISSUER: z.url().optional(),
    OIDC_CLIENT_ID: z.string().min(1).optional(),
    OIDC_CLIENT_SECRET: z.string().min(1).optional(),
    OIDC_NAME: z.string().min(1).max(60).default('Single sign-on'),
  })
  .refine(
    (env) =>
      [env.OIDC_ISSUER, env.OIDC_CLIENT_ID, env.OIDC_CLIENT_SECRET].every(
        (value) => (value === undefined) === (env.OIDC_ISSUER === undefined),
      ),
    {
      message: 'OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET go together',
      path: ['OIDC_ISSUER'],
    },
  );

export interface Oidc {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly name: string;
}

export interface KindSettings extends KindSurroundings {
  readonly nodeImage: string;
  readonly toolboxImage: string;
  readonly maxClusters: number;
  readonly concurrentStarts: number;
  readonly warmClusters: number;
}

export interface Environment {
  readonly port: number;
  readonly databaseUrl: string | undefined;
  readonly dataDirectory: string;
  readonly labsDirectory: string;
  readonly origins: readonly [string, ...string[]];
  readonly secret: string | undefined;
  readonly logLevel: string;
  readonly development: boolean;
  readonly maxClusters: number;
  readonly maxOpenLabs: number;
  readonly clusterWorkers: number;
  readonly simulated: boolean;
  /** Absent: not offered. */
  readonly kind: KindSettings | undefined;
  readonly kindPerLearner: number;
  readonly signInByEmail: boolean;
  readonly oidc: Oidc | undefined;
}

/** @throws Error naming every variable that is wrong. */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  // An empty variable is one that is not set, as in a .env file with its values left out.
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`These environment variables are wrong:\n${lines.join('\n')}`);
  }
  const env = parsed.data;
  const [first, ...more] = env.PUBLIC_ORIGIN;
  if (first === undefined) throw new Error('PUBLIC_ORIGIN is empty');
  return {
    port: env.ORCHESTRATOR_PORT,
    databaseUrl: env.DATABASE_URL,
    dataDirectory: path.resolve(env.PODWIRE_DATA_DIR),
    labsDirectory: path.resolve(env.LABS_DIR),
    origins: [first, ...more],
    secret: env.PODWIRE_SECRET,
    logLevel: env.LOG_LEVEL,
    development: env.NODE_ENV === 'development',
    maxClusters: env.MAX_CLUSTERS,
    maxOpenLabs: env.MAX_OPEN_LABS,
    clusterWorkers: env.CLUSTER_WORKERS,
    simulated: env.PODWIRE_BACKENDS.includes('simulated'),
    kind: env.PODWIRE_BACKENDS.includes('kind')
      ? {
          nodeImage: env.KIND_NODE_IMAGE,
          toolboxImage: env.PODWIRE_TOOLBOX_IMAGE,
          networkPolicies: env.KIND_NETWORK_POLICIES,
          cni: env.KIND_CNI,
          addons: env.KIND_ADDONS,
          egress: env.KIND_EGRESS,
          maxClusters: env.KIND_MAX_CLUSTERS,
          concurrentStarts: env.KIND_CONCURRENT_STARTS,
          warmClusters: env.KIND_WARM_CLUSTERS,
        }
      : undefined,
    kindPerLearner: env.KIND_PER_LEARNER,
    signInByEmail: env.SIGN_IN_EMAIL,
    oidc:
      env.OIDC_ISSUER === undefined ||
      env.OIDC_CLIENT_ID === undefined ||
      env.OIDC_CLIENT_SECRET === undefined
        ? undefined
        : {
            issuer: env.OIDC_ISSUER,
            clientId: env.OIDC_CLIENT_ID,
            clientSecret: env.OIDC_CLIENT_SECRET,
            name: env.OIDC_NAME,
          },
  };
}
