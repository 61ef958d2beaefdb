import { duration, integer, pairs, slice, text, toggle } from './flag.ts';
import type { CommandSurface } from './flag.ts';
import * as shared from './shared-flags.ts';

export const ATTACH: CommandSurface = {
  use: 'attach (POD | TYPE/NAME) -c CONTAINER',
  short: 'Attach to a running container',
  flags: [shared.container, shared.podRunningTimeout, shared.quiet, shared.stdin, shared.tty],
};

export const AUTH: CommandSurface = {
  use: 'auth',
  short: 'Inspect authorization',
  showFlagsInUse: true,
  flags: [],
};

export const AUTH_CAN_I: CommandSurface = {
  use: 'can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
  short: 'Check whether an action is allowed',
  flags: [
    toggle('all-namespaces', 'If true, check the specified action in all namespaces.', { shorthand: 'A' }),
    toggle('list', 'If true, prints all allowed actions.'),
    toggle('no-headers', 'If true, prints allowed actions without headers'),
    toggle('quiet', 'If true, suppress output and just return the exit code.', { shorthand: 'q' }),
    text('subresource', 'SubResource such as pod/log or deployment/scale'),
  ],
};

export const AUTH_RECONCILE: CommandSurface = {
  use: 'reconcile -f FILENAME',
  short: 'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects',
  flags: [
    shared.allowMissingTemplateKeys,
    shared.dryRun,
    shared.filename('identifying the resource to reconcile.'),
    shared.kustomize,
    shared.output,
    shared.recursive,
    toggle('remove-extra-permissions', 'If true, removes extra permissions added to roles'),
    toggle('remove-extra-subjects', 'If true, removes extra subjects added to rolebindings'),
    shared.showManagedFields,
    shared.template,
  ],
};

export const AUTH_WHOAMI: CommandSurface = {
  use: 'whoami',
  short: 'Experimental: Check self subject attributes',
  flags: [shared.allowMissingTemplateKeys, shared.output, shared.showManagedFields, shared.template],
};

export const CP: CommandSurface = {
  use: 'cp <file-spec-src> <file-spec-dest>',
  short: 'Copy files and directories to and from containers',
  flags: [
    shared.container,
    toggle(
      'no-preserve',
      "The copied file/directory's ownership and permissions will not be preserved in the container",
    ),
    integer(
      'retries',
      'Set number of retries to complete a copy operation from a container. Specify 0 to disable or any negative value for infinite retrying. The default is 0 (no retry).',
    ),
  ],
};

export const DEBUG: CommandSurface = {
  use: 'debug (POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]',
  short: 'Create debugging sessions for troubleshooting workloads and nodes',
  flags: [
    toggle(
      'arguments-only',
      'If specified, everything after -- will be passed to the new container as Args instead of Command.',
    ),
    toggle(
      'attach',
      "If true, wait for the container to start running, and then attach as if 'kubectl attach ...' were called.  Default false, unless '-i/--stdin' is set, in which case the default is true.",
    ),
    text('container', 'Container name to use for debug container.', { shorthand: 'c' }),
    text('copy-to', 'Create a copy of the target Pod with this name.'),
    text(
      'custom',
      'Path to a JSON or YAML file containing a partial container spec to customize built-in debug profiles.',
    ),
    pairs('env', 'Environment variables to set in the container.'),
    slice('filename', 'identifying the resource to debug', { shorthand: 'f' }),
    text('image', 'Container image to use for debug container.'),
    text(
      'image-pull-policy',
      'The image pull policy for the container. If left empty, this value will not be specified by the client and defaulted by the server.',
    ),
    toggle(
      'keep-annotations',
      "If true, keep the original pod annotations.(This flag only works when used with '--copy-to')",
    ),
    toggle(
      'keep-init-containers',
      "Run the init containers for the pod. Defaults to true.(This flag only works when used with '--copy-to')",
      { initial: 'true' },
    ),
    toggle(
      'keep-labels',
      "If true, keep the original pod labels.(This flag only works when used with '--copy-to')",
    ),
    toggle(
      'keep-liveness',
      "If true, keep the original pod liveness probes.(This flag only works when used with '--copy-to')",
    ),
    toggle(
      'keep-readiness',
      "If true, keep the original pod readiness probes.(This flag only works when used with '--copy-to')",
    ),
    toggle(
      'keep-startup',
      "If true, keep the original startup probes.(This flag only works when used with '--copy-to')",
    ),
    text('profile', 'Options are "legacy", "general", "baseline", "netadmin", "restricted" or "sysadmin".', {
      initial: 'legacy',
    }),
    toggle('quiet', 'If true, suppress informational messages.', { shorthand: 'q' }),
    toggle('replace', "When used with '--copy-to', delete the original Pod."),
    toggle('same-node', "When used with '--copy-to', schedule the copy of target Pod on the same node."),
    pairs(
      'set-image',
      "When used with '--copy-to', a list of name=image pairs for changing container images, similar to how 'kubectl set image' works.",
    ),
    toggle('share-processes', "When used with '--copy-to', enable process namespace sharing in the copy.", {
      initial: 'true',
    }),
    toggle('stdin', 'Keep stdin open on the container(s) in the pod, even if nothing is attached.', {
      shorthand: 'i',
    }),
    text('target', 'When using an ephemeral container, target processes in this container name.'),
    toggle('tty', 'Allocate a TTY for the debugging container.', { shorthand: 't' }),
  ],
};

export const DESCRIBE: CommandSurface = {
  use: 'describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  short: 'Show details of a specific resource or group of resources',
  flags: [
    shared.allNamespaces,
    shared.chunkSize,
    shared.filename('containing the resource to describe'),
    shared.kustomize,
    shared.recursive,
    shared.selector,
    toggle('show-events', 'If true, display events related to the described object.', { initial: 'true' }),
  ],
};

export const EVENTS: CommandSurface = {
  use: 'events [(-o|--output=)json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]',
  short: 'List events',
  flags: [
    shared.allNamespaces,
    shared.allowMissingTemplateKeys,
    shared.chunkSize,
    text('for', 'Filter events to only those pertaining to the specified resource.'),
    toggle('no-headers', "When using the default output format, don't print headers."),
    shared.output,
    shared.showManagedFields,
    shared.template,
    slice('types', 'Output only events of given types.'),
    toggle('watch', 'After listing the requested events, watch for more events.', { shorthand: 'w' }),
  ],
};

export const EXEC: CommandSurface = {
  use: 'exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]',
  short: 'Execute a command in a container',
  flags: [
    shared.container,
    slice('filename', 'to use to exec into the resource', { shorthand: 'f' }),
    shared.podRunningTimeout,
    shared.quiet,
    shared.stdin,
    shared.tty,
  ],
};

export const LOGS: CommandSurface = {
  use: 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  short: 'Print the logs for a container in a pod',
  flags: [
    toggle('all-containers', "Get all containers' logs in the pod(s)."),
    toggle('all-pods', 'Get logs from all pod(s). Sets prefix to true.'),
    text('container', 'Print the logs of this container', { shorthand: 'c' }),
    toggle('follow', 'Specify if the logs should be streamed.', { shorthand: 'f' }),
    toggle(
      'ignore-errors',
      'If watching / following pod logs, allow for any errors that occur to be non-fatal',
    ),
    toggle(
      'insecure-skip-tls-verify-backend',
      'Skip verifying the identity of the kubelet that logs are requested from.  In theory, an attacker could provide invalid log content back. You might want to use this if your kubelet serving certificates have expired.',
    ),
    integer('limit-bytes', 'Maximum bytes of logs to return. Defaults to no limit.', { bits: 64 }),
    integer(
      'max-log-requests',
      'Specify maximum number of concurrent logs to follow when using by a selector. Defaults to 5.',
      { initial: '5' },
    ),
    duration(
      'pod-running-timeout',
      'The length of time (like 5s, 2m, or 3h, higher than zero) to wait until at least one pod is running',
      { initial: '20s' },
    ),
    toggle('prefix', 'Prefix each log line with the log source (pod name and container name)'),
    toggle(
      'previous',
      'If true, print the logs for the previous instance of the container in a pod if it exists.',
      { shorthand: 'p' },
    ),
    shared.selector,
    duration(
      'since',
      'Only return logs newer than a relative duration like 5s, 2m, or 3h. Defaults to all logs. Only one of since-time / since may be used.',
    ),
    text(
      'since-time',
      'Only return logs after a specific date (RFC3339). Defaults to all logs. Only one of since-time / since may be used.',
    ),
    integer(
      'tail',
      'Lines of recent log file to display. Defaults to -1 with no selector, showing all log lines otherwise 10, if a selector is provided.',
      { initial: '-1', bits: 64 },
    ),
    toggle('timestamps', 'Include timestamps on each line in the log output'),
  ],
};

export const PORT_FORWARD: CommandSurface = {
  use: 'port-forward TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  short: 'Forward one or more local ports to a pod',
  flags: [
    slice(
      'address',
      'Addresses to listen on (comma separated). Only accepts IP addresses or localhost as a value. When localhost is supplied, kubectl will try to bind on both 127.0.0.1 and ::1 and will fail if neither of these addresses are available to bind.',
      { initial: '[localhost]' },
    ),
    shared.podRunningTimeout,
  ],
};

export const PROXY: CommandSurface = {
  use: 'proxy [--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]',
  short: 'Run a proxy to the Kubernetes API server',
  flags: [
    text('accept-hosts', 'Regular expression for hosts that the proxy should accept.', {
      initial: '^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$',
    }),
    text('accept-paths', 'Regular expression for paths that the proxy should accept.', { initial: '^.*' }),
    text('address', 'The IP address on which to serve on.', { initial: '127.0.0.1' }),
    text('api-prefix', 'Prefix to serve the proxied API under.', { initial: '/' }),
    toggle(
      'append-server-path',
      'If true, enables automatic path appending of the kube context server path to each request.',
    ),
    toggle(
      'disable-filter',
      'If true, disable request filtering in the proxy. This is dangerous, and can leave you vulnerable to XSRF attacks, when used with an accessible port.',
    ),
    duration(
      'keepalive',
      'keepalive specifies the keep-alive period for an active network connection. Set to 0 to disable keepalive.',
    ),
    integer('port', 'The port on which to run the proxy. Set to 0 to pick a random port.', {
      shorthand: 'p',
      initial: '8001',
    }),
    text(
      'reject-methods',
      "Regular expression for HTTP methods that the proxy should reject (example --reject-methods='POST,PUT,PATCH'). ",
      { initial: '^$' },
    ),
    text(
      'reject-paths',
      'Regular expression for paths that the proxy should reject. Paths specified here will be rejected even accepted by --accept-paths.',
      { initial: '^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach' },
    ),
    text('unix-socket', 'Unix socket on which to run the proxy.', { shorthand: 'u' }),
    text('www', 'Also serve static files from the given directory under the specified prefix.', {
      shorthand: 'w',
    }),
    text('www-prefix', 'Prefix to serve static files under, if static file directory is specified.', {
      shorthand: 'P',
      initial: '/static/',
    }),
  ],
};
