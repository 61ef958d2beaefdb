import type { Pod } from 'kubernetes-types/core/v1';
import type { ApiPortConnection, ApiRequest, ApiResponse, ApiUpgrade } from '../http.ts';
import { failureResponse } from '../http/respond.ts';
import type { Scope, ServerParts } from '../http/scope.ts';
import type { ExecSession } from '../server.ts';
import { badRequest, failure, internalError } from '../status.ts';
import type { Failure } from '../status.ts';
import { chooseContainer } from './containers.ts';

type Refused = { readonly kind: 'refused'; readonly response: ApiResponse };

export function refusedConnection(request: ApiRequest, refused: Failure): Refused {
  return { kind: 'refused', response: failureResponse(request, refused) };
}

/** The pod of the path, if it is on a node. */
function podOf(scope: Scope, parts: ServerParts): { readonly ok: true; readonly pod: Pod } | Failure {
  const found = parts.registry.get(scope.resource, scope.namespace, scope.name);
  if (!found.ok) return found;
  const pod = found.value as unknown as Pod;
  if ((pod.spec?.nodeName ?? '') === '') return badRequest(`pod ${scope.name} does not have a host assigned`);
  return { ok: true, pod };
}

export function upgradeExec(scope: Scope, parts: ServerParts): ApiUpgrade | Refused {
  const { request, query } = scope;
  const found = podOf(scope, parts);
  if (!found.ok) return refusedConnection(request, found);
  const container = chooseContainer(found.pod, query.get('container'));
  if (!container.ok) return refusedConnection(request, container);
  const argv = query.all('command');
  if (scope.subresource === 'exec' && argv.length === 0)
    return refusedConnection(
      request,
      failure(422, 'Invalid', 'PodExecOptions "" is invalid: command: Required value'),
    );
  const phase = found.pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed')
    return refusedConnection(
      request,
      internalError(
        `cannot ${scope.subresource} in a container in a completed pod; current phase is ${phase}`,
      ),
    );
  const stdout = query.flag('stdout');
  const stderr = query.flag('stderr');
  const stdin = query.flag('stdin');
  if (!stdin && !stdout && !stderr)
    return refusedConnection(request, badRequest('you must specify at least 1 of stdin, stdout, stderr'));
  const wanted = {
    pod: found.pod,
    container: container.value,
    stdin,
    stdout,
    stderr,
    tty: query.flag('tty'),
  };
  const session =
    scope.subresource === 'exec' ? parts.nodeOps.exec({ ...wanted, argv }) : parts.nodeOps.attach(wanted);
  return session.ok ? upgraded(session.value) : refusedConnection(request, internalError(session.message));
}

function upgraded(session: ExecSession): ApiUpgrade {
  return {
    kind: 'upgraded',
    stdin: { write: (data) => session.write(data), close: () => session.closeStdin() },
    onStdout: (listener) => session.onStdout(listener),
    onStderr: (listener) => session.onStderr(listener),
    onStatus: (listener) => session.onExit((code) => listener(exitStatus(code))),
    resize: (columns, rows) => session.resize(columns, rows),
    close: () => session.close(),
  };
}

/** The last word of exec: clients read the exit code from the causes (remotecommand protocol v4). */
function exitStatus(code: number): object {
  if (code === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

export function connectPort(scope: Scope, parts: ServerParts, port: number): ApiPortConnection | Refused {
  const { request } = scope;
  const found = podOf(scope, parts);
  if (!found.ok) return refusedConnection(request, found);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    return refusedConnection(request, badRequest(`unable to parse ${port} as a port`));
  const session = parts.nodeOps.connectPort(found.pod, port);
  if (!session.ok) return refusedConnection(request, internalError(session.message));
  const { value } = session;
  return {
    kind: 'port',
    write: (data) => value.write(data),
    onData: (listener) => value.onData(listener),
    onEnd: (listener) => value.onEnd(listener),
    close: () => value.close(),
  };
}
