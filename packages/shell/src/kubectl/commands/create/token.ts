import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { fail, messageOf } from '../../failure.ts';
import { outputPrinter } from '../../printers/printer.ts';
import { CREATE_TOKEN } from '../../surface/create.ts';
import { textAt } from '../../values/json.ts';
import { compact, nameArgument } from './generate.ts';

const BOUND_KINDS: ReadonlyMap<string, string> = new Map([
  ['Node', 'v1'],
  ['Pod', 'v1'],
  ['Secret', 'v1'],
]);

function* run(invocation: Invocation): Step {
  const { flags, session } = invocation;
  const name = nameArgument(invocation);
  const printer = outputPrinter(session, flags, { operation: '', typed: true });
  const durationMs = flags.durationMs('duration');
  if (name === '') fail('service account name is required');
  if (durationMs < 0) fail('--duration must be greater than or equal to 0');
  if (durationMs % 1000 !== 0) fail('--duration cannot be expressed in units less than seconds');
  const audiences = flags.list('audience');
  if (audiences.includes('')) fail('--audience must not be an empty string');
  const kind = flags.text('bound-object-kind');
  const boundName = flags.text('bound-object-name');
  const uid = flags.text('bound-object-uid');
  if (kind === '') {
    if (boundName !== '') fail('--bound-object-name can only be set if --bound-object-kind is provided');
    if (uid !== '') fail('--bound-object-uid can only be set if --bound-object-kind is provided');
  } else {
    if (!BOUND_KINDS.has(kind))
      fail(`supported --bound-object-kind values are ${[...BOUND_KINDS.keys()].join(', ')}`);
    if (boundName === '') fail('--bound-object-name is required if --bound-object-kind is provided');
  }
  const body = {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {},
    spec: compact({
      audiences: audiences.length > 0 ? [...audiences] : null,
      expirationSeconds: durationMs > 0 ? durationMs / 1000 : undefined,
      boundObjectRef:
        kind === ''
          ? undefined
          : compact({
              kind,
              apiVersion: BOUND_KINDS.get(kind),
              name: boundName,
              uid: uid === '' ? undefined : uid,
            }),
    }),
    status: { token: '', expirationTimestamp: null },
  };
  const reply = session
    .api()
    .send('POST', `/api/v1/namespaces/${session.namespace()}/serviceaccounts/${name}/token`, { body });
  if (!reply.ok) return fail(`failed to create token: ${messageOf(reply.problem)}`);
  const token = textAt(reply.object, 'status', 'token');
  if (token === '') fail('failed to create token: no token in server response');
  if (flags.text('output') !== '') session.out(printer.print(reply.object));
  else session.out(session.process.stdout.isTty ? `${token}\n` : token);
  return undefined;
}

export const createToken: Command = {
  ...CREATE_TOKEN,
  examples: [['A token for the service account web', 'kubectl create token web']],
  run,
};
