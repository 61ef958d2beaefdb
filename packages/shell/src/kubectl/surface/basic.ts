import { array, slice, text, toggle } from './flag.ts';
import type { CommandSurface } from './flag.ts';
import * as shared from './shared-flags.ts';

export const CREATE: CommandSurface = {
  use: 'create -f FILENAME',
  short: 'Create a resource from a file or from stdin',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    toggle('edit', 'Edit the API resource before creating'),
    shared.fieldManager('kubectl-create'),
    shared.filename('to use to create the resource'),
    shared.kustomize,
    shared.output,
    text('raw', 'Raw URI to POST to the server.  Uses the transport specified by the kubeconfig file.'),
    shared.record,
    shared.recursive,
    shared.saveConfig,
    shared.selector,
    shared.showManagedFields,
    shared.template,
    shared.validate,
    toggle(
      'windows-line-endings',
      'Only relevant if --edit=true. Defaults to the line ending native to your platform.',
    ),
  ],
};

export const DELETE: CommandSurface = {
  use: 'delete ([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])',
  short: 'Delete resources by file names, stdin, resources and names, or by resources and label selector',
  suggestFor: ['rm'],
  flags: [
    toggle('all', 'Delete all resources, in the namespace of the specified resource types.'),
    shared.allNamespaces,
    shared.cascade,
    shared.dryRun,
    shared.fieldSelector,
    slice('filename', 'containing the resource to delete.', { shorthand: 'f' }),
    shared.force,
    shared.gracePeriod,
    toggle(
      'ignore-not-found',
      'Treat "resource not found" as a successful delete. Defaults to "true" when --all is specified.',
    ),
    toggle('interactive', 'If true, delete resource only when user confirms.', { shorthand: 'i' }),
    text('kustomize', "Process a kustomization directory. This flag can't be used together with -f or -R.", {
      shorthand: 'k',
    }),
    toggle('now', 'If true, resources are signaled for immediate shutdown (same as --grace-period=1).'),
    text('output', 'Output mode. Use "-o name" for shorter output (resource/name).', { shorthand: 'o' }),
    text('raw', 'Raw URI to DELETE to the server.  Uses the transport specified by the kubeconfig file.'),
    shared.recursive,
    shared.selector,
    shared.timeout,
    toggle('wait', 'If true, wait for resources to be gone before returning. This waits for finalizers.', {
      initial: 'true',
    }),
  ],
};

export const EDIT: CommandSurface = {
  use: 'edit (RESOURCE/NAME | -f FILENAME)',
  short: 'Edit a resource on the server',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.fieldManager('kubectl-edit'),
    shared.filename('to use to edit the resource'),
    shared.kustomize,
    shared.output,
    toggle('output-patch', 'Output the patch if the resource is edited.'),
    shared.record,
    shared.recursive,
    shared.saveConfig,
    shared.showManagedFields,
    text('subresource', 'If specified, edit will operate on the subresource of the requested object.'),
    shared.template,
    shared.validate,
    shared.windowsLineEndings,
  ],
};

export const EXPLAIN: CommandSurface = {
  use: 'explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]',
  short: 'Get documentation for a resource',
  flags: [
    text('api-version', 'Get different explanations for particular API version (API group/version)'),
    text('output', 'Format in which to render the schema (plaintext, plaintext-openapiv2)', {
      shorthand: 'o',
      initial: 'plaintext',
    }),
    toggle('recursive', 'Print the fields of fields (Currently only 1 level deep)'),
  ],
};

export const EXPOSE: CommandSurface = {
  use: 'expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]',
  short:
    'Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service',
  flags: [
    shared.allowMissingTemplateKeys,
    text(
      'cluster-ip',
      "ClusterIP to be assigned to the service. Leave empty to auto-allocate, or set to 'None' to create a headless service.",
    ),
    shared.dryRun,
    text(
      'external-ip',
      'Additional external IP address (not managed by Kubernetes) to accept for the service. If this IP is routed to a node, the service can be accessed by this IP in addition to its generated service IP.',
    ),
    shared.fieldManager('kubectl-expose'),
    shared.filename('identifying the resource to expose a service'),
    shared.kustomize,
    text('labels', 'Labels to apply to the service created by this call.', { shorthand: 'l' }),
    text(
      'load-balancer-ip',
      'IP to assign to the LoadBalancer. If empty, an ephemeral IP will be created and used (cloud-provider specific).',
    ),
    text('name', 'The name for the newly created object.'),
    shared.output,
    shared.overrideType,
    shared.overrides,
    text(
      'port',
      'The port that the service should serve on. Copied from the resource being exposed, if unspecified',
    ),
    text('protocol', "The network protocol for the service to be created. Default is 'TCP'."),
    shared.record,
    shared.recursive,
    shared.saveConfig,
    text(
      'selector',
      'A label selector to use for this service. Only equality-based selector requirements are supported. If empty (the default) infer the selector from the replication controller or replica set.)',
    ),
    text(
      'session-affinity',
      "If non-empty, set the session affinity for the service to this; legal values: 'None', 'ClientIP'",
    ),
    shared.showManagedFields,
    text(
      'target-port',
      'Name or number for the port on the container that the service should direct traffic to. Optional.',
    ),
    shared.template,
    text(
      'type',
      "Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName. Default is 'ClusterIP'.",
    ),
  ],
};

export const GET: CommandSurface = {
  use: 'get [(-o|--output=)json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file|custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]',
  short: 'Display one or many resources',
  suggestFor: ['list', 'ps'],
  flags: [
    shared.allNamespaces,
    shared.allowMissingTemplateKeys,
    shared.chunkSize,
    shared.fieldSelector,
    shared.filename('identifying the resource to get from a server.'),
    toggle(
      'ignore-not-found',
      'If set to true, suppresses NotFound error for specific objects that do not exist. Using this flag with commands that query for collections of resources has no effect when no resources are found.',
    ),
    shared.kustomize,
    slice(
      'label-columns',
      'Accepts a comma separated list of labels that are going to be presented as columns. Names are case-sensitive. You can also use multiple flag options like -L label1 -L label2...',
      { shorthand: 'L' },
    ),
    shared.noHeaders,
    text(
      'output',
      'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file, custom-columns, custom-columns-file, wide). See custom columns [https://kubernetes.io/docs/reference/kubectl/#custom-columns], golang template [http://golang.org/pkg/text/template/#pkg-overview] and jsonpath template [https://kubernetes.io/docs/reference/kubectl/jsonpath/].',
      { shorthand: 'o' },
    ),
    toggle(
      'output-watch-events',
      'Output watch event objects when --watch or --watch-only is used. Existing objects are output as initial ADDED events.',
    ),
    text('raw', 'Raw URI to request from the server.  Uses the transport specified by the kubeconfig file.'),
    shared.recursive,
    shared.selector,
    toggle(
      'server-print',
      'If true, have the server return the appropriate table output. Supports extension APIs and CRDs.',
      { initial: 'true' },
    ),
    toggle('show-kind', 'If present, list the resource type for the requested object(s).'),
    toggle('show-labels', 'When printing, show all labels as the last column (default hide labels column)'),
    shared.showManagedFields,
    text(
      'sort-by',
      "If non-empty, sort list types using this field specification.  The field specification is expressed as a JSONPath expression (e.g. '{.metadata.name}'). The field in the API resource specified by this JSONPath expression must be an integer or a string.",
    ),
    text('subresource', 'If specified, gets the subresource of the requested object.'),
    shared.template,
    toggle('watch', 'After listing/getting the requested object, watch for changes.', { shorthand: 'w' }),
    toggle('watch-only', 'Watch for changes to the requested object(s), without listing/getting first.'),
  ],
};

export const RUN: CommandSurface = {
  use: 'run NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
  short: 'Run a particular image on the cluster',
  flags: [
    shared.allowMissingTemplateKeys,
    array('annotations', 'Annotations to apply to the pod.'),
    toggle(
      'attach',
      "If true, wait for the Pod to start running, and then attach to the Pod as if 'kubectl attach ...' were called.  Default false, unless '-i/--stdin' is set, in which case the default is true. With '--restart=Never' the exit code of the container process is returned.",
    ),
    shared.cascade,
    toggle(
      'command',
      "If true and extra arguments are present, use them as the 'command' field in the container, rather than the 'args' field which is the default.",
    ),
    shared.dryRun,
    array('env', 'Environment variables to set in the container.'),
    toggle('expose', 'If true, create a ClusterIP service associated with the pod.  Requires `--port`.'),
    shared.fieldManager('kubectl-run'),
    slice('filename', 'to use to replace the resource.', { shorthand: 'f' }),
    shared.force,
    shared.gracePeriod,
    text('image', 'The image for the container to run.'),
    text(
      'image-pull-policy',
      'The image pull policy for the container.  If left empty, this value will not be specified by the client and defaulted by the server.',
    ),
    text('kustomize', "Process a kustomization directory. This flag can't be used together with -f or -R.", {
      shorthand: 'k',
    }),
    text('labels', 'Comma separated labels to apply to the pod. Will override previous values.', {
      shorthand: 'l',
    }),
    toggle(
      'leave-stdin-open',
      'If the pod is started in interactive mode or with stdin, leave stdin open after the first attach completes. By default, stdin will be closed after the first attach completes.',
    ),
    shared.output,
    shared.overrideType,
    shared.overrides,
    shared.podRunningTimeout,
    text('port', 'The port that this container exposes.'),
    toggle('privileged', 'If true, run the container in privileged mode.'),
    toggle('quiet', 'If true, suppress prompt messages.', { shorthand: 'q' }),
    shared.record,
    shared.recursive,
    text('restart', 'The restart policy for this Pod.  Legal values [Always, OnFailure, Never].', {
      initial: 'Always',
    }),
    toggle(
      'rm',
      "If true, delete the pod after it exits.  Only valid when attaching to the container, e.g. with '--attach' or with '-i/--stdin'.",
    ),
    shared.saveConfig,
    shared.showManagedFields,
    toggle('stdin', 'Keep stdin open on the container in the pod, even if nothing is attached.', {
      shorthand: 'i',
    }),
    shared.template,
    shared.timeout,
    toggle('tty', 'Allocate a TTY for the container in the pod.', { shorthand: 't' }),
    shared.wait,
  ],
};
