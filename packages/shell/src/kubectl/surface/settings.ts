import { array, slice, text, toggle, tristate } from './flag.ts';
import type { CommandSurface } from './flag.ts';
import * as shared from './shared-flags.ts';

export const ALPHA: CommandSurface = {
  use: 'alpha',
  short: 'Commands for features in alpha',
  showFlagsInUse: true,
  flags: [],
};

export const ANNOTATE: CommandSurface = {
  use: 'annotate [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  short: 'Update the annotations on a resource',
  flags: [
    toggle('all', 'Select all resources, in the namespace of the specified resource types.'),
    toggle('all-namespaces', 'If true, check the specified action in all namespaces.', { shorthand: 'A' }),
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-annotate'),
    shared.fieldSelector,
    shared.filename('identifying the resource to update the annotation'),
    shared.kustomize,
    toggle('list', 'If true, display the annotations for a given resource.'),
    shared.local,
    shared.output,
    toggle(
      'overwrite',
      'If true, allow annotations to be overwritten, otherwise reject annotation updates that overwrite existing annotations.',
    ),
    shared.record,
    shared.recursive,
    text(
      'resource-version',
      'If non-empty, the annotation update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource.',
    ),
    shared.selector,
    shared.showManagedFields,
    shared.template,
  ],
};

export const API_RESOURCES: CommandSurface = {
  use: 'api-resources',
  short: 'Print the supported API resources on the server',
  showFlagsInUse: true,
  flags: [
    text('api-group', 'Limit to resources in the specified API group.'),
    toggle('cached', 'Use the cached list of resources if available.'),
    slice('categories', 'Limit to resources that belong to the specified categories.'),
    toggle(
      'namespaced',
      'If false, non-namespaced resources will be returned, otherwise returning namespaced resources by default.',
      { initial: 'true' },
    ),
    shared.noHeaders,
    text('output', 'Output format. One of: (json, yaml, name, wide).', { shorthand: 'o' }),
    shared.showManagedFields,
    text(
      'sort-by',
      "If non-empty, sort list of resources using specified field. The field can be either 'name' or 'kind'.",
    ),
    slice('verbs', 'Limit to resources that support the specified verbs.'),
  ],
};

export const API_VERSIONS: CommandSurface = {
  use: 'api-versions',
  short: 'Print the supported API versions on the server, in the form of "group/version"',
  flags: [],
};

export const COMPLETION: CommandSurface = {
  use: 'completion SHELL',
  short: 'Output shell completion code for the specified shell (bash, zsh, fish, or powershell)',
  flags: [],
};

export const CONFIG: CommandSurface = {
  use: 'config SUBCOMMAND',
  short: 'Modify kubeconfig files',
  flags: [],
};

export const CONFIG_CURRENT_CONTEXT: CommandSurface = {
  use: 'current-context',
  short: 'Display the current-context',
  showFlagsInUse: true,
  flags: [],
};

export const CONFIG_DELETE_CLUSTER: CommandSurface = {
  use: 'delete-cluster NAME',
  short: 'Delete the specified cluster from the kubeconfig',
  flags: [],
};

export const CONFIG_DELETE_CONTEXT: CommandSurface = {
  use: 'delete-context NAME',
  short: 'Delete the specified context from the kubeconfig',
  flags: [],
};

export const CONFIG_DELETE_USER: CommandSurface = {
  use: 'delete-user NAME',
  short: 'Delete the specified user from the kubeconfig',
  flags: [],
};

export const CONFIG_GET_CLUSTERS: CommandSurface = {
  use: 'get-clusters',
  short: 'Display clusters defined in the kubeconfig',
  showFlagsInUse: true,
  flags: [],
};

export const CONFIG_GET_CONTEXTS: CommandSurface = {
  use: 'get-contexts [(-o|--output=)name)]',
  short: 'Describe one or many contexts',
  flags: [shared.noHeaders, text('output', 'Output format. One of: (name).', { shorthand: 'o' })],
};

export const CONFIG_GET_USERS: CommandSurface = {
  use: 'get-users',
  short: 'Display users defined in the kubeconfig',
  showFlagsInUse: true,
  flags: [],
};

export const CONFIG_RENAME_CONTEXT: CommandSurface = {
  use: 'rename-context CONTEXT_NAME NEW_NAME',
  short: 'Rename a context from the kubeconfig file',
  flags: [],
};

export const CONFIG_SET: CommandSurface = {
  use: 'set PROPERTY_NAME PROPERTY_VALUE',
  short: 'Set an individual value in a kubeconfig file',
  flags: [
    tristate(
      'set-raw-bytes',
      'When writing a []byte PROPERTY_VALUE, write the given string directly without base64 decoding.',
      { initial: 'false' },
    ),
  ],
};

export const CONFIG_SET_CLUSTER: CommandSurface = {
  use: 'set-cluster NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]',
  short: 'Set a cluster entry in kubeconfig',
  flags: [
    text('certificate-authority', 'Path to certificate-authority file for the cluster entry in kubeconfig'),
    tristate('embed-certs', 'embed-certs for the cluster entry in kubeconfig', { initial: 'false' }),
    tristate('insecure-skip-tls-verify', 'insecure-skip-tls-verify for the cluster entry in kubeconfig', {
      initial: 'false',
    }),
    text('proxy-url', 'proxy-url for the cluster entry in kubeconfig'),
    text('server', 'server for the cluster entry in kubeconfig'),
    text('tls-server-name', 'tls-server-name for the cluster entry in kubeconfig'),
  ],
};

export const CONFIG_SET_CONTEXT: CommandSurface = {
  use: 'set-context [NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]',
  short: 'Set a context entry in kubeconfig',
  flags: [
    text('cluster', 'cluster for the context entry in kubeconfig'),
    toggle('current', 'Modify the current context'),
    text('namespace', 'namespace for the context entry in kubeconfig'),
    text('user', 'user for the context entry in kubeconfig'),
  ],
};

export const CONFIG_SET_CREDENTIALS: CommandSurface = {
  use: 'set-credentials NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password] [--auth-provider=provider_name] [--auth-provider-arg=key=value] [--exec-command=exec_command] [--exec-api-version=exec_api_version] [--exec-arg=arg] [--exec-env=key=value]',
  short: 'Set a user entry in kubeconfig',
  flags: [
    text('auth-provider', 'Auth provider for the user entry in kubeconfig'),
    slice('auth-provider-arg', "'key=value' arguments for the auth provider"),
    text('client-certificate', 'Path to client-certificate file for the user entry in kubeconfig'),
    text('client-key', 'Path to client-key file for the user entry in kubeconfig'),
    tristate('embed-certs', 'Embed client cert/key for the user entry in kubeconfig', { initial: 'false' }),
    text('exec-api-version', 'API version of the exec credential plugin for the user entry in kubeconfig'),
    slice(
      'exec-arg',
      'New arguments for the exec credential plugin command for the user entry in kubeconfig',
    ),
    text('exec-command', 'Command for the exec credential plugin for the user entry in kubeconfig'),
    array('exec-env', "'key=value' environment values for the exec credential plugin"),
    text(
      'exec-interactive-mode',
      'InteractiveMode of the exec credentials plugin for the user entry in kubeconfig',
    ),
    tristate(
      'exec-provide-cluster-info',
      'ProvideClusterInfo of the exec credentials plugin for the user entry in kubeconfig',
      { initial: 'false' },
    ),
    text('password', 'password for the user entry in kubeconfig'),
    text('token', 'token for the user entry in kubeconfig'),
    text('username', 'username for the user entry in kubeconfig'),
  ],
};

export const CONFIG_UNSET: CommandSurface = {
  use: 'unset PROPERTY_NAME',
  short: 'Unset an individual value in a kubeconfig file',
  flags: [],
};

export const CONFIG_USE_CONTEXT: CommandSurface = {
  use: 'use-context CONTEXT_NAME',
  short: 'Set the current-context in a kubeconfig file',
  aliases: ['use'],
  flags: [],
};

export const CONFIG_VIEW: CommandSurface = {
  use: 'view',
  short: 'Display merged kubeconfig settings or a specified kubeconfig file',
  showFlagsInUse: true,
  flags: [
    shared.allowMissingTemplateKeys,
    toggle(
      'flatten',
      'Flatten the resulting kubeconfig file into self-contained output (useful for creating portable kubeconfig files)',
    ),
    tristate('merge', 'Merge the full hierarchy of kubeconfig files', { initial: 'true' }),
    toggle('minify', 'Remove all information not used by current-context from the output'),
    text(
      'output',
      'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).',
      { shorthand: 'o', initial: 'yaml' },
    ),
    toggle('raw', 'Display raw byte data and sensitive data'),
    shared.showManagedFields,
    shared.template,
  ],
};

export const LABEL: CommandSurface = {
  use: 'label [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  short: 'Update the labels on a resource',
  flags: [
    shared.all,
    toggle('all-namespaces', 'If true, check the specified action in all namespaces.', { shorthand: 'A' }),
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-label'),
    shared.fieldSelector,
    shared.filename('identifying the resource to update the labels'),
    shared.kustomize,
    toggle('list', 'If true, display the labels for a given resource.'),
    toggle('local', 'If true, label will NOT contact api-server but run locally.'),
    shared.output,
    toggle(
      'overwrite',
      'If true, allow labels to be overwritten, otherwise reject label updates that overwrite existing labels.',
    ),
    shared.record,
    shared.recursive,
    text(
      'resource-version',
      'If non-empty, the labels update will only succeed if this is the current resource-version for the object. Only valid when specifying a single resource.',
    ),
    shared.selector,
    shared.showManagedFields,
    shared.template,
  ],
};

export const OPTIONS: CommandSurface = {
  use: 'options',
  short: 'Print the list of flags inherited by all commands',
  showFlagsInUse: true,
  flags: [],
};

export const PLUGIN: CommandSurface = {
  use: 'plugin [flags]',
  short: 'Provides utilities for interacting with plugins',
  flags: [],
};

export const PLUGIN_LIST: CommandSurface = {
  use: 'list',
  short: "List all visible plugin executables on a user's PATH",
  showFlagsInUse: true,
  flags: [
    toggle('name-only', 'If true, display only the binary name of each plugin, rather than its full path'),
  ],
};

export const VERSION: CommandSurface = {
  use: 'version',
  short: 'Print the client and server version information',
  showFlagsInUse: true,
  flags: [
    toggle('client', 'If true, shows client version only (no server required).'),
    text('output', "One of 'yaml' or 'json'.", { shorthand: 'o' }),
  ],
};
