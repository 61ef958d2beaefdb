import { array, duration, integer, pairs, slice, text, toggle } from './flag.ts';
import type { CommandSurface } from './flag.ts';
import * as shared from './shared-flags.ts';

export const CREATE_CLUSTERROLE: CommandSurface = {
  use: 'clusterrole NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]',
  short: 'Create a cluster role',
  flags: [
    pairs('aggregation-rule', 'An aggregation label selector for combining ClusterRoles.', {
      typeName: 'mapStringString',
    }),
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    slice('non-resource-url', 'A partial url that user should have access to.'),
    shared.output,
    shared.resource,
    shared.resourceName,
    shared.saveConfig,
    shared.showManagedFields,
    shared.template,
    shared.validate,
    shared.verb,
  ],
};

export const CREATE_CLUSTERROLEBINDING: CommandSurface = {
  use: 'clusterrolebinding NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  short: 'Create a cluster role binding for a particular cluster role',
  flags: [
    shared.allowMissingTemplateKeys,
    text('clusterrole', 'ClusterRole this ClusterRoleBinding should reference'),
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    array('group', 'Groups to bind to the clusterrole. The flag can be repeated to add multiple groups.'),
    shared.output,
    shared.saveConfig,
    array(
      'serviceaccount',
      'Service accounts to bind to the clusterrole, in the format <namespace>:<name>. The flag can be repeated to add multiple service accounts.',
    ),
    shared.showManagedFields,
    shared.template,
    array('user', 'Usernames to bind to the clusterrole. The flag can be repeated to add multiple users.'),
    shared.validate,
  ],
};

export const CREATE_CONFIGMAP: CommandSurface = {
  use: 'configmap NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  short: 'Create a config map from a local file, directory or literal value',
  aliases: ['cm'],
  flags: [
    shared.allowMissingTemplateKeys,
    toggle('append-hash', 'Append a hash of the configmap to its name.'),
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    slice(
      'from-env-file',
      'Specify the path to a file to read lines of key=val pairs to create a configmap.',
    ),
    slice(
      'from-file',
      'Key file can be specified using its file path, in which case file basename will be used as configmap key, or optionally with a key and file path, in which case the given key will be used.  Specifying a directory will iterate each named file in the directory whose basename is a valid configmap key.',
    ),
    array('from-literal', 'Specify a key and literal value to insert in configmap (i.e. mykey=somevalue)'),
    shared.output,
    shared.saveConfig,
    shared.showManagedFields,
    shared.template,
    shared.validate,
  ],
};

export const CREATE_CRONJOB: CommandSurface = {
  use: "cronjob NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
  short: 'Create a cron job with the specified name',
  aliases: ['cj'],
  showFlagsInUse: true,
  flags: [
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    shared.image,
    shared.output,
    text('restart', "job's restart policy. supported values: OnFailure, Never"),
    shared.saveConfig,
    text('schedule', 'A schedule in the Cron format the job should be run with.'),
    shared.showManagedFields,
    shared.template,
    shared.validate,
  ],
};

export const CREATE_DEPLOYMENT: CommandSurface = {
  use: 'deployment NAME --image=image -- [COMMAND] [args...]',
  short: 'Create a deployment with the specified name',
  aliases: ['deploy'],
  flags: [
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    slice('image', 'Image names to run. A deployment can have multiple images set for multi-container pod.'),
    shared.output,
    integer('port', 'The containerPort that this deployment exposes.', { initial: '-1', bits: 32 }),
    integer('replicas', 'Number of replicas to create. Default is 1.', {
      shorthand: 'r',
      initial: '1',
      bits: 32,
    }),
    shared.saveConfig,
    shared.showManagedFields,
    shared.template,
    shared.validate,
  ],
};

export const CREATE_INGRESS: CommandSurface = {
  use: 'ingress NAME --rule=host/path=service:port[,tls[=secret]] ',
  short: 'Create an ingress with the specified name',
  aliases: ['ing'],
  flags: [
    shared.allowMissingTemplateKeys,
    array('annotation', 'Annotation to insert in the ingress object, in the format annotation=value'),
    text('class', 'Ingress Class to be used'),
    text('default-backend', 'Default service for backend, in format of svcname:port'),
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    shared.output,
    array(
      'rule',
      "Rule in format host/path=service:port[,tls=secretname]. Paths containing the leading character '*' are considered pathType=Prefix. tls argument is optional.",
    ),
    shared.saveConfig,
    shared.showManagedFields,
    shared.template,
    shared.validate,
  ],
};

export const CREATE_JOB: CommandSurface = {
  use: 'job NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]',
  short: 'Create a job with the specified name',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    text('from', 'The name of the resource to create a Job from (only cronjob is supported).'),
    shared.image,
    shared.output,
    shared.saveConfig,
    shared.showManagedFields,
    shared.template,
    shared.validate,
  ],
};

export const CREATE_NAMESPACE: CommandSurface = {
  use: 'namespace NAME [--dry-run=server|client|none]',
  short: 'Create a namespace with the specified name',
  aliases: ['ns'],
  flags: [
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    shared.output,
    shared.saveConfig,
    shared.showManagedFields,
    shared.template,
    shared.validate,
  ],
};

export const CREATE_PODDISRUPTIONBUDGET: CommandSurface = {
  use: 'poddisruptionbudget NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]',
  short: 'Create a pod disruption budget with the specified name',
  aliases: ['pdb'],
  flags: [
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    text('max-unavailable', 'The maximum number or percentage of unavailable pods this budget requires.'),
    text('min-available', 'The minimum number or percentage of available pods this budget requires.'),
    shared.output,
    shared.saveConfig,
    text(
      'selector',
      'A label selector to use for this budget. Only equality-based selector requirements are supported.',
    ),
    shared.showManagedFields,
    shared.template,
    shared.validate,
  ],
};

export const CREATE_PRIORITYCLASS: CommandSurface = {
  use: 'priorityclass NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]',
  short: 'Create a priority class with the specified name',
  aliases: ['pc'],
  flags: [
    shared.allowMissingTemplateKeys,
    text(
      'description',
      'description is an arbitrary string that usually provides guidelines on when this priority class should be used.',
    ),
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    toggle(
      'global-default',
      'global-default specifies whether this PriorityClass should be considered as the default priority.',
    ),
    shared.output,
    text('preemption-policy', 'preemption-policy is the policy for preempting pods with lower priority.', {
      initial: 'PreemptLowerPriority',
    }),
    shared.saveConfig,
    shared.showManagedFields,
    shared.template,
    shared.validate,
    integer('value', 'the value of this priority class.', { bits: 32 }),
  ],
};

export const CREATE_QUOTA: CommandSurface = {
  use: 'quota NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]',
  short: 'Create a quota with the specified name',
  aliases: ['resourcequota'],
  flags: [
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    text('hard', 'A comma-delimited set of resource=quantity pairs that define a hard limit.'),
    shared.output,
    shared.saveConfig,
    text(
      'scopes',
      'A comma-delimited set of quota scopes that must all match each object tracked by the quota.',
    ),
    shared.showManagedFields,
    shared.template,
    shared.validate,
  ],
};

export const CREATE_ROLE: CommandSurface = {
  use: 'role NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]',
  short: 'Create a role with single rule',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    shared.output,
    shared.resource,
    shared.resourceName,
    shared.saveConfig,
    shared.showManagedFields,
    shared.template,
    shared.validate,
    shared.verb,
  ],
};

export const CREATE_ROLEBINDING: CommandSurface = {
  use: 'rolebinding NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  short: 'Create a role binding for a particular role or cluster role',
  flags: [
    shared.allowMissingTemplateKeys,
    text('clusterrole', 'ClusterRole this RoleBinding should reference'),
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    array('group', 'Groups to bind to the role. The flag can be repeated to add multiple groups.'),
    shared.output,
    text('role', 'Role this RoleBinding should reference'),
    shared.saveConfig,
    array(
      'serviceaccount',
      'Service accounts to bind to the role, in the format <namespace>:<name>. The flag can be repeated to add multiple service accounts.',
    ),
    shared.showManagedFields,
    shared.template,
    array('user', 'Usernames to bind to the role. The flag can be repeated to add multiple users.'),
    shared.validate,
  ],
};

export const CREATE_SECRET: CommandSurface = {
  use: 'secret (docker-registry | generic | tls)',
  short: 'Create a secret using a specified subcommand',
  flags: [],
};

export const CREATE_SECRET_DOCKER_REGISTRY: CommandSurface = {
  use: 'docker-registry NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]',
  short: 'Create a secret for use with a Docker registry',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.appendHash,
    text('docker-email', 'Email for Docker registry'),
    text('docker-password', 'Password for Docker registry authentication'),
    text('docker-server', 'Server location for Docker registry', { initial: 'https://index.docker.io/v1/' }),
    text('docker-username', 'Username for Docker registry authentication'),
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    slice(
      'from-file',
      'Key files can be specified using their file path, in which case a default name of .dockerconfigjson will be given to them, or optionally with a name and file path, in which case the given name will be used. Specifying a directory will iterate each named file in the directory that is a valid secret key. For this command, the key should always be .dockerconfigjson.',
    ),
    shared.output,
    shared.saveConfig,
    shared.showManagedFields,
    shared.template,
    shared.validate,
  ],
};

export const CREATE_SECRET_GENERIC: CommandSurface = {
  use: 'generic NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  short: 'Create a secret from a local file, directory, or literal value',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.appendHash,
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    slice('from-env-file', 'Specify the path to a file to read lines of key=val pairs to create a secret.'),
    slice(
      'from-file',
      'Key files can be specified using their file path, in which case a default name will be given to them, or optionally with a name and file path, in which case the given name will be used.  Specifying a directory will iterate each named file in the directory that is a valid secret key.',
    ),
    array('from-literal', 'Specify a key and literal value to insert in secret (i.e. mykey=somevalue)'),
    shared.output,
    shared.saveConfig,
    shared.showManagedFields,
    shared.template,
    text('type', 'The type of secret to create'),
    shared.validate,
  ],
};

export const CREATE_SECRET_TLS: CommandSurface = {
  use: 'tls NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]',
  short: 'Create a TLS secret',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.appendHash,
    text('cert', 'Path to PEM encoded public key certificate.'),
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    text('key', 'Path to private key associated with given certificate.'),
    shared.output,
    shared.saveConfig,
    shared.showManagedFields,
    shared.template,
    shared.validate,
  ],
};

export const CREATE_SERVICE: CommandSurface = {
  use: 'service',
  short: 'Create a service using a specified subcommand',
  aliases: ['svc'],
  showFlagsInUse: true,
  flags: [],
};

export const CREATE_SERVICE_CLUSTERIP: CommandSurface = {
  use: 'clusterip NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]',
  short: 'Create a ClusterIP service',
  flags: [
    shared.allowMissingTemplateKeys,
    text(
      'clusterip',
      "Assign your own ClusterIP or set to 'None' for a 'headless' service (no loadbalancing).",
    ),
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    shared.output,
    shared.saveConfig,
    shared.showManagedFields,
    shared.tcp,
    shared.template,
    shared.validate,
  ],
};

export const CREATE_SERVICE_EXTERNALNAME: CommandSurface = {
  use: 'externalname NAME --external-name external.name [--dry-run=server|client|none]',
  short: 'Create an ExternalName service',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    text('external-name', 'External name of service'),
    shared.fieldManager('kubectl-create'),
    shared.output,
    shared.saveConfig,
    shared.showManagedFields,
    shared.tcp,
    shared.template,
    shared.validate,
  ],
};

export const CREATE_SERVICE_LOADBALANCER: CommandSurface = {
  use: 'loadbalancer NAME [--tcp=port:targetPort] [--dry-run=server|client|none]',
  short: 'Create a LoadBalancer service',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    shared.output,
    shared.saveConfig,
    shared.showManagedFields,
    shared.tcp,
    shared.template,
    shared.validate,
  ],
};

export const CREATE_SERVICE_NODEPORT: CommandSurface = {
  use: 'nodeport NAME [--tcp=port:targetPort] [--dry-run=server|client|none]',
  short: 'Create a NodePort service',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    integer('node-port', 'Port used to expose the service on each node in a cluster.'),
    shared.output,
    shared.saveConfig,
    shared.showManagedFields,
    shared.tcp,
    shared.template,
    shared.validate,
  ],
};

export const CREATE_SERVICEACCOUNT: CommandSurface = {
  use: 'serviceaccount NAME [--dry-run=server|client|none]',
  short: 'Create a service account with the specified name',
  aliases: ['sa'],
  flags: [
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-create'),
    shared.output,
    shared.saveConfig,
    shared.showManagedFields,
    shared.template,
    shared.validate,
  ],
};

export const CREATE_TOKEN: CommandSurface = {
  use: 'token SERVICE_ACCOUNT_NAME',
  short: 'Request a service account token',
  flags: [
    shared.allowMissingTemplateKeys,
    array(
      'audience',
      'Audience of the requested token. If unset, defaults to requesting a token for use with the Kubernetes API server. May be repeated to request a token valid for multiple audiences.',
    ),
    text(
      'bound-object-kind',
      'Kind of an object to bind the token to. Supported kinds are Node, Pod, Secret. If set, --bound-object-name must be provided.',
    ),
    text(
      'bound-object-name',
      'Name of an object to bind the token to. The token will expire when the object is deleted. Requires --bound-object-kind.',
    ),
    text(
      'bound-object-uid',
      'UID of an object to bind the token to. Requires --bound-object-kind and --bound-object-name. If unset, the UID of the existing object is used.',
    ),
    duration(
      'duration',
      'Requested lifetime of the issued token. If not set or if set to 0, the lifetime will be determined by the server automatically. The server may return a token with a longer or shorter lifetime.',
    ),
    shared.output,
    shared.showManagedFields,
    shared.template,
  ],
};
