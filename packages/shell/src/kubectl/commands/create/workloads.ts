import type { Command } from '../../command/command.ts';
import { fail } from '../../failure.ts';
import type { Session } from '../../session.ts';
import * as surface from '../../surface/create.ts';
import { copyOf, isObject, objectAt, setOwn, textAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { requireFlags } from './required.ts';
import { compact, generate, metadataWith } from './generate.ts';
import type { GeneratorRequest } from './generate.ts';

/** Letters of generated suffixes: apimachinery's, without vowels and look-alikes. */
const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;

export function randomSuffix(session: Session): string {
  return Array.from(
    { length: SUFFIX_LENGTH },
    () => SUFFIX_LETTERS[session.process.randomInt(SUFFIX_LETTERS.length)] ?? '',
  ).join('');
}

/** A container's name after its image. */
function containerName(session: Session, image: string): string {
  const name = (image.split('/').at(-1) ?? '').split(':')[0]?.split('@')[0] ?? '';
  return /[_.]/.test(name) ? `${name.replace(/[_.]/g, '-')}-${randomSuffix(session)}` : name;
}

function deployment({
  invocation: { flags, session },
  name,
  command,
  metadata,
}: GeneratorRequest): JsonObject {
  const images = flags.list('image');
  if (images.length > 1 && command.length > 0) fail('cannot specify multiple --image options and command');
  const port = flags.integer('port');
  const containers = images.map((image, i) =>
    compact({
      name: containerName(session, image),
      image,
      command: command.length > 0 ? [...command] : undefined,
      ports: port >= 0 && i === 0 ? [{ containerPort: port }] : undefined,
      resources: {},
    }),
  );
  const labels = { app: name };
  return {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    metadata: metadataWith(metadata, { labels: { ...labels } }),
    spec: {
      replicas: flags.integer('replicas'),
      selector: { matchLabels: { ...labels } },
      template: { metadata: { labels: { ...labels } }, spec: { containers } },
      strategy: {},
    },
    status: {},
  };
}

function podTemplate(
  name: string,
  image: string,
  command: readonly string[],
  restartPolicy: string,
): JsonObject {
  return {
    metadata: {},
    spec: {
      containers: [
        compact({ name, image, command: command.length > 0 ? [...command] : undefined, resources: {} }),
      ],
      restartPolicy,
    },
  };
}

function job({ invocation, name, command, metadata }: GeneratorRequest): JsonObject {
  const { flags, session } = invocation;
  const image = flags.text('image');
  const from = flags.text('from');
  if ((image === '') === (from === '')) fail('either --image or --from must be specified');
  if (command.length > 0 && from !== '') fail('cannot specify --from and command');
  if (image !== '') {
    return {
      kind: 'Job',
      apiVersion: 'batch/v1',
      metadata,
      spec: { template: podTemplate(name, image, command, 'Never') },
      status: {},
    };
  }
  const parts = from.split('/');
  const [word = '', source = ''] = parts;
  if (parts.length !== 2 || word === '' || source === '') fail('from must be an existing cronjob');
  const type = session.discovery().require(word);
  const cronJob = session
    .api()
    .call(
      'GET',
      `/apis/${type.group}/${type.version}/namespaces/${session.namespace()}/${type.resource}/${source}`,
    );
  if (type.kind !== 'CronJob') fail(`unknown object type *v1.${type.kind}`);
  return jobOf(cronJob, metadata);
}

function jobOf(cronJob: JsonObject, metadata: JsonObject): JsonObject {
  const template = objectAt(cronJob, 'spec', 'jobTemplate') ?? {};
  const annotations: JsonObject = { 'cronjob.kubernetes.io/instantiate': 'manual' };
  for (const [key, value] of Object.entries(objectAt(template, 'metadata', 'annotations') ?? {}))
    setOwn(annotations, key, value);
  const labels = objectAt(template, 'metadata', 'labels');
  const { spec } = template;
  return {
    kind: 'Job',
    apiVersion: 'batch/v1',
    metadata: metadataWith(metadata, {
      labels: labels === undefined ? undefined : copyOf(labels),
      annotations,
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          name: textAt(cronJob, 'metadata', 'name'),
          uid: textAt(cronJob, 'metadata', 'uid'),
          controller: true,
        },
      ],
    }),
    spec: isObject(spec) ? copyOf(spec) : {},
    status: {},
  };
}

function cronJob({ invocation: { flags }, name, command, metadata }: GeneratorRequest): JsonObject {
  return {
    kind: 'CronJob',
    apiVersion: 'batch/v1',
    metadata,
    spec: {
      schedule: flags.text('schedule'),
      jobTemplate: {
        metadata: { name },
        spec: {
          template: podTemplate(name, flags.text('image'), command, flags.text('restart') || 'OnFailure'),
        },
      },
    },
    status: {},
  };
}

export const createDeployment: Command = {
  ...surface.CREATE_DEPLOYMENT,
  examples: [
    ['Run three replicas of an image', 'kubectl create deployment web --image=nginx --replicas=3'],
    [
      'Run an image with a command of your own',
      'kubectl create deployment client --image=busybox -- sleep 3600',
    ],
  ],
  run: (invocation) => {
    requireFlags(invocation, ['image']);
    return generate(invocation, {
      resource: 'deployments',
      namespaced: true,
      failure: 'failed to create deployment:',
      build: deployment,
    });
  },
};

export const createJob: Command = {
  ...surface.CREATE_JOB,
  examples: [
    ['Run a command once', 'kubectl create job check --image=busybox -- wget -qO- http://web'],
    ['Run a cron job now', 'kubectl create job check-now --from=cronjob/check'],
  ],
  run: (invocation) =>
    generate(invocation, {
      resource: 'jobs',
      namespaced: true,
      failure: 'failed to create job:',
      build: job,
    }),
};

export const createCronJob: Command = {
  ...surface.CREATE_CRONJOB,
  examples: [
    [
      'Run a command every minute',
      'kubectl create cronjob check --image=busybox --schedule="* * * * *" -- wget -qO- http://web',
    ],
  ],
  run: (invocation) => {
    requireFlags(invocation, ['image', 'schedule']);
    return generate(invocation, {
      resource: 'cronjobs',
      namespaced: true,
      failure: 'failed to create cronjob:',
      build: cronJob,
    });
  },
};
