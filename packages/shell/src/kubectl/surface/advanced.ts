import { array, duration, integer, slice, text, toggle } from './flag.ts';
import type { CommandSurface } from './flag.ts';
import * as shared from './shared-flags.ts';

export const APPLY: CommandSurface = {
  use: 'apply (-f FILENAME | -k DIRECTORY)',
  short: 'Apply a configuration to a resource by file name or stdin',
  flags: [
    toggle('all', 'Select all resources in the namespace of the specified resource types.'),
    shared.allowMissingTemplateKeys,
    shared.cascade,
    shared.dryRun,
    shared.fieldManager('kubectl-client-side-apply'),
    slice('filename', 'The files that contain the configurations to apply.', { shorthand: 'f' }),
    shared.force,
    shared.forceConflicts,
    shared.gracePeriod,
    text('kustomize', "Process a kustomization directory. This flag can't be used together with -f or -R.", {
      shorthand: 'k',
    }),
    toggle(
      'openapi-patch',
      'If true, use openapi to calculate diff when the openapi presents and the resource can be found in the openapi spec. Otherwise, fall back to use baked-in types.',
      { initial: 'true' },
    ),
    shared.output,
    toggle(
      'overwrite',
      'Automatically resolve conflicts between the modified and live configuration by using values from the modified configuration',
      { initial: 'true' },
    ),
    toggle(
      'prune',
      'Automatically delete resource objects, that do not appear in the configs and are created by either apply or create --save-config. Should be used with either -l or --all.',
    ),
    shared.pruneAllowlist,
    shared.record,
    shared.recursive,
    shared.selector,
    shared.serverSide,
    shared.showManagedFields,
    text(
      'subresource',
      'If specified, apply will operate on the subresource of the requested object.  Only allowed when using --server-side.',
    ),
    shared.template,
    shared.timeout,
    shared.validate,
    shared.wait,
  ],
};

export const APPLY_EDIT_LAST_APPLIED: CommandSurface = {
  use: 'edit-last-applied (RESOURCE/NAME | -f FILENAME)',
  short: 'Edit latest last-applied-configuration annotations of a resource/object',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.fieldManager('kubectl-client-side-apply'),
    shared.filename('to use to edit the resource'),
    shared.kustomize,
    shared.output,
    shared.record,
    shared.recursive,
    shared.showManagedFields,
    shared.template,
    shared.validate,
    shared.windowsLineEndings,
  ],
};

export const APPLY_SET_LAST_APPLIED: CommandSurface = {
  use: 'set-last-applied -f FILENAME',
  short: 'Set the last-applied-configuration annotation on a live object to match the contents of a file',
  flags: [
    shared.allowMissingTemplateKeys,
    toggle(
      'create-annotation',
      "Will create 'last-applied-configuration' annotations if current objects doesn't have one",
    ),
    shared.dryRun,
    shared.filename('that contains the last-applied-configuration annotations'),
    shared.output,
    shared.showManagedFields,
    shared.template,
  ],
};

export const APPLY_VIEW_LAST_APPLIED: CommandSurface = {
  use: 'view-last-applied (TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)',
  short: 'View the latest last-applied-configuration annotations of a resource/object',
  flags: [
    toggle('all', 'Select all resources in the namespace of the specified resource types'),
    shared.filename('that contains the last-applied-configuration annotations'),
    shared.kustomize,
    text('output', 'Output format. Must be one of (yaml, json)', { shorthand: 'o', initial: 'yaml' }),
    shared.recursive,
    shared.selector,
  ],
};

export const DIFF: CommandSurface = {
  use: 'diff -f FILENAME',
  short: 'Diff the live version against a would-be applied version',
  flags: [
    integer(
      'concurrency',
      'Number of objects to process in parallel when diffing against the live version. Larger number = faster, but more memory, I/O and CPU over that shorter period of time.',
      { initial: '1' },
    ),
    shared.fieldManager('kubectl-client-side-apply'),
    shared.filename('contains the configuration to diff'),
    shared.forceConflicts,
    shared.kustomize,
    toggle(
      'prune',
      'Include resources that would be deleted by pruning. Can be used with -l and default shows all resources would be pruned',
    ),
    shared.pruneAllowlist,
    shared.recursive,
    shared.selector,
    shared.serverSide,
    toggle('show-managed-fields', 'If true, include managed fields in the diff.'),
  ],
};

export const KUSTOMIZE: CommandSurface = {
  use: 'kustomize DIR',
  short: 'Build a kustomization target from a directory or URL',
  showFlagsInUse: true,
  flags: [
    toggle(
      'as-current-user',
      'use the uid and gid of the command executor to run the function in the container',
    ),
    toggle('enable-alpha-plugins', 'enable kustomize plugins'),
    toggle('enable-helm', 'Enable use of the Helm chart inflator generator.'),
    toggle('enable-managedby-label', 'enable adding app.kubernetes.io/managed-by', {
      hidden: true,
      deprecated:
        'The flag `enable-managedby-label` has been deprecated. Use the `managedByLabel` option in the `buildMetadata` field instead.',
    }),
    array('env', 'a list of environment variables to be used by functions', { shorthand: 'e' }),
    array('helm-api-versions', 'Kubernetes api versions used by Helm for Capabilities.APIVersions'),
    text('helm-command', 'helm command (path to executable)', { initial: 'helm' }),
    toggle('helm-debug', 'Enable debug output from the Helm chart inflator generator.'),
    text('helm-kube-version', 'Kubernetes version used by Helm for Capabilities.KubeVersion'),
    text(
      'load-restrictor',
      "if set to 'LoadRestrictionsNone', local kustomizations may load files from outside their root. This does, however, break the relocatability of the kustomization.",
      { initial: 'LoadRestrictionsRootOnly' },
    ),
    array('mount', 'a list of storage options read from the filesystem'),
    toggle('network', 'enable network access for functions that declare it'),
    text('network-name', 'the docker network to run the container in', { initial: 'bridge' }),
    text('output', 'If specified, write output to this path.', { shorthand: 'o' }),
    text(
      'reorder',
      "Reorder the resources just before output. Use 'legacy' to apply a legacy reordering (Namespaces first, Webhooks last, etc). Use 'none' to suppress a final reordering.",
      {
        initial: 'legacy',
        hidden: true,
        deprecated: "use the new 'sortOptions' field in kustomization.yaml instead.",
      },
    ),
  ],
};

export const PATCH: CommandSurface = {
  use: 'patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  short: 'Update fields of a resource',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.fieldManager('kubectl-patch'),
    shared.filename('identifying the resource to update'),
    shared.kustomize,
    toggle('local', 'If true, patch will operate on the content of the file, not the server-side resource.'),
    shared.output,
    text('patch', 'The patch to be applied to the resource JSON file.', { shorthand: 'p' }),
    text('patch-file', 'A file containing a patch to be applied to the resource.'),
    shared.record,
    shared.recursive,
    shared.showManagedFields,
    text('subresource', 'If specified, patch will operate on the subresource of the requested object.'),
    shared.template,
    text('type', 'The type of patch being provided; one of [json merge strategic]', { initial: 'strategic' }),
  ],
};

export const REPLACE: CommandSurface = {
  use: 'replace -f FILENAME',
  short: 'Replace a resource by file name or stdin',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.cascade,
    shared.dryRun,
    shared.fieldManager('kubectl-replace'),
    slice('filename', 'The files that contain the configurations to replace.', { shorthand: 'f' }),
    shared.force,
    shared.gracePeriod,
    text('kustomize', "Process a kustomization directory. This flag can't be used together with -f or -R.", {
      shorthand: 'k',
    }),
    shared.output,
    text('raw', 'Raw URI to PUT to the server.  Uses the transport specified by the kubeconfig file.'),
    shared.recursive,
    shared.saveConfig,
    shared.showManagedFields,
    text('subresource', 'If specified, replace will operate on the subresource of the requested object.'),
    shared.template,
    shared.timeout,
    shared.validate,
    shared.wait,
  ],
};

export const WAIT: CommandSurface = {
  use: "wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  short: 'Experimental: Wait for a specific condition on one or many resources',
  suggestFor: ['list', 'ps'],
  flags: [
    toggle('all', 'Select all resources in the namespace of the specified resource types'),
    shared.allNamespaces,
    shared.allowMissingTemplateKeys,
    shared.fieldSelector,
    slice('filename', 'identifying the resource.', { shorthand: 'f' }),
    text(
      'for',
      "The condition to wait on: [create|delete|condition=condition-name[=condition-value]|jsonpath='{JSONPath expression}'=[JSONPath value]]. The default condition-value is true. Condition values are compared after Unicode simple case folding, which is a more general form of case-insensitivity.",
    ),
    shared.local,
    shared.output,
    toggle(
      'recursive',
      'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory.',
      { shorthand: 'R', initial: 'true' },
    ),
    text(
      'selector',
      "Selector (label query) to filter on, supports '=', '==', and '!='.(e.g. -l key1=value1,key2=value2)",
      { shorthand: 'l' },
    ),
    shared.showManagedFields,
    shared.template,
    duration(
      'timeout',
      "The length of time to wait before giving up. Zero means check once and don't wait, negative means wait for a week.",
      { initial: '30s' },
    ),
  ],
};
