import { utf8Decode } from '@podwire/sim';
import { readKeyPair } from '@podwire/tls';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Command, Invocation } from '../../command/command.ts';
import { fail } from '../../failure.ts';
import type { Session } from '../../session.ts';
import * as surface from '../../surface/create.ts';
import { encodeBase64 } from '../../values/base64.ts';
import { errnoText } from '../../values/errno-text.ts';
import { goQuote } from '../../values/go-text.ts';
import { compareText, goJson } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { baseName, joinPath } from '../../values/path.ts';
import { configKey, environmentName } from '../../values/validation.ts';
import { compact, generate } from './generate.ts';
import type { GeneratorRequest } from './generate.ts';

type Add = (key: string, data: Uint8Array) => void;

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** `key=value`; only the first equals sign parts them. */
function addLiterals(sources: readonly string[], add: Add): void {
  for (const source of sources) {
    const equals = source.indexOf('=');
    if (equals <= 0) fail(`invalid literal source ${source}, expected key=value`);
    add(source.slice(0, equals), encode(source.slice(equals + 1)));
  }
}

function splitFileSource(source: string): { readonly key: string; readonly path: string } {
  const parts = source.split('=');
  if (parts.length === 1) return { key: baseName(source), path: source };
  if (parts.length > 2) return fail("key names or file paths cannot contain '='");
  const [key = '', path = ''] = parts;
  if (key === '') fail(`key name for file path ${path} missing`);
  if (path === '') fail(`file path for key name ${key} missing`);
  return { key, path };
}

function readFile(session: Session, path: string): Uint8Array {
  const read = session.process.fs.readFile(session.path(path));
  return read.ok ? read.value : fail(`open ${path}: ${errnoText(read.errno)}`);
}

/** Files, and every regular file of directories. */
export function addFiles(session: Session, sources: readonly string[], add: Add): void {
  const { fs } = session.process;
  for (const source of sources) {
    const { key, path } = splitFileSource(source);
    const found = fs.stat(session.path(path));
    if (!found.ok) return fail(`error reading ${path}: ${errnoText(found.errno)}`);
    if (found.value.kind !== 'directory') {
      add(key, readFile(session, path));
      continue;
    }
    if (source.includes('=')) fail('cannot give a key name for a directory path');
    const listed = fs.list(session.path(path));
    if (!listed.ok) return fail(`error listing files in ${path}: ${errnoText(listed.errno)}`);
    for (const name of [...listed.value].sort(compareText)) {
      const member = joinPath(path, name);
      const info = fs.lstat(session.path(member));
      if (info.ok && info.value.kind === 'file') add(name, readFile(session, member));
    }
  }
}

/** Lines of `KEY=value`; a key alone takes its value from the environment. */
function addEnvironmentFiles(session: Session, paths: readonly string[], what: string, add: Add): void {
  for (const path of paths) {
    const found = session.process.fs.stat(session.path(path));
    if (!found.ok) return fail(`error reading ${path}: ${errnoText(found.errno)}`);
    if (found.value.kind === 'directory') fail(`env ${what} file cannot be a directory`);
    const lines = new TextDecoder()
      .decode(readFile(session, path))
      .replace(/^\ufeff/, '')
      .split('\n');
    for (const line of lines) {
      const trimmed = line.replace(/\r$/, '').trimStart();
      if (trimmed === '' || trimmed.startsWith('#')) continue;
      const equals = trimmed.indexOf('=');
      const key = equals < 0 ? trimmed : trimmed.slice(0, equals);
      const errors = environmentName(key);
      if (errors.length > 0) fail(`${goQuote(key)} is not a valid key name: ${errors.join(';')}`);
      add(key, encode(equals < 0 ? (session.process.env.get(key) ?? '') : trimmed.slice(equals + 1)));
    }
  }
}

function utf8(data: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return undefined;
  }
}

const HASH_LETTERS: ReadonlyMap<string, string> = new Map([
  ['0', 'g'],
  ['1', 'h'],
  ['3', 'k'],
  ['a', 'm'],
  ['e', 't'],
]);
const HASH_LENGTH = 10;

/** The suffix of `--append-hash`: ten digits of the content's SHA-256, without vowels. */
export function contentHash(content: JsonObject): string {
  const digest = sha256(encode(goJson(content)));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [...hex.slice(0, HASH_LENGTH)].map((c) => HASH_LETTERS.get(c) ?? c).join('');
}

function sorted(map: ReadonlyMap<string, string>): JsonObject {
  return Object.fromEntries([...map].sort(([a], [b]) => compareText(a, b)));
}

function checkSources({ flags }: Invocation): void {
  if (
    flags.list('from-env-file').length > 0 &&
    (flags.list('from-file').length > 0 || flags.list('from-literal').length > 0)
  ) {
    fail('from-env-file cannot be combined with from-file or from-literal');
  }
}

function configMap({ invocation, name, metadata }: GeneratorRequest): JsonObject {
  const { flags, session } = invocation;
  checkSources(invocation);
  const data = new Map<string, string>();
  const binary = new Map<string, string>();
  const check = (key: string): void => {
    const errors = configKey(key);
    if (errors.length > 0)
      fail(`${goQuote(key)} is not a valid key name for a ConfigMap: ${errors.join(',')}`);
    if (data.has(key))
      fail(
        `cannot add key ${goQuote(key)}, another key by that name already exists in Data for ConfigMap ${goQuote(name)}`,
      );
    if (binary.has(key))
      fail(
        `cannot add key ${goQuote(key)}, another key by that name already exists in BinaryData for ConfigMap ${goQuote(name)}`,
      );
  };
  const add: Add = (key, bytes) => {
    check(key);
    const text = utf8(bytes);
    if (text === undefined) binary.set(key, encodeBase64(bytes));
    else data.set(key, text);
  };
  addFiles(session, flags.list('from-file'), add);
  addLiterals(flags.list('from-literal'), add);
  addEnvironmentFiles(session, flags.list('from-env-file'), 'config', add);
  const content = compact({
    data: data.size > 0 ? sorted(data) : undefined,
    binaryData: binary.size > 0 ? sorted(binary) : undefined,
  });
  const hash = flags.toggle('append-hash')
    ? `-${contentHash({ kind: 'ConfigMap', name, data: sorted(data), ...(binary.size > 0 ? { binaryData: sorted(binary) } : {}) })}`
    : '';
  return { kind: 'ConfigMap', apiVersion: 'v1', metadata: { ...metadata, name: name + hash }, ...content };
}

interface SecretContent {
  readonly type: string;
  readonly fill: (add: Add) => void;
}

function secret(
  { invocation: { flags }, name, metadata }: GeneratorRequest,
  { type, fill }: SecretContent,
): JsonObject {
  const data = new Map<string, string>();
  fill((key, bytes) => {
    const errors = configKey(key);
    if (errors.length > 0) fail(`${goQuote(key)} is not valid key name for a Secret ${errors.join(';')}`);
    if (data.has(key)) fail(`cannot add key ${key}, another key by that name already exists`);
    data.set(key, encodeBase64(bytes));
  });
  const hash = flags.toggle('append-hash')
    ? `-${contentHash({ kind: 'Secret', type, name, data: sorted(data) })}`
    : '';
  return compact({
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { ...metadata, name: name + hash },
    data: data.size > 0 ? sorted(data) : undefined,
    type: type === '' ? undefined : type,
  });
}

function genericSecret(request: GeneratorRequest): JsonObject {
  const { flags, session } = request.invocation;
  checkSources(request.invocation);
  return secret(request, {
    type: flags.text('type'),
    fill: (add) => {
      addLiterals(flags.list('from-literal'), add);
      addFiles(session, flags.list('from-file'), add);
      addEnvironmentFiles(session, flags.list('from-env-file'), 'secret', add);
    },
  });
}

function tlsSecret(request: GeneratorRequest): JsonObject {
  const { flags, session } = request.invocation;
  const read = (path: string): Uint8Array => {
    const found = session.process.fs.readFile(session.path(path));
    return found.ok ? found.value : fail(`Cannot read file ${path}, open ${path}: ${errnoText(found.errno)}`);
  };
  if (flags.text('key') === '' || flags.text('cert') === '') fail('key and cert must be specified');
  const certificate = read(flags.text('cert'));
  const key = read(flags.text('key'));
  const pair = readKeyPair(utf8Decode(certificate), utf8Decode(key));
  if (!pair.ok) fail(pair.message);
  return secret(request, {
    type: 'kubernetes.io/tls',
    fill: (add) => {
      add('tls.crt', certificate);
      add('tls.key', key);
    },
  });
}

function dockerSecret(request: GeneratorRequest): JsonObject {
  const { flags, session } = request.invocation;
  const files = flags.list('from-file');
  const username = flags.text('docker-username');
  const password = flags.text('docker-password');
  const server = flags.text('docker-server');
  if (files.length === 0 && (username === '' || password === '' || server === '')) {
    fail(
      'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
    );
  }
  return secret(request, {
    type: 'kubernetes.io/dockerconfigjson',
    fill: (add) => {
      if (files.length > 0) {
        addFiles(
          session,
          files.map((file) => (file.includes('=') ? file : `.dockerconfigjson=${file}`)),
          add,
        );
        return;
      }
      const email = flags.text('docker-email');
      const entry = compact({
        username,
        password,
        email: email === '' ? undefined : email,
        auth: encodeBase64(encode(`${username}:${password}`)),
      });
      add(
        '.dockerconfigjson',
        encode(goJson({ auths: { [server]: entry } }, { indent: 0, sortKeys: false })),
      );
    },
  });
}

export const createConfigMap: Command = {
  ...surface.CREATE_CONFIGMAP,
  long: `Create a config map from files, directories or literal values.

 A file becomes one key, named after the file unless you name it. A directory gives one key for each of its files.`,
  examples: [
    ['From values', 'kubectl create configmap settings --from-literal=mode=fast --from-literal=level=3'],
    [
      'From a file, under a key of your choice',
      'kubectl create configmap site --from-file=index.html=page.html',
    ],
    ['From lines of KEY=value', 'kubectl create configmap settings --from-env-file=settings.env'],
  ],
  run: (invocation) =>
    generate(invocation, {
      resource: 'configmaps',
      namespaced: true,
      failure: 'failed to create configmap:',
      build: configMap,
    }),
};

const SECRET = { resource: 'secrets', namespaced: true, failure: 'failed to create secret' } as const;

export const createSecret: Command = {
  ...surface.CREATE_SECRET,
  long: `Create a secret with specified type.

 A docker-registry type secret is for accessing a container registry.

 A generic type secret indicate an Opaque secret type.

 A tls type secret holds TLS certificate and its associated key.`,
  group: 'stderr',
  subcommands: [
    {
      ...surface.CREATE_SECRET_DOCKER_REGISTRY,
      examples: [
        [
          'Credentials of a registry',
          'kubectl create secret docker-registry pull --docker-server=registry.example.com --docker-username=me --docker-password=secret',
        ],
      ],
      run: (invocation) => generate(invocation, { ...SECRET, build: dockerSecret }),
    },
    {
      ...surface.CREATE_SECRET_GENERIC,
      examples: [
        [
          'From values',
          'kubectl create secret generic login --from-literal=user=admin --from-literal=password=secret',
        ],
      ],
      run: (invocation) => generate(invocation, { ...SECRET, build: genericSecret }),
    },
    {
      ...surface.CREATE_SECRET_TLS,
      examples: [
        ['A certificate and its key', 'kubectl create secret tls site --cert=tls.crt --key=tls.key'],
      ],
      run: (invocation) => generate(invocation, { ...SECRET, build: tlsSecret }),
    },
  ],
};
