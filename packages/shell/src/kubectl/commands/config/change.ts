import { saveConfig } from '../../config/kubeconfig.ts';
import type { KubeConfig } from '../../config/kubeconfig.ts';
import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { usageFailure } from '../../command/run.ts';
import { fail } from '../../failure.ts';
import type { Session } from '../../session.ts';
import * as surface from '../../surface/settings.ts';
import { encodeBase64 } from '../../values/base64.ts';
import { errnoText } from '../../values/errno-text.ts';
import { goQuote, goSprint } from '../../values/go-text.ts';
import type { JsonObject } from '../../values/json.ts';

/** A mistake that is answered with the whole help page. */
function helpFailure({ session, help }: Invocation, message: string): never {
  session.out(help());
  return fail(message);
}

function unexpected(invocation: Invocation): never {
  return helpFailure(invocation, `Unexpected args: ${goSprint([...invocation.args])}`);
}

function save(session: Session, config: KubeConfig): string {
  return saveConfig(session.process, config);
}

/** The file that a deletion speaks of. */
function fileOf(session: Session): string {
  const config = session.kubeConfig();
  return (
    config.explicitFile ??
    config.files.find((file) => session.process.fs.stat(file).ok) ??
    config.files[0] ??
    ''
  );
}

function* useContext(invocation: Invocation): Step {
  const { args, session } = invocation;
  if (args.length !== 1) unexpected(invocation);
  const [name = ''] = args;
  if (name === '') fail('empty context names are not allowed');
  const config = session.kubeConfig();
  if (!config.contexts.has(name)) fail(`no context exists with the name: ${goQuote(name)}`);
  config.currentContext = name;
  save(session, config);
  session.out(`Switched to context ${goQuote(name)}.\n`);
  return undefined;
}

function* setContext(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  if (args.length > 1) unexpected(invocation);
  const [given = ''] = args;
  const current = flags.toggle('current');
  if (given === '' && !current) fail('you must specify a non-empty context name or --current');
  if (given !== '' && current) fail('you cannot specify both a context name and --current');
  const config = session.kubeConfig();
  if (current && config.currentContext === '') fail('no current context is set');
  const name = current ? config.currentContext : given;
  const existing = config.contexts.get(name);
  const context: JsonObject = { ...existing };
  for (const field of ['cluster', 'user', 'namespace'])
    if (flags.changed(field)) context[field] = flags.text(field);
  config.contexts.set(name, context);
  save(session, config);
  session.out(`Context ${goQuote(name)} ${existing === undefined ? 'created' : 'modified'}.\n`);
  return undefined;
}

function* renameContext(invocation: Invocation): Step {
  const { args, session } = invocation;
  if (args.length !== 2) unexpected(invocation);
  const [name = '', renamed = ''] = args;
  if (renamed === '') fail('You must specify a new non-empty context name');
  const config = session.kubeConfig();
  const context = config.contexts.get(name);
  if (context === undefined)
    return fail(`cannot rename the context ${goQuote(name)}, it's not in ${fileOf(session)}`);
  if (config.contexts.has(renamed))
    fail(
      `cannot rename the context ${goQuote(name)}, the context ${goQuote(renamed)} already exists in ${fileOf(session)}`,
    );
  config.contexts.delete(name);
  config.contexts.set(renamed, context);
  const origin = config.origins.get(`contexts/${name}`);
  if (origin !== undefined) config.origins.set(`contexts/${renamed}`, origin);
  if (config.currentContext === name) config.currentContext = renamed;
  save(session, config);
  session.out(`Context ${goQuote(name)} renamed to ${goQuote(renamed)}.\n`);
  return undefined;
}

function remove(section: 'clusters' | 'contexts' | 'users', noun: string): (invocation: Invocation) => Step {
  return function* (invocation) {
    const { args, session, commandPath } = invocation;
    if (section === 'users' && args.length !== 1)
      throw usageFailure(commandPath, 'user to delete is required');
    const [name] = args;
    if (args.length !== 1 || name === undefined) {
      session.out(invocation.help());
      return undefined;
    }
    const config = session.kubeConfig();
    const file = fileOf(session);
    if (!config[section].has(name)) fail(`cannot delete ${noun} ${name}, not in ${file}`);
    if (section === 'contexts' && config.currentContext === name) {
      session.err(
        'warning: this removed your active context, use "kubectl config use-context" to select a different one\n',
      );
    }
    config[section].delete(name);
    save(session, config);
    session.out(`deleted ${noun} ${name} from ${file}\n`);
    return undefined;
  };
}

function readFile(session: Session, path: string): string {
  const read = session.process.fs.readFile(session.path(path));
  return read.ok
    ? encodeBase64(read.value)
    : fail(`could not stat file ${path}: stat ${path}: ${errnoText(read.errno)}`);
}

function* setCluster(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  if (args.length !== 1) unexpected(invocation);
  const [name = ''] = args;
  const authority = flags.text('certificate-authority');
  const embed = flags.toggle('embed-certs');
  if (name === '') fail('you must specify a non-empty cluster name');
  if (flags.toggle('insecure-skip-tls-verify') && authority !== '')
    fail('you cannot specify a certificate authority and insecure mode at the same time');
  if (embed && authority === '') fail('you must specify a --certificate-authority to embed');
  const config = session.kubeConfig();
  const cluster: JsonObject = { ...config.clusters.get(name) };
  for (const field of ['server', 'tls-server-name', 'proxy-url'])
    if (flags.changed(field)) cluster[field] = flags.text(field);
  if (flags.changed('insecure-skip-tls-verify')) {
    cluster['insecure-skip-tls-verify'] = flags.toggle('insecure-skip-tls-verify');
    if (flags.toggle('insecure-skip-tls-verify')) {
      delete cluster['certificate-authority'];
      delete cluster['certificate-authority-data'];
    }
  }
  if (flags.changed('certificate-authority')) {
    delete cluster[embed ? 'certificate-authority' : 'certificate-authority-data'];
    delete cluster['insecure-skip-tls-verify'];
    if (embed) cluster['certificate-authority-data'] = readFile(session, authority);
    else cluster['certificate-authority'] = authority === '' ? '' : session.path(authority);
  }
  config.clusters.set(name, cluster);
  save(session, config);
  session.out(`Cluster ${goQuote(name)} set.\n`);
  return undefined;
}

function* setCredentials(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  if (args.length !== 1) {
    session.out(invocation.help());
    fail(`unexpected args: ${goSprint([...args])}`);
  }
  const [name = ''] = args;
  if (name === '') fail('you must specify a non-empty user name');
  const methods = [
    ...(flags.text('token') === '' ? [] : ['--token']),
    ...(flags.text('username') === '' && flags.text('password') === '' ? [] : ['--username/--password']),
  ];
  if (methods.length > 1)
    fail(`you cannot specify more than one authentication method at the same time: ${methods.join(', ')}`);
  for (const flag of ['auth-provider', 'exec-command'])
    if (flags.changed(flag))
      fail(`--${flag} is not available in this simulation: it would run a program outside the cluster`);
  const embed = flags.toggle('embed-certs');
  if (embed && flags.text('client-certificate') === '' && flags.text('client-key') === '')
    fail('you must specify a --client-certificate or --client-key to embed');
  const config = session.kubeConfig();
  const user: JsonObject = { ...config.users.get(name) };
  for (const field of ['client-certificate', 'client-key']) {
    if (!flags.changed(field)) continue;
    delete user[embed ? field : `${field}-data`];
    if (embed) user[`${field}-data`] = readFile(session, flags.text(field));
    else user[field] = session.path(flags.text(field));
  }
  for (const field of ['token', 'username', 'password'])
    if (flags.changed(field)) user[field] = flags.text(field);
  // A user has one way to prove who they are.
  if (flags.text('token') !== '') {
    delete user['username'];
    delete user['password'];
  } else if (methods.length > 0) {
    delete user['token'];
  }
  config.users.set(name, user);
  save(session, config);
  session.out(`User ${goQuote(name)} set.\n`);
  return undefined;
}

interface Property {
  readonly section: 'clusters' | 'users' | 'contexts';
  readonly name: string;
  readonly field: string;
}

/** `contexts.NAME.FIELD`; names may hold dots of their own. */
function propertyOf(path: string): Property {
  const parts = path.split('.');
  const [section = ''] = parts;
  if (section !== 'clusters' && section !== 'users' && section !== 'contexts')
    return fail(`unable to parse ${path} after [] at api.Config`);
  return parts.length < 3
    ? { section, name: parts.slice(1).join('.'), field: '' }
    : { section, name: parts.slice(1, -1).join('.'), field: parts.at(-1) ?? '' };
}

function* set(invocation: Invocation): Step {
  const { args, session } = invocation;
  if (args.length !== 2) unexpected(invocation);
  const [path = '', value = ''] = args;
  if (value === '') fail('you cannot use set to unset a property');
  if (path === '') fail('you must specify a property');
  const config = session.kubeConfig();
  if (path === 'current-context') {
    config.currentContext = value;
  } else {
    const { section, name, field } = propertyOf(path);
    if (field === '') fail(`can't set a map to a value: map[]`);
    const isFlag = field === 'insecure-skip-tls-verify' || field === 'disable-compression';
    if (isFlag && value !== 'true' && value !== 'false')
      fail(`strconv.ParseBool: parsing ${goQuote(value)}: invalid syntax`);
    config[section].set(name, { ...config[section].get(name), [field]: isFlag ? value === 'true' : value });
  }
  save(session, config);
  session.out(`Property ${goQuote(path)} set.\n`);
  return undefined;
}

function* unset(invocation: Invocation): Step {
  const { args, session } = invocation;
  if (args.length !== 1) unexpected(invocation);
  const [path = ''] = args;
  if (path === '') fail('you must specify a property');
  const config = session.kubeConfig();
  if (path === 'current-context') {
    config.currentContext = '';
  } else {
    const { section, name, field } = propertyOf(path);
    if (field === '') {
      config[section].delete(name);
    } else {
      if (!config[section].has(name)) fail(`current map key \`${name}\` is invalid`);
      const entry: JsonObject = { ...config[section].get(name) };
      delete entry[field];
      config[section].set(name, entry);
    }
  }
  save(session, config);
  session.out(`Property ${goQuote(path)} unset.\n`);
  return undefined;
}

export const useContextCommand: Command = {
  ...surface.CONFIG_USE_CONTEXT,
  examples: [['Send commands to another cluster from now on', 'kubectl config use-context test']],
  run: useContext,
};
export const setContextCommand: Command = {
  ...surface.CONFIG_SET_CONTEXT,
  long: `Set a context entry in kubeconfig.

 What you name is changed; what you leave out stays.`,
  examples: [
    ['Work in another namespace from now on', 'kubectl config set-context --current --namespace=shop'],
  ],
  run: setContext,
};
export const renameContextCommand: Command = {
  ...surface.CONFIG_RENAME_CONTEXT,
  examples: [['Give a context another name', 'kubectl config rename-context old new']],
  run: renameContext,
};
export const deleteClusterCommand: Command = {
  ...surface.CONFIG_DELETE_CLUSTER,
  examples: [['Forget a cluster', 'kubectl config delete-cluster test']],
  run: remove('clusters', 'cluster'),
};
export const deleteContextCommand: Command = {
  ...surface.CONFIG_DELETE_CONTEXT,
  examples: [['Forget a context', 'kubectl config delete-context test']],
  run: remove('contexts', 'context'),
};
export const deleteUserCommand: Command = {
  ...surface.CONFIG_DELETE_USER,
  examples: [['Forget a user', 'kubectl config delete-user me']],
  run: remove('users', 'user'),
};
export const setClusterCommand: Command = {
  ...surface.CONFIG_SET_CLUSTER,
  examples: [
    ['Name the address of a cluster', 'kubectl config set-cluster test --server=https://10.0.0.10:6443'],
  ],
  run: setCluster,
};
export const setCredentialsCommand: Command = {
  ...surface.CONFIG_SET_CREDENTIALS,
  examples: [['Use a token', 'kubectl config set-credentials me --token=TOKEN']],
  run: setCredentials,
};
export const setCommand: Command = {
  ...surface.CONFIG_SET,
  long: `Set an individual value in a kubeconfig file.

 The property is a path with dots, such as contexts.test.namespace.`,
  examples: [['Change a server', 'kubectl config set clusters.test.server https://10.0.0.10:6443']],
  run: set,
};
export const unsetCommand: Command = {
  ...surface.CONFIG_UNSET,
  examples: [['Leave no context current', 'kubectl config unset current-context']],
  run: unset,
};
