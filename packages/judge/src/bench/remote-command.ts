import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import type { PodPlace, Run } from './bench.ts';
import type { Access } from './kubeconfig.ts';

const PROTOCOL = 'v5.channel.k8s.io';
/** Channels of the remotecommand protocol. */
const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;

interface ExecStatus {
  readonly status?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/** Runs a command in a container, over a WebSocket as kubectl does. */
export function remoteCommand(
  { server, authority, certificate, key }: Access,
  { namespace, name, container }: PodPlace,
  argv: readonly string[],
  timeoutMs: number,
): Promise<Run> {
  const url = new URL(`/api/v1/namespaces/${namespace}/pods/${name}/exec`, server);
  url.protocol = 'wss:';
  for (const word of argv) url.searchParams.append('command', word);
  for (const [option, value] of Object.entries({ container, stdout: 'true', stderr: 'true' }))
    url.searchParams.set(option, value);
  return new Promise((resolve) => {
    const socket = new WebSocket(url, PROTOCOL, {
      ca: authority,
      cert: certificate,
      key,
      handshakeTimeout: timeoutMs,
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let code: number | undefined;
    let failure = '';
    const timer = setTimeout(() => {
      failure = `no end within ${timeoutMs} ms`;
      socket.terminate();
    }, timeoutMs);
    socket.on('message', (data: RawData) => {
      const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data as ArrayBuffer);
      const rest = bytes.subarray(1);
      if (bytes[0] === STDOUT) out.push(rest);
      else if (bytes[0] === STDERR) err.push(rest);
      else if (bytes[0] === STATUS) code = codeOf(JSON.parse(rest.toString('utf8')) as ExecStatus);
    });
    socket.on('error', (error) => {
      failure = error.message;
    });
    socket.on('close', () => {
      clearTimeout(timer);
      resolve({
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: `${Buffer.concat(err).toString('utf8')}${failure}`,
        code: code ?? -1,
      });
    });
  });
}

function codeOf({ status, details }: ExecStatus): number {
  if (status === 'Success') return 0;
  const cause = details?.causes?.find(({ reason }) => reason === 'ExitCode');
  return cause === undefined ? -1 : Number(cause.message);
}
