import { configObject } from '../../config/kubeconfig.ts';
import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { usageFailure } from '../../command/run.ts';
import { Failure, fail } from '../../failure.ts';
import type { Problem } from '../../failure.ts';
import { outputPrinter } from '../../printers/printer.ts';
import { TABLE_LAYOUT, alignTabs } from '../../printers/tab-writer.ts';
import * as surface from '../../surface/settings.ts';
import { goSprint } from '../../values/go-text.ts';
import { compareText, isObject, objectsAt, textAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';

const HIDDEN: ReadonlyMap<string, string> = new Map([
  ['certificate-authority-data', 'DATA+OMITTED'],
  ['client-certificate-data', 'DATA+OMITTED'],
  ['client-key-data', 'DATA+OMITTED'],
  ['token', 'REDACTED'],
  ['password', 'REDACTED'],
]);

/** Replaces what must not be shown by words for it. */
function redact(object: JsonObject): void {
  for (const [section, member] of [
    ['clusters', 'cluster'],
    ['users', 'user'],
  ] as const) {
    for (const entry of objectsAt(object, section)) {
      const fields = entry[member];
      if (!isObject(fields)) continue;
      for (const [field, text] of HIDDEN) if (textAt(fields, field) !== '') fields[field] = text;
    }
  }
}

function* view({ flags, args, session, commandPath }: Invocation): Step {
  if (args.length > 0) throw usageFailure(commandPath, `unexpected arguments: ${goSprint([...args])}`);
  const config = session.kubeConfig();
  const merge = flags.changed('merge') ? flags.toggle('merge') : config.explicitFile === undefined;
  const printer = outputPrinter(session, flags, { operation: '', fallback: 'yaml', typed: true });
  if (!merge && config.explicitFile === undefined) fail('if merge==false a precise file must be specified');
  if (flags.text('context') !== '' && flags.toggle('minify')) config.currentContext = flags.text('context');
  let object: JsonObject;
  if (flags.toggle('minify')) {
    const name = config.currentContext;
    if (name === '') fail('current-context must exist in order to minify');
    const context = config.contexts.get(name);
    if (context === undefined) return fail(`cannot locate context ${name}`);
    object = configObject(config, (section, each) => {
      if (section === 'contexts') return each === name;
      return each === textAt(context, section === 'clusters' ? 'cluster' : 'user');
    });
  } else {
    object = configObject(config);
  }
  if (!flags.toggle('raw') && !flags.toggle('flatten')) redact(object);
  session.out(printer.print(object));
  return undefined;
}

function* getContexts({ flags, args, session }: Invocation): Step {
  const output = flags.text('output');
  if (output !== '' && output !== 'name')
    fail(
      `--output ${output} is not available in kubectl config get-contexts; resetting to default output format`,
    );
  const config = session.kubeConfig();
  const problems: Problem[] = [];
  const names = args.length === 0 ? [...config.contexts.keys()] : [];
  for (const name of args) {
    if (config.contexts.has(name)) names.push(name);
    else problems.push({ kind: 'plain', message: `context ${name} not found` });
  }
  const lines =
    flags.toggle('no-headers') || output === 'name' ? [] : ['CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n'];
  for (const name of names.sort(compareText)) {
    const context = config.contexts.get(name);
    const current = config.currentContext === name ? '*' : ' ';
    lines.push(
      output === 'name'
        ? `${name}\n`
        : `${current}\t${name}\t${textAt(context, 'cluster')}\t${textAt(context, 'user')}\t${textAt(context, 'namespace')}\n`,
    );
  }
  session.out(alignTabs(lines.join(''), TABLE_LAYOUT));
  const [problem] = problems;
  if (problem !== undefined)
    throw new Failure(problems.length === 1 ? problem : { kind: 'aggregate', problems });
  return undefined;
}

function names(section: 'clusters' | 'users'): (invocation: Invocation) => Step {
  return function* ({ session }) {
    session.out(
      ['NAME', ...[...session.kubeConfig()[section].keys()].sort(compareText)]
        .map((name) => `${name}\n`)
        .join(''),
    );
    return undefined;
  };
}

function* currentContext({ session }: Invocation): Step {
  const { currentContext: name } = session.kubeConfig();
  if (name === '') fail('current-context is not set');
  session.out(`${name}\n`);
  return undefined;
}

export const viewCommand: Command = {
  ...surface.CONFIG_VIEW,
  long: `Display merged kubeconfig settings or a specified kubeconfig file.

 Secrets are hidden unless you ask for them with --raw.`,
  examples: [
    ['Show the merged settings', 'kubectl config view'],
    ['Only what the current context uses', 'kubectl config view --minify'],
    ['One value', "kubectl config view -o jsonpath='{.contexts[*].name}'"],
  ],
  run: view,
};

export const getContextsCommand: Command = {
  ...surface.CONFIG_GET_CONTEXTS,
  long: `Display one or many contexts from the kubeconfig file.`,
  examples: [['List all contexts', 'kubectl config get-contexts']],
  run: getContexts,
};

export const getClustersCommand: Command = {
  ...surface.CONFIG_GET_CLUSTERS,
  long: `Display clusters defined in the kubeconfig.`,
  examples: [['List the clusters', 'kubectl config get-clusters']],
  run: names('clusters'),
};

export const getUsersCommand: Command = {
  ...surface.CONFIG_GET_USERS,
  long: `Display users defined in the kubeconfig.`,
  examples: [['List the users', 'kubectl config get-users']],
  run: names('users'),
};

export const currentContextCommand: Command = {
  ...surface.CONFIG_CURRENT_CONTEXT,
  examples: [['Show where commands go', 'kubectl config current-context']],
  run: currentContext,
};
