import { resourcePath } from '../../api/discovery.ts';
import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { usageFailure } from '../../command/run.ts';
import { Failure, fail, withSource } from '../../failure.ts';
import { operationFor, outputPrinter } from '../../printers/printer.ts';
import { objectOf, refresh, typeOf } from '../../resources/info.ts';
import { fileQuery, namespaceQuery } from '../../resources/query.ts';
import { forEachInfo } from '../../resources/visit.ts';
import { CREATE } from '../../surface/basic.ts';
import { goSprint } from '../../values/go-text.ts';
import { dryRunOf, validationOf, writeParameters } from '../dry-run.ts';
import { editOnCreate } from '../edit.ts';
import { withLastApplied } from '../last-applied.ts';
import { rawRequest } from '../raw.ts';
import { createClusterRole, createClusterRoleBinding, createRole, createRoleBinding } from './access.ts';
import { createConfigMap, createSecret } from './data.ts';
import {
  createDisruptionBudget,
  createIngress,
  createNamespace,
  createPriorityClass,
  createQuota,
  createServiceAccount,
} from './policies.ts';
import { createService } from './services.ts';
import { createToken } from './token.ts';
import { createCronJob, createDeployment, createJob } from './workloads.ts';

function checkFiles({ flags }: Invocation): void {
  const files = flags.list('filename');
  if (files.length === 0 && flags.text('kustomize') === '') fail('must specify one of -f and -k');
  if (flags.text('raw') === '') return;
  if (flags.toggle('edit')) fail('--raw and --edit are mutually exclusive');
  if (files.length !== 1) fail('--raw can only use a single local file or stdin');
  if (/^https?:\/\//.test(files[0] ?? '')) fail('--raw cannot read from a url');
  if (flags.toggle('recursive')) fail('--raw and --recursive are mutually exclusive');
  if (flags.text('selector') !== '') fail('--raw and --selector (-l) are mutually exclusive');
  if (flags.text('output') !== '') fail('--raw and --output are mutually exclusive');
}

function* create(invocation: Invocation): Step {
  const { flags, args, session, commandPath } = invocation;
  if (args.length > 0) throw usageFailure(commandPath, `Unexpected args: ${goSprint([...args])}`);
  const dryRun = dryRunOf(session, flags);
  const validation = validationOf(flags);
  const printer = outputPrinter(session, flags, { operation: operationFor('created', dryRun) });
  checkFiles(invocation);
  if (flags.text('raw') !== '')
    return yield* rawRequest(session, 'POST', flags.text('raw'), flags.list('filename')[0] ?? '');
  if (flags.toggle('edit')) return yield* editOnCreate(invocation);
  const query = {
    ...fileQuery(flags),
    ...namespaceQuery(invocation),
    labelSelector: flags.text('selector'),
    continueOnError: true,
    validation: validation.toLowerCase(),
  };
  const count = yield* forEachInfo(session, query, function* (info) {
    if (flags.toggle('save-config')) info.object = withLastApplied(objectOf(info), 'sorted');
    if (dryRun !== 'client') {
      const reply = session.api().send('POST', resourcePath(typeOf(info), info.namespace), {
        body: objectOf(info),
        query: writeParameters({ dryRun, fieldManager: flags.text('field-manager'), validation }),
      });
      if (!reply.ok) throw new Failure(withSource('creating', info.source, reply.problem));
      refresh(info, reply.object);
    }
    session.out(printer.print(objectOf(info)));
    return undefined;
  });
  if (count === 0) fail('no objects passed to create');
  return undefined;
}

export const createCommand: Command = {
  ...CREATE,
  long: `Create a resource from a file or from stdin.

 JSON and YAML formats are accepted.`,
  examples: [
    ['Create what a file describes', 'kubectl create -f pod.yaml'],
    ['Read the description from standard input', 'cat pod.json | kubectl create -f -'],
  ],
  subcommands: [
    createNamespace,
    createQuota,
    createSecret,
    createConfigMap,
    createServiceAccount,
    createService,
    createDeployment,
    createClusterRole,
    createClusterRoleBinding,
    createRole,
    createRoleBinding,
    createDisruptionBudget,
    createPriorityClass,
    createJob,
    createCronJob,
    createIngress,
    createToken,
  ],
  run: create,
};
