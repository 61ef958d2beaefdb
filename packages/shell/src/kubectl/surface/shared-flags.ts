import { array, duration, integer, slice, text, toggle } from './flag.ts';
import type { Flag } from './flag.ts';

/** Flags that several commands share, word for word. */
export const all = toggle('all', 'Select all resources, in the namespace of the specified resource types');
export const allNamespaces = toggle(
  'all-namespaces',
  'If present, list the requested object(s) across all namespaces. Namespace in current context is ignored even if specified with --namespace.',
  { shorthand: 'A' },
);
export const allowMissingTemplateKeys = toggle(
  'allow-missing-template-keys',
  'If true, ignore any errors in templates when a field or map key is missing in the template. Only applies to golang and jsonpath output formats.',
  { initial: 'true' },
);
export const appendHash = toggle('append-hash', 'Append a hash of the secret to its name.');
export const cascade = text(
  'cascade',
  'Must be "background", "orphan", or "foreground". Selects the deletion cascading strategy for the dependents (e.g. Pods created by a ReplicationController). Defaults to background.',
  { initial: 'background', bare: 'background' },
);
export const chunkSize = integer(
  'chunk-size',
  'Return large lists in chunks rather than all at once. Pass 0 to disable. This flag is beta and may change in the future.',
  { initial: '500', bits: 64 },
);
export const container = text(
  'container',
  'Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen',
  { shorthand: 'c' },
);
export const dryRun = text(
  'dry-run',
  'Must be "none", "server", or "client". If client strategy, only print the object that would be sent, without sending it. If server strategy, submit server-side request without persisting the resource.',
  { initial: 'none', bare: 'unchanged' },
);
export const fieldSelector = text(
  'field-selector',
  "Selector (field query) to filter on, supports '=', '==', and '!='.(e.g. --field-selector key1=value1,key2=value2). The server only supports a limited number of field queries per type.",
);
export const force = toggle(
  'force',
  'If true, immediately remove resources from API and bypass graceful deletion. Note that immediate deletion of some resources may result in inconsistency or data loss and requires confirmation.',
);
export const forceConflicts = toggle(
  'force-conflicts',
  'If true, server-side apply will force the changes against conflicts.',
);
export const gracePeriod = integer(
  'grace-period',
  'Period of time in seconds given to the resource to terminate gracefully. Ignored if negative. Set to 1 for immediate shutdown. Can only be set to 0 when --force is true (force deletion).',
  { initial: '-1' },
);
export const image = text('image', 'Image name to run.');
export const kustomize = text(
  'kustomize',
  "Process the kustomization directory. This flag can't be used together with -f or -R.",
  { shorthand: 'k' },
);
export const local = toggle('local', 'If true, annotation will NOT contact api-server but run locally.');
export const noHeaders = toggle(
  'no-headers',
  "When using the default or custom-column output format, don't print headers (default print headers).",
);
export const output = text(
  'output',
  'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).',
  { shorthand: 'o' },
);
export const overrideType = text(
  'override-type',
  'The method used to override the generated object: json, merge, or strategic.',
  { initial: 'merge' },
);
export const overrides = text(
  'overrides',
  'An inline JSON override for the generated object. If this is non-empty, it is used to override the generated object. Requires that the object supply a valid apiVersion field.',
);
export const podRunningTimeout = duration(
  'pod-running-timeout',
  'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
  { initial: '1m0s' },
);
export const pruneAllowlist = array(
  'prune-allowlist',
  'Overwrite the default allowlist with <group/version/kind> for --prune',
);
export const quiet = toggle('quiet', 'Only print output from the remote session', { shorthand: 'q' });
export const record = toggle(
  'record',
  'Record current kubectl command in the resource annotation. If set to false, do not record the command. If set to true, record the command. If not set, default to updating the existing annotation value only if one already exists.',
  { hidden: true, deprecated: '--record will be removed in the future' },
);
export const recursive = toggle(
  'recursive',
  'Process the directory used in -f, --filename recursively. Useful when you want to manage related manifests organized within the same directory.',
  { shorthand: 'R' },
);
export const resource = slice('resource', 'Resource that the rule applies to');
export const resourceName = array(
  'resource-name',
  'Resource in the white list that the rule applies to, repeat this flag for multiple items',
);
export const saveConfig = toggle(
  'save-config',
  'If true, the configuration of current object will be saved in its annotation. Otherwise, the annotation will be unchanged. This flag is useful when you want to perform kubectl apply on this object in the future.',
);
export const selector = text(
  'selector',
  "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.(e.g. -l key1=value1,key2=value2,key3 in (value3)). Matching objects must satisfy all of the specified label constraints.",
  { shorthand: 'l' },
);
export const serverSide = toggle('server-side', 'If true, apply runs in the server instead of the client.');
export const showManagedFields = toggle(
  'show-managed-fields',
  'If true, keep the managedFields when printing objects in JSON or YAML format.',
);
export const stdin = toggle('stdin', 'Pass stdin to the container', { shorthand: 'i' });
export const tcp = slice('tcp', "Port pairs can be specified as '<port>:<targetPort>'.");
export const template = text(
  'template',
  'Template string or path to template file to use when -o=go-template, -o=go-template-file. The template format is golang templates [http://golang.org/pkg/text/template/#pkg-overview].',
);
export const timeout = duration(
  'timeout',
  'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object',
);
export const tty = toggle('tty', 'Stdin is a TTY', { shorthand: 't' });
export const useProtocolBuffers = toggle(
  'use-protocol-buffers',
  'Enables using protocol-buffers to access Metrics API.',
  { initial: 'true' },
);
export const validate = text(
  'validate',
  'Must be one of: strict (or true), warn, ignore (or false). "true" or "strict" will use a schema to validate the input and fail the request if invalid. It will perform server side validation if ServerSideFieldValidation is enabled on the api-server, but will fall back to less reliable client-side validation if not. "warn" will warn about unknown or duplicate fields without blocking the request if server-side field validation is enabled on the API server, and behave as "ignore" otherwise. "false" or "ignore" will not perform any schema validation, silently dropping any unknown or duplicate fields.',
  { initial: 'strict', bare: 'strict' },
);
export const verb = slice('verb', 'Verb that applies to the resources contained in the rule');
export const wait = toggle(
  'wait',
  'If true, wait for resources to be gone before returning. This waits for finalizers.',
);
export const windowsLineEndings = toggle(
  'windows-line-endings',
  'Defaults to the line ending native to your platform.',
);

export const fieldManager = (initial: string): Flag =>
  text('field-manager', 'Name of the manager used to track field ownership.', { initial });

export const filename = (purpose: string): Flag =>
  slice('filename', `Filename, directory, or URL to files ${purpose}`, { shorthand: 'f' });
