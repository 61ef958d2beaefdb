import type { DaemonContext, DaemonProgram } from '@podwire/machine';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import { digest } from '@podwire/tls';
import { bytesToBase64 } from '../../api/base64.ts';
import { numberFlag, parseFlags } from '../flags.ts';
import { newOutbound, onOutboundEvent, startRequest } from '../http/outbound.ts';
import type { OutboundOutcome, OutboundState } from '../http/outbound.ts';
import { klogLine } from '../log-line.ts';

const CREDENTIALS = '/var/run/secrets/kubernetes.io/serviceaccount';
const DEFAULT_INTERVAL_SECONDS = 30;
const REQUEST_MS = 30_000;
const TERMINATED = 143;

interface ClientState {
  readonly outbound: OutboundState;
  readonly host: string;
  readonly port: number;
  readonly intervalMs: number;
}

/** `agnhost inclusterclient`: asks the API server now and then, with the pod's token as it stands. */
export const inClusterClient: DaemonProgram<ClientState | undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    const parsed = parseFlags(daemon.argv.slice(2), { 'poll-interval': 'number' });
    if (!parsed.ok) return stop(daemon, `Error: ${parsed.message}\n`);
    daemon.logError(klogLine(daemon, 'main.go:61', 'started'));
    const [host, port] = ['HOST', 'PORT'].map((part) => daemon.env.get(`KUBERNETES_SERVICE_${part}`) ?? '');
    if (host === undefined || host === '' || port === undefined || port === '')
      return stop(
        daemon,
        klogLine(
          daemon,
          'main.go:65',
          'err: unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined',
        ),
      );
    if (fileText(daemon, 'token') === undefined)
      return stop(
        daemon,
        klogLine(daemon, 'main.go:65', `err: open ${CREDENTIALS}/token: no such file or directory`),
      );
    const seconds = numberFlag(parsed.flags, 'poll-interval', DEFAULT_INTERVAL_SECONDS);
    const intervalMs = Math.max(1, seconds) * 1000;
    daemon.timer('poll', intervalMs);
    return { outbound: newOutbound(), host, port: Number(port), intervalMs };
  },
  onEvent: (daemon, state, event) => {
    if (state === undefined) return;
    if (event.kind === 'signal' && event.signal === 'SIGTERM') return daemon.exit(TERMINATED);
    if (event.kind === 'timer' && event.name === 'poll') return poll(daemon, state);
    onOutboundEvent(daemon, state.outbound, event, (_purpose, outcome) => heard(daemon, outcome));
  },
};

function poll(daemon: DaemonContext, state: ClientState): void {
  daemon.timer('poll', state.intervalMs);
  daemon.logError(klogLine(daemon, 'main.go:78', 'calling /healthz'));
  const authorization = `Bearer ${(fileText(daemon, 'token') ?? '').trim()}`;
  // A token is told from another by its digest, without being told.
  const hash = bytesToBase64(digest('sha256', utf8Encode(`salt|${authorization}`)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
  daemon.logError(klogLine(daemon, 'main.go:95', `authz_header=${hash}`));
  startRequest(daemon, state.outbound, {
    method: 'GET',
    host: state.host,
    port: state.port,
    target: '/healthz',
    headers: { Accept: 'application/json, */*', Authorization: authorization },
    authorities: fileText(daemon, 'ca.crt') ?? '',
    timeoutMs: REQUEST_MS,
    purpose: undefined,
  });
}

function heard(daemon: DaemonContext, outcome: OutboundOutcome): void {
  if (outcome.ok && outcome.response.status < 300) return;
  const body = outcome.ok ? utf8Decode(outcome.response.body) : '';
  const why = outcome.ok ? `the server answered with status ${outcome.response.status}` : outcome.message;
  const error = (source: string, text: string): void =>
    daemon.logError(klogLine(daemon, source, text).replace(/^I/, 'E'));
  error('main.go:81', 'status=failed');
  error('main.go:82', `error checking /healthz: ${why}\n${body}`);
}

function fileText(daemon: DaemonContext, name: string): string | undefined {
  const file = daemon.fs.readFile(`${CREDENTIALS}/${name}`);
  return file.ok ? utf8Decode(file.value) : undefined;
}

function stop(daemon: DaemonContext, message: string): undefined {
  daemon.logError(message);
  daemon.exit(1);
  return undefined;
}
