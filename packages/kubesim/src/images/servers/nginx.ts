import type { DaemonContext, DaemonProgram } from '@podwire/machine';
import type { SocketId } from '@podwire/netsim';
import { utf8Decode } from '@podwire/sim';
import { newHttpServer, onHttpEvent } from '../http/server.ts';
import type { HttpServerState } from '../http/server.ts';
import { loadChain } from '../http/tls-files.ts';
import type { LoadedChain } from '../http/tls-files.ts';
import { accessLine, plainTextAnswer, serveFile } from './static-files.ts';

const SERVER = 'nginx/1.29.3';
const MAIN_FILE = '/etc/nginx/nginx.conf';
const CONFIG_FILE = '/etc/nginx/conf.d/default.conf';

export const NGINX_FILES: Readonly<Record<string, string>> = {
  [MAIN_FILE]:
    'user  nginx;\nworker_processes  auto;\n\nevents {\n    worker_connections  1024;\n}\n\nhttp {\n    include       /etc/nginx/conf.d/*.conf;\n}\n',
  [CONFIG_FILE]:
    'server {\n    listen       80;\n    server_name  localhost;\n\n    location / {\n        root   /usr/share/nginx/html;\n        index  index.html index.htm;\n    }\n}\n',
  '/usr/share/nginx/html/index.html':
    '<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n<p>This page is served by a simulated nginx.</p>\n</body>\n</html>\n',
};

const TLS_SETTINGS: ReadonlySet<string> = new Set([
  'ssl_protocols',
  'ssl_ciphers',
  'ssl_prefer_server_ciphers',
  'ssl_session_cache',
  'ssl_session_timeout',
]);

/** Relative paths begin at nginx's own folder. */
function absolute(path: string): string {
  return path.startsWith('/') ? path : `/etc/nginx/${path}`;
}

interface NginxState {
  readonly http: HttpServerState;
  readonly listeners: readonly SocketId[];
  readonly secureListeners: readonly SocketId[];
  readonly chain: readonly Uint8Array[];
  readonly config: NginxConfig;
}

interface NginxConfig {
  readonly ports: readonly number[];
  /** Those of `ports` with the parameter `ssl`. */
  readonly securePorts: ReadonlySet<number>;
  readonly certificateFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly root: string;
  readonly index: readonly string[];
  readonly fixedAnswer: { readonly status: number; readonly text: string } | undefined;
}

/** nginx, serving files or a fixedAnswer `return`. Other directives are refused when it starts, as unknown ones are. */
export const nginx: DaemonProgram<NginxState | undefined> = {
  kind: 'daemon',
  start: (daemon) => {
    // The image's entrypoint runs what it is given, nginx with its options for the most part.
    const words = daemon.argv.slice(daemon.argv[1] === 'nginx' ? 2 : 1);
    const [option, value = ''] = words;
    if (option === '-v' || option === '-V') return say(daemon, `nginx version: ${SERVER}\n`, 0);
    if (option !== undefined && option !== '-t' && !(option === '-g' && value === 'daemon off;'))
      return say(
        daemon,
        `nginx: "${option} ${value}" is not part of this simulation; -t, -v and -g 'daemon off;' are (restart the pod to read a new configuration)\n`,
        1,
      );
    const config = readConfig(daemon);
    if (typeof config === 'string') {
      if (option !== '-t') return fail(daemon, config);
      return say(daemon, `nginx: [emerg] ${config}\nnginx: configuration file ${MAIN_FILE} test failed\n`, 1);
    }
    if (option === '-t')
      return say(
        daemon,
        `nginx: the configuration file ${MAIN_FILE} syntax is ok\nnginx: configuration file ${MAIN_FILE} test is successful\n`,
        0,
      );
    const loaded = loadCertificates(daemon, config);
    if (!loaded.ok) return fail(daemon, loaded.message);
    const listeners: SocketId[] = [];
    const secureListeners: SocketId[] = [];
    for (const port of config.ports) {
      const listener = daemon.net.listenTcp({ address: '::', port });
      if (!listener.ok) return fail(daemon, `bind() to 0.0.0.0:${port} failed (98: Address already in use)`);
      listeners.push(listener.value);
      if (config.securePorts.has(port)) secureListeners.push(listener.value);
    }
    return { http: newHttpServer(), listeners, secureListeners, chain: loaded.chain, config };
  },
  onEvent: (daemon, state, event) => {
    if (state === undefined) return;
    const handled = onHttpEvent(
      daemon,
      state.http,
      state.listeners,
      event,
      (request, peer) => {
        const { fixedAnswer, root, index } = state.config;
        const response =
          fixedAnswer === undefined
            ? serveFile(daemon, { root, index, server: SERVER }, request)
            : {
                status: fixedAnswer.status,
                headers: { Server: SERVER, 'Content-Type': 'application/octet-stream' },
                body: fixedAnswer.text,
              };
        daemon.log(`${accessLine(daemon.nowMs(), peer.remote.address, request, response)} "-"\n`);
        return response;
      },
      {
        listeners: state.secureListeners,
        chooseChain: () => state.chain,
        toPlainText: plainTextAnswer(SERVER, daemon.nowMs()),
      },
    );
    if (!handled && event.kind === 'signal' && (event.signal === 'SIGTERM' || event.signal === 'SIGQUIT'))
      daemon.exit(0);
  },
};

function say(daemon: DaemonContext, text: string, code: number): undefined {
  daemon.logError(text);
  daemon.exit(code);
  return undefined;
}

function fail(daemon: DaemonContext, message: string): undefined {
  const time = new Date(daemon.nowMs()).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '/');
  daemon.logError(`${time} [emerg] 1#1: ${message}\nnginx: [emerg] ${message}\n`);
  daemon.exit(1);
  return undefined;
}

/** What the ports with TLS show, in the words of nginx where it fails. */
function loadCertificates(daemon: DaemonContext, config: NginxConfig): LoadedChain {
  const { securePorts, certificateFile, keyFile } = config;
  if (securePorts.size === 0) return { ok: true, chain: [] };
  if (certificateFile === undefined || keyFile === undefined)
    return {
      ok: false,
      message: `no "${certificateFile === undefined ? 'ssl_certificate' : 'ssl_certificate_key'}" is defined for the "listen ... ssl" directive in ${CONFIG_FILE}:1`,
    };
  for (const [path, what] of [
    [certificateFile, 'certificate'],
    [keyFile, 'certificate key'],
  ] as const)
    if (!daemon.fs.stat(path).ok)
      return {
        ok: false,
        message: `cannot load ${what} "${path}": BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory:calling fopen(${path}, r) error:10000080:BIO routines::no such file)`,
      };
  const loaded = loadChain(daemon, certificateFile, keyFile);
  if (loaded.ok) return loaded;
  return {
    ok: false,
    message: loaded.message.includes('match')
      ? `SSL_CTX_use_PrivateKey("${keyFile}") failed (SSL: error:05800074:x509 certificate routines::key values mismatch)`
      : `cannot load certificate "${certificateFile}": PEM_read_bio_X509_AUX() failed (SSL: error:0480006C:PEM routines::no start line:Expecting: TRUSTED CERTIFICATE)`,
  };
}

/** Reads the few directives that are modelled; a text is what is wrong. */
function readConfig(daemon: DaemonContext): NginxConfig | string {
  const file = daemon.fs.readFile(CONFIG_FILE);
  if (!file.ok) return `open() "${CONFIG_FILE}" failed (2: No such file or directory)`;
  const ports: number[] = [];
  let root = '/usr/share/nginx/html';
  let index: readonly string[] = ['index.html'];
  let fixedAnswer: NginxConfig['fixedAnswer'];
  const securePorts = new Set<number>();
  let certificateFile: string | undefined;
  let keyFile: string | undefined;
  const text = utf8Decode(file.value).replace(/#.*$/gm, '');
  for (const [, directive = '', value = '', opening] of text.matchAll(
    /([a-z_]+)\s*((?:"[^"]*"|'[^']*'|[^;{}"'])*)([;{])/g,
  )) {
    const words = value.trim().split(/\s+/);
    if (directive === 'server' || directive === 'server_name' || directive === 'access_log') continue;
    if (directive === 'location' && opening === '{') {
      if (words.join(' ') !== '/')
        return `"location ${value.trim()}" is not part of this simulation in ${CONFIG_FILE}; only "location /" is`;
    } else if (directive === 'listen') {
      const port = Number(/^(?:[^:]*:)?(\d+)$/.exec(words[0] ?? '')?.[1]);
      if (/^\[/.test(words[0] ?? '')) continue;
      if (!(port > 0 && port < 65_536))
        return `invalid port in "${words[0] ?? ''}" of the "listen" directive in ${CONFIG_FILE}`;
      if (!ports.includes(port)) ports.push(port);
      if (words.includes('ssl')) securePorts.add(port);
    } else if (directive === 'ssl_certificate') certificateFile = absolute(words[0] ?? '');
    else if (directive === 'ssl_certificate_key') keyFile = absolute(words[0] ?? '');
    else if (TLS_SETTINGS.has(directive)) {
      // Ciphers, protocol versions and sessions make no difference here: TLS 1.3 is all there is.
      continue;
    } else if (directive === 'root') root = (words[0] ?? root).replace(/\/$/, '');
    else if (directive === 'index') index = words;
    else if (directive === 'return') {
      const match = /^(\d{3})(?:\s+(?:"([^"]*)"|'([^']*)'|(\S+)))?$/.exec(value.trim());
      if (match === null) return `invalid return code in ${CONFIG_FILE}`;
      fixedAnswer = {
        status: Number(match[1]),
        text: (match[2] ?? match[3] ?? match[4] ?? '')
          .replaceAll('\\n', '\n')
          .replaceAll('$hostname', daemon.machine.hostname),
      };
    } else return `directive "${directive}" is not part of this simulation in ${CONFIG_FILE}`;
  }
  return {
    ports: ports.length === 0 ? [80] : ports,
    securePorts,
    certificateFile,
    keyFile,
    root,
    index,
    fixedAnswer,
  };
}
