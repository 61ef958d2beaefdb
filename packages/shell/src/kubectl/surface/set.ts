import { array, slice, text, toggle } from './flag.ts';
import type { CommandSurface } from './flag.ts';
import * as shared from './shared-flags.ts';

export const SET: CommandSurface = {
  use: 'set SUBCOMMAND',
  short: 'Set specific features on objects',
  flags: [],
};

export const SET_ENV: CommandSurface = {
  use: 'env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  short: 'Update environment variables on a pod template',
  flags: [
    toggle('all', 'If true, select all resources in the namespace of the specified resource types'),
    shared.allowMissingTemplateKeys,
    text(
      'containers',
      'The names of containers in the selected pod templates to change - may use wildcards',
      { shorthand: 'c', initial: '*' },
    ),
    shared.dryRun,
    array('env', 'Specify a key-value pair for an environment variable to set into each container.', {
      shorthand: 'e',
    }),
    shared.fieldManager('kubectl-set'),
    shared.filename('the resource to update the env'),
    text('from', 'The name of a resource from which to inject environment variables'),
    slice('keys', 'Comma-separated list of keys to import from specified resource'),
    shared.kustomize,
    toggle(
      'list',
      'If true, display the environment and any changes in the standard format. this flag will removed when we have kubectl view env.',
    ),
    toggle('local', 'If true, set env will NOT contact api-server but run locally.'),
    shared.output,
    toggle(
      'overwrite',
      'If true, allow environment to be overwritten, otherwise reject updates that overwrite existing environment.',
      { initial: 'true' },
    ),
    text('prefix', 'Prefix to append to variable names'),
    shared.recursive,
    toggle('resolve', 'If true, show secret or configmap references when listing variables'),
    shared.selector,
    shared.showManagedFields,
    shared.template,
  ],
};

export const SET_IMAGE: CommandSurface = {
  use: 'image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N',
  short: 'Update the image of a pod template',
  flags: [
    shared.all,
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-set'),
    shared.filename('identifying the resource to get from a server.'),
    shared.kustomize,
    toggle('local', 'If true, set image will NOT contact api-server but run locally.'),
    shared.output,
    shared.record,
    shared.recursive,
    shared.selector,
    shared.showManagedFields,
    shared.template,
  ],
};

export const SET_RESOURCES: CommandSurface = {
  use: 'resources (-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]',
  short: 'Update resource requests/limits on objects with pod templates',
  flags: [
    shared.all,
    shared.allowMissingTemplateKeys,
    text(
      'containers',
      'The names of containers in the selected pod templates to change, all containers are selected by default - may use wildcards',
      { shorthand: 'c', initial: '*' },
    ),
    shared.dryRun,
    shared.fieldManager('kubectl-set'),
    shared.filename('identifying the resource to get from a server.'),
    shared.kustomize,
    text(
      'limits',
      "The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'.  Note that server side components may assign requests depending on the server configuration, such as limit ranges.",
    ),
    toggle('local', 'If true, set resources will NOT contact api-server but run locally.'),
    shared.output,
    shared.record,
    shared.recursive,
    text(
      'requests',
      "The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'.  Note that server side components may assign requests depending on the server configuration, such as limit ranges.",
    ),
    shared.selector,
    shared.showManagedFields,
    shared.template,
  ],
};

export const SET_SELECTOR: CommandSurface = {
  use: 'selector (-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]',
  short: 'Set the selector on a resource',
  flags: [
    toggle('all', 'Select all resources in the namespace of the specified resource types'),
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-set'),
    slice('filename', 'identifying the resource.', { shorthand: 'f' }),
    shared.local,
    shared.output,
    shared.record,
    toggle(
      'recursive',
      'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory.',
      { shorthand: 'R', initial: 'true' },
    ),
    text(
      'resource-version',
      'If non-empty, the selectors update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource.',
    ),
    shared.showManagedFields,
    shared.template,
  ],
};

export const SET_SERVICEACCOUNT: CommandSurface = {
  use: 'serviceaccount (-f FILENAME | TYPE NAME) SERVICE_ACCOUNT',
  short: 'Update the service account of a resource',
  aliases: ['sa'],
  flags: [
    shared.all,
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-set'),
    shared.filename('identifying the resource to get from a server.'),
    shared.kustomize,
    toggle('local', 'If true, set serviceaccount will NOT contact api-server but run locally.'),
    shared.output,
    shared.record,
    shared.recursive,
    shared.showManagedFields,
    shared.template,
  ],
};

export const SET_SUBJECT: CommandSurface = {
  use: 'subject (-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  short: 'Update the user, group, or service account in a role binding or cluster role binding',
  flags: [
    shared.all,
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-set'),
    shared.filename('the resource to update the subjects'),
    array('group', 'Groups to bind to the role'),
    shared.kustomize,
    toggle('local', 'If true, set subject will NOT contact api-server but run locally.'),
    shared.output,
    shared.recursive,
    shared.selector,
    array('serviceaccount', 'Service accounts to bind to the role'),
    shared.showManagedFields,
    shared.template,
    array('user', 'Usernames to bind to the role'),
  ],
};
