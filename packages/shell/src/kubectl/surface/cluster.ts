import { duration, integer, slice, text, toggle } from './flag.ts';
import type { CommandSurface } from './flag.ts';
import * as shared from './shared-flags.ts';

export const CERTIFICATE: CommandSurface = {
  use: 'certificate SUBCOMMAND',
  short: 'Modify certificate resources',
  flags: [],
};

export const CERTIFICATE_APPROVE: CommandSurface = {
  use: 'approve (-f FILENAME | NAME)',
  short: 'Approve a certificate signing request',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.filename('identifying the resource to update'),
    toggle('force', 'Update the CSR even if it is already approved.'),
    shared.kustomize,
    shared.output,
    shared.recursive,
    shared.showManagedFields,
    shared.template,
  ],
};

export const CERTIFICATE_DENY: CommandSurface = {
  use: 'deny (-f FILENAME | NAME)',
  short: 'Deny a certificate signing request',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.filename('identifying the resource to update'),
    toggle('force', 'Update the CSR even if it is already denied.'),
    shared.kustomize,
    shared.output,
    shared.recursive,
    shared.showManagedFields,
    shared.template,
  ],
};

export const CLUSTER_INFO: CommandSurface = {
  use: 'cluster-info',
  short: 'Display cluster information',
  showFlagsInUse: true,
  flags: [],
};

export const CLUSTER_INFO_DUMP: CommandSurface = {
  use: 'dump',
  short: 'Dump relevant information for debugging and diagnosis',
  showFlagsInUse: true,
  flags: [
    toggle('all-namespaces', 'If true, dump all namespaces.  If true, --namespaces is ignored.', {
      shorthand: 'A',
    }),
    shared.allowMissingTemplateKeys,
    slice('namespaces', 'A comma separated list of namespaces to dump.'),
    text(
      'output',
      'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).',
      { shorthand: 'o', initial: 'json' },
    ),
    text(
      'output-directory',
      "Where to output the files.  If empty or '-' uses stdout, otherwise creates a directory hierarchy in that directory",
    ),
    duration(
      'pod-running-timeout',
      'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
      { initial: '20s' },
    ),
    shared.showManagedFields,
    shared.template,
  ],
};

export const CORDON: CommandSurface = {
  use: 'cordon NODE',
  short: 'Mark node as unschedulable',
  flags: [shared.dryRun, shared.selector],
};

export const DRAIN: CommandSurface = {
  use: 'drain NODE',
  short: 'Drain node in preparation for maintenance',
  flags: [
    shared.chunkSize,
    toggle(
      'delete-emptydir-data',
      'Continue even if there are pods using emptyDir (local data that will be deleted when the node is drained).',
    ),
    toggle(
      'disable-eviction',
      'Force drain to use delete, even if eviction is supported. This will bypass checking PodDisruptionBudgets, use with caution.',
    ),
    shared.dryRun,
    toggle('force', 'Continue even if there are pods that do not declare a controller.'),
    integer(
      'grace-period',
      'Period of time in seconds given to each pod to terminate gracefully. If negative, the default value specified in the pod will be used.',
      { initial: '-1' },
    ),
    toggle('ignore-daemonsets', 'Ignore DaemonSet-managed pods.'),
    text('pod-selector', 'Label selector to filter pods on the node'),
    shared.selector,
    integer(
      'skip-wait-for-delete-timeout',
      'If pod DeletionTimestamp older than N seconds, skip waiting for the pod.  Seconds must be greater than 0 to skip.',
    ),
    duration('timeout', 'The length of time to wait before giving up, zero means infinite'),
  ],
};

export const TAINT: CommandSurface = {
  use: 'taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  short: 'Update the taints on one or more nodes',
  flags: [
    toggle('all', 'Select all nodes in the cluster'),
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-taint'),
    shared.output,
    toggle(
      'overwrite',
      'If true, allow taints to be overwritten, otherwise reject taint updates that overwrite existing taints.',
    ),
    shared.selector,
    shared.showManagedFields,
    shared.template,
    shared.validate,
  ],
};

export const TOP: CommandSurface = {
  use: 'top',
  short: 'Display resource (CPU/memory) usage',
  showFlagsInUse: true,
  flags: [],
};

export const TOP_NODE: CommandSurface = {
  use: 'node [NAME | -l label]',
  short: 'Display resource (CPU/memory) usage of nodes',
  aliases: ['nodes', 'no'],
  flags: [
    toggle('no-headers', 'If present, print output without headers'),
    shared.selector,
    toggle(
      'show-capacity',
      'Print node resources based on Capacity instead of Allocatable(default) of the nodes.',
    ),
    toggle('show-swap', 'Print node resources related to swap memory.'),
    text(
      'sort-by',
      "If non-empty, sort nodes list using specified field. The field can be either 'cpu' or 'memory'.",
    ),
    shared.useProtocolBuffers,
  ],
};

export const TOP_POD: CommandSurface = {
  use: 'pod [NAME | -l label]',
  short: 'Display resource (CPU/memory) usage of pods',
  aliases: ['pods', 'po'],
  flags: [
    shared.allNamespaces,
    toggle('containers', 'If present, print usage of containers within a pod.'),
    shared.fieldSelector,
    toggle('no-headers', 'If present, print output without headers.'),
    shared.selector,
    toggle('show-swap', 'Print pod resources related to swap memory.'),
    text(
      'sort-by',
      "If non-empty, sort pods list using specified field. The field can be either 'cpu' or 'memory'.",
    ),
    toggle('sum', 'Print the sum of the resource usage'),
    shared.useProtocolBuffers,
  ],
};

export const UNCORDON: CommandSurface = {
  use: 'uncordon NODE',
  short: 'Mark node as schedulable',
  flags: [shared.dryRun, shared.selector],
};
