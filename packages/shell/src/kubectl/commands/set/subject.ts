import type { Command, Invocation } from '../../command/command.ts';
import type { Step } from '../../command/step.ts';
import { fail } from '../../failure.ts';
import { objectOf } from '../../resources/info.ts';
import { SET_SUBJECT } from '../../surface/set.ts';
import { compareText, objectsAt, sameJson, textAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { dryRunOf } from '../dry-run.ts';
import { mutateAll, objectName } from '../mutate.ts';
import { targets } from './targets.ts';

const GROUP = 'rbac.authorization.k8s.io';

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].sort(compareText);

function* run(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  const dryRun = dryRunOf(session, flags);
  const infos = yield* targets(invocation, args);
  if (flags.toggle('local') && dryRun === 'server')
    fail('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  if (flags.toggle('all') && flags.text('selector') !== '')
    fail('cannot set --all and --selector at the same time');
  const users = flags.list('user');
  const groups = flags.list('group');
  const accounts = flags.list('serviceaccount');
  if (users.length + groups.length + accounts.length === 0)
    fail('you must specify at least one value of user, group or serviceaccount');
  for (const account of accounts) {
    const parts = account.split(':');
    if (parts.length !== 2 || parts[1] === '') fail('serviceaccount must be <namespace>:<name>');
    if (parts[0] === '' && infos.some((info) => textAt(info.object, 'kind') === 'ClusterRoleBinding'))
      fail('serviceaccount must be <namespace>:<name>, namespace must be specified');
  }
  const subjects: readonly JsonObject[] = [
    ...unique(users).map((name) => ({ apiGroup: GROUP, kind: 'User', name })),
    ...unique(groups).map((name) => ({ apiGroup: GROUP, kind: 'Group', name })),
    ...unique(accounts).map((account) => {
      const [namespace = '', name = ''] = account.split(':');
      return { kind: 'ServiceAccount', name, namespace: namespace === '' ? session.namespace() : namespace };
    }),
  ];
  for (const info of infos) objectOf(info);
  mutateAll(invocation, infos, dryRun, {
    operation: 'subjects updated',
    change: (object) => {
      const kind = textAt(object, 'kind');
      if (kind !== 'RoleBinding' && kind !== 'ClusterRoleBinding')
        fail('setting subjects is only supported for RoleBinding/ClusterRoleBinding');
      const existing = objectsAt(object, 'subjects');
      const added = subjects.filter((subject) => !existing.some((each) => sameJson(each, subject)));
      if (added.length === 0) return undefined;
      object['subjects'] = [...existing, ...added];
      return object;
    },
    unchangeable: (info, message) => `error: ${objectName(info)} ${message}\n`,
    refused: (message) => `failed to patch subjects to rolebinding: ${message}`,
  });
  return undefined;
}

export const subjectCommand: Command = {
  ...SET_SUBJECT,
  long: 'Update the user, group, or service account in a role binding or cluster role binding.',
  examples: [
    [
      'Give a role to a service account',
      'kubectl set subject rolebinding viewers --serviceaccount=shop:reader',
    ],
    ['Give it to two users', 'kubectl set subject clusterrolebinding admins --user=ada --user=bob'],
  ],
  run,
};
