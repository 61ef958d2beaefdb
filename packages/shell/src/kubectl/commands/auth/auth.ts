import type { ResourceType } from '../../api/discovery.ts';
import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { Failure, fail, isNotFound, reasonOf } from '../../failure.ts';
import { outputPrinter } from '../../printers/printer.ts';
import { TABLE_LAYOUT, alignTabs } from '../../printers/tab-writer.ts';
import type { Session } from '../../session.ts';
import { AUTH, AUTH_CAN_I, AUTH_RECONCILE, AUTH_WHOAMI } from '../../surface/debugging.ts';
import { compareText, flagAt, objectAt, textAt, textsAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { accessTable } from './access-table.ts';

const RESOURCE_VERBS = new Set([
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'use',
  'bind',
  'impersonate',
  '*',
  'approve',
  'sign',
  'escalate',
  'attest',
]);
const URL_VERBS = new Set(['get', 'put', 'post', 'head', 'options', 'delete', 'patch', '*']);
/** Words that RBAC knows although no API serves them. */
const UNSERVED = new Set(['users', 'groups']);

interface Target {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly type: ResourceType | undefined;
}

function targetOf(session: Session, word: string): Target {
  if (word === '*') return { group: '', version: '', resource: word, type: undefined };
  const lower = word.toLowerCase();
  const type = session.discovery().find(lower);
  if (type !== undefined) return { group: type.group, version: type.version, resource: type.resource, type };
  const [resource = '', ...rest] = lower.split('.');
  const group = rest.join('.');
  if (!UNSERVED.has(lower))
    session.warning(
      group === ''
        ? `the server doesn't have a resource type '${resource}'\n`
        : `the server doesn't have a resource type '${resource}' in group '${group}'\n`,
    );
  return { group: '', version: '', resource: word, type: undefined };
}

function* canI({ flags, args, session }: Invocation): Step {
  const everywhere = flags.toggle('all-namespaces');
  const subresource = flags.text('subresource');
  if (flags.toggle('list')) {
    if (args.length > 0) fail('list option must be specified with no arguments');
    const namespace = everywhere ? '' : session.namespace();
    if (flags.toggle('quiet') || everywhere || subresource !== '')
      fail("list option can't be specified with neither quiet, all-namespaces nor subresource options");
    listAccess(session, namespace, flags.toggle('no-headers'));
    return undefined;
  }
  const [verb = '', what = ''] = args;
  if (args.length !== 2)
    fail(
      "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
    );
  const isUrl = what.startsWith('/');
  const slash = what.indexOf('/');
  const target = isUrl ? undefined : targetOf(session, slash < 0 ? what : what.slice(0, slash));
  const name = slash < 0 ? '' : what.slice(slash + 1);
  const namespace = everywhere ? '' : session.namespace();
  if (target === undefined) {
    if (subresource !== '') fail('--subresource can not be used with NonResourceURL');
    if (!URL_VERBS.has(verb)) session.warning(`verb '${verb}' is not a known verb\n`);
  } else if (!everywhere) {
    if (target.type?.namespaced === false)
      session.warning(
        target.group === ''
          ? `resource '${target.resource}' is not namespace scoped\n`
          : `resource '${target.resource}' is not namespace scoped in group '${target.group}'\n`,
      );
    if (!RESOURCE_VERBS.has(verb)) session.warning(`verb '${verb}' is not a known verb\n`);
  }
  if (flags.toggle('no-headers')) fail('--no-headers cannot be set without --list specified');
  const answer = session.api().call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    body: {
      kind: 'SelfSubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: {},
      spec:
        target === undefined
          ? { nonResourceAttributes: { path: what, verb } }
          : {
              resourceAttributes: {
                ...(namespace === '' ? {} : { namespace }),
                verb,
                ...(target.group === '' ? {} : { group: target.group }),
                resource: target.resource,
                ...(subresource === '' ? {} : { subresource }),
                ...(name === '' ? {} : { name }),
              },
            },
      status: { allowed: false },
    },
  });
  const allowed = flagAt(answer, 'status', 'allowed') === true;
  const reasons = [textAt(answer, 'status', 'reason'), textAt(answer, 'status', 'evaluationError')]
    .filter((reason) => reason !== '')
    .map((reason) => ` - ${reason}`);
  if (!flags.toggle('quiet')) session.out(allowed ? 'yes\n' : `no${reasons.join('')}\n`);
  if (!allowed) throw new Failure({ kind: 'exit', code: 1, text: '' });
  return undefined;
}

function listAccess(session: Session, namespace: string, noHeaders: boolean): void {
  const answer = session.api().call('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
    body: {
      kind: 'SelfSubjectRulesReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: {},
      spec: { namespace },
      status: { resourceRules: null, nonResourceRules: null, incomplete: false },
    },
  });
  if (flagAt(answer, 'status', 'incomplete') === true)
    session.warning(`the list may be incomplete: ${textAt(answer, 'status', 'evaluationError')}`);
  session.out(accessTable(objectAt(answer, 'status') ?? {}, noHeaders));
}

function* whoami({ flags, session }: Invocation): Step {
  const printer = flags.text('output') === '' ? undefined : outputPrinter(session, flags, { operation: '' });
  const reply = session.api().send('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    body: {
      kind: 'SelfSubjectReview',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: {},
      status: { userInfo: {} },
    },
  });
  if (!reply.ok) {
    if (reasonOf(reply.problem) === 'Forbidden')
      fail(
        'the selfsubjectreviews API is not enabled in the cluster or you do not have permission to call it',
      );
    if (isNotFound(reply.problem))
      fail(
        'the selfsubjectreviews API is not enabled in the cluster\nenable APISelfSubjectReview feature gate and authentication.k8s.io/v1alpha1 or authentication.k8s.io/v1beta1 API',
      );
    throw new Failure(reply.problem);
  }
  session.out(printer === undefined ? userTable(reply.object) : printer.print(reply.object));
  return undefined;
}

function userTable(review: JsonObject): string {
  const user = objectAt(review, 'status', 'userInfo') ?? {};
  const rows: [string, string][] = [['ATTRIBUTE', 'VALUE']];
  if (textAt(user, 'username') !== '') rows.push(['Username', textAt(user, 'username')]);
  if (textAt(user, 'uid') !== '') rows.push(['UID', textAt(user, 'uid')]);
  const groups = textsAt(user, 'groups');
  if (groups.length > 0) rows.push(['Groups', `[${groups.join(' ')}]`]);
  const extra = objectAt(user, 'extra') ?? {};
  for (const key of Object.keys(extra).sort(compareText))
    rows.push([`Extra: ${key}`, `[${textsAt(extra, key).join(' ')}]`]);
  return alignTabs(rows.map((row) => `${row.join('\t')}\n`).join(''), TABLE_LAYOUT);
}

function* reconcile(): Step {
  return fail('auth reconcile is not available in this simulation: use kubectl apply');
}

export const authCommand: Command = {
  ...AUTH,
  long: 'Inspect authorization.',
  group: 'stderr',
  subcommands: [
    {
      ...AUTH_CAN_I,
      long: `Check whether an action is allowed.

 VERB is a logical Kubernetes API verb like 'get', 'list', 'watch', 'delete', etc. TYPE is a Kubernetes resource. Shortcuts and groups will be resolved. NONRESOURCEURL is a partial URL that starts with "/". NAME is the name of a particular Kubernetes resource. With --as you ask for somebody else.`,
      examples: [
        ['May you create pods?', 'kubectl auth can-i create pods'],
        [
          'May a service account list them?',
          'kubectl auth can-i list pods --as=system:serviceaccount:shop:reader',
        ],
        ['May you read logs?', 'kubectl auth can-i get pods --subresource=log'],
        ['All that you may do', 'kubectl auth can-i --list'],
      ],
      run: canI,
    },
    {
      ...AUTH_RECONCILE,
      long: 'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects. This simulation does not offer it.',
      run: reconcile,
    },
    {
      ...AUTH_WHOAMI,
      long: `Experimental: Check who you are and your attributes (groups, extra).`,
      examples: [['Who you are to the API server', 'kubectl auth whoami']],
      run: whoami,
    },
  ],
};
