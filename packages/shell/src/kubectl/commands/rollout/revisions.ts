import { resourcePath } from '../../api/discovery.ts';
import { fail, messageOf } from '../../failure.ts';
import { mergeRulesOf } from '../../patching/merge-keys.ts';
import { strategicPatch } from '../../patching/apply-patch.ts';
import { typeOf } from '../../resources/info.ts';
import type { ResourceInfo } from '../../resources/info.ts';
import { selectorText } from '../../resources/pods.ts';
import type { Session } from '../../session.ts';
import { flagAt, numberAt, objectAt, objectsAt, textAt } from '../../values/json.ts';
import type { JsonObject } from '../../values/json.ts';
import { CHANGE_CAUSE } from '../change-cause.ts';

export const REVISION = 'deployment.kubernetes.io/revision';

/** One state that a workload has been in. */
export interface Revision {
  readonly number: number;
  readonly cause: string;
  readonly template: JsonObject | undefined;
  /** The object as it was: a ReplicaSet, or the set with its old template. */
  readonly object: JsonObject;
  /** The ReplicaSet or ControllerRevision that remembers it. */
  readonly record: JsonObject;
}

export function isOwnedBy(object: JsonObject, uid: string): boolean {
  return objectsAt(object, 'metadata', 'ownerReferences').some(
    (owner) => flagAt(owner, 'controller') === true && textAt(owner, 'uid') === uid,
  );
}

const RETRIEVED: ReadonlyMap<string, string> = new Map([
  ['Deployment', 'failed to retrieve deployment'],
  ['DaemonSet', 'failed to retrieve DaemonSet'],
  ['StatefulSet', 'failed to retrieve Statefulset'],
]);

/** Everything that a Deployment, DaemonSet or StatefulSet remembers, oldest first; the live object besides. */
export function revisionsOf(
  session: Session,
  info: ResourceInfo,
  whatFor: string,
): { readonly live: JsonObject; readonly revisions: readonly Revision[] } {
  const type = typeOf(info);
  const failed = RETRIEVED.get(type.kind);
  if (type.group !== 'apps' || failed === undefined)
    return fail(
      `${whatFor} has been implemented for ${whatFor.startsWith('no history') ? `"${kindName(info)}"` : `{${type.group} ${type.kind}}`}`,
    );
  const reply = session.api().send('GET', resourcePath(type, info.namespace, info.name));
  if (!reply.ok) return fail(`${failed} ${info.name}: ${messageOf(reply.problem)}`);
  const live = reply.object;
  const kind = type.kind === 'Deployment' ? 'ReplicaSet' : 'ControllerRevision';
  const records = session.discovery().forKind(kind, 'apps/v1');
  if (records === undefined) return { live, revisions: [] };
  const list = session.api().call('GET', resourcePath(records, info.namespace), {
    query: [['labelSelector', selectorText(objectAt(live, 'spec', 'selector'))]],
  });
  const uid = textAt(live, 'metadata', 'uid');
  const owned = objectsAt(list, 'items').filter((record) => isOwnedBy(record, uid));
  const revisions = owned.flatMap((record): Revision[] => {
    const cause = textAt(record, 'metadata', 'annotations', CHANGE_CAUSE);
    if (kind === 'ReplicaSet') {
      const number = Number(textAt(record, 'metadata', 'annotations', REVISION));
      const object = { kind: 'ReplicaSet', apiVersion: 'apps/v1', ...record };
      return number > 0
        ? [{ number, cause, template: objectAt(record, 'spec', 'template'), object, record }]
        : [];
    }
    const data = objectAt(record, 'data') ?? {};
    const object = strategicPatch(live, data, mergeRulesOf('apps/v1', type.kind) ?? {});
    const number = numberAt(record, 'revision') ?? 0;
    return [{ number, cause, template: objectAt(object, 'spec', 'template'), object, record }];
  });
  return { live, revisions: revisions.sort((a, b) => a.number - b.number) };
}

export function kindName(info: ResourceInfo): string {
  const { group, kind } = typeOf(info);
  return group === '' ? kind : `${kind}.${group}`;
}
