import { duration, integer, text, toggle } from './flag.ts';
import type { CommandSurface } from './flag.ts';
import * as shared from './shared-flags.ts';

export const AUTOSCALE: CommandSurface = {
  use: 'autoscale (-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]',
  short: 'Auto-scale a deployment, replica set, stateful set, or replication controller',
  flags: [
    shared.allowMissingTemplateKeys,
    text(
      'cpu',
      'Target CPU utilization over all the pods. When specified as a percentage (e.g."70%" for 70% of requested CPU) it will target average utilization. When specified as quantity (e.g."500m" for 500 milliCPU) it will target average value. Value without units is treated as a quantity with miliCPU being the unit (e.g."500" is "500m").',
    ),
    integer(
      'cpu-percent',
      "The target average CPU utilization (represented as a percent of requested CPU) over all the pods. If it's not specified or negative, a default autoscaling policy will be used.",
      {
        initial: '-1',
        bits: 32,
        hidden: true,
        deprecated:
          "Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).",
      },
    ),
    shared.dryRun,
    shared.fieldManager('kubectl-autoscale'),
    shared.filename('identifying the resource to autoscale.'),
    shared.kustomize,
    integer('max', 'The upper limit for the number of pods that can be set by the autoscaler. Required.', {
      initial: '-1',
      bits: 32,
    }),
    text(
      'memory',
      'Target memory utilization over all the pods. When specified  as a percentage (e.g."60%" for 60% of requested memory) it will target average utilization. When specified as quantity (e.g."200Mi" for 200 MiB, "1Gi" for 1 GiB) it will target average value. Value without units is treated as a quantity with mebibytes being the unit (e.g."200" is "200Mi").',
    ),
    integer(
      'min',
      "The lower limit for the number of pods that can be set by the autoscaler. If it's not specified or negative, the server will apply a default value.",
      { initial: '-1', bits: 32 },
    ),
    text(
      'name',
      'The name for the newly created object. If not specified, the name of the input resource will be used.',
    ),
    shared.output,
    shared.record,
    shared.recursive,
    shared.saveConfig,
    shared.showManagedFields,
    shared.template,
  ],
};

export const ROLLOUT: CommandSurface = {
  use: 'rollout SUBCOMMAND',
  short: 'Manage the rollout of a resource',
  flags: [],
};

export const ROLLOUT_HISTORY: CommandSurface = {
  use: 'history (TYPE NAME | TYPE/NAME) [flags]',
  short: 'View rollout history',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.filename('identifying the resource to get from a server.'),
    shared.kustomize,
    shared.output,
    shared.recursive,
    integer('revision', 'See the details, including podTemplate of the revision specified', { bits: 64 }),
    shared.selector,
    shared.showManagedFields,
    shared.template,
  ],
};

export const ROLLOUT_PAUSE: CommandSurface = {
  use: 'pause RESOURCE',
  short: 'Mark the provided resource as paused',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.fieldManager('kubectl-rollout'),
    shared.filename('identifying the resource to get from a server.'),
    shared.kustomize,
    shared.output,
    shared.recursive,
    shared.selector,
    shared.showManagedFields,
    shared.template,
  ],
};

export const ROLLOUT_RESTART: CommandSurface = {
  use: 'restart RESOURCE',
  short: 'Restart a resource',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.fieldManager('kubectl-rollout'),
    shared.filename('identifying the resource to get from a server.'),
    shared.kustomize,
    shared.output,
    shared.recursive,
    shared.selector,
    shared.showManagedFields,
    shared.template,
  ],
};

export const ROLLOUT_RESUME: CommandSurface = {
  use: 'resume RESOURCE',
  short: 'Resume a paused resource',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.fieldManager('kubectl-rollout'),
    shared.filename('identifying the resource to get from a server.'),
    shared.kustomize,
    shared.output,
    shared.recursive,
    shared.selector,
    shared.showManagedFields,
    shared.template,
  ],
};

export const ROLLOUT_STATUS: CommandSurface = {
  use: 'status (TYPE NAME | TYPE/NAME) [flags]',
  short: 'Show the status of the rollout',
  flags: [
    shared.filename('identifying the resource to get from a server.'),
    shared.kustomize,
    shared.recursive,
    integer('revision', 'Pin to a specific revision for showing its status. Defaults to 0 (last revision).', {
      bits: 64,
    }),
    shared.selector,
    duration(
      'timeout',
      'The length of time to wait before ending watch, zero means never. Any other values should contain a corresponding time unit (e.g. 1s, 2m, 3h).',
    ),
    toggle('watch', "Watch the status of the rollout until it's done.", { shorthand: 'w', initial: 'true' }),
  ],
};

export const ROLLOUT_UNDO: CommandSurface = {
  use: 'undo (TYPE NAME | TYPE/NAME) [flags]',
  short: 'Undo a previous rollout',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.filename('identifying the resource to get from a server.'),
    shared.kustomize,
    shared.output,
    shared.recursive,
    shared.selector,
    shared.showManagedFields,
    shared.template,
    integer('to-revision', 'The revision to rollback to. Default to 0 (last revision).', { bits: 64 }),
  ],
};

export const SCALE: CommandSurface = {
  use: 'scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  short: 'Set a new size for a deployment, replica set, or replication controller',
  flags: [
    toggle('all', 'Select all resources in the namespace of the specified resource types'),
    shared.allowMissingTemplateKeys,
    integer(
      'current-replicas',
      'Precondition for current size. Requires that the current size of the resource match this value in order to scale. -1 (default) for no condition.',
      { initial: '-1' },
    ),
    shared.dryRun,
    shared.filename('identifying the resource to set a new size'),
    shared.kustomize,
    shared.output,
    shared.record,
    shared.recursive,
    integer('replicas', 'The new desired number of replicas. Required.'),
    text(
      'resource-version',
      'Precondition for resource version. Requires that the current resource version match this value in order to scale.',
    ),
    shared.selector,
    shared.showManagedFields,
    shared.template,
    duration(
      'timeout',
      "The length of time to wait before giving up on a scale operation, zero means don't wait. Any other values should contain a corresponding time unit (e.g. 1s, 2m, 3h).",
    ),
  ],
};
