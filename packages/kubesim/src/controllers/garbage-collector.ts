import type { OwnerReference } from 'kubernetes-types/meta/v1';
import type { Kind } from '../api/client.ts';
import { isTerminating, nameOf, namespaceOf, uidOf } from '../runtime/objects.ts';
import type { AnyObject } from '../runtime/objects.ts';
import { DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext, ReconcileResult } from './contract.ts';

/** Kinds that own, or are owned. Events are neither. */
const KINDS: readonly Kind[] = [
  'Pod',
  'ReplicaSet',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'Service',
  'Endpoints',
  'EndpointSlice',
  'ConfigMap',
  'Secret',
  'ServiceAccount',
  'Node',
  'Lease',
  'Ingress',
  'IngressClass',
  'NetworkPolicy',
  'Namespace',
];
const CLUSTER_SCOPED: ReadonlySet<string> = new Set(['Node', 'Namespace', 'IngressClass']);
const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/**
 * Deletes what belongs to objects that are gone (background), holds a parent until what blocks it is
 * gone (foreground), or cuts the children loose (orphan). Keys are `Kind|namespace|name`.
 */
export function garbageCollector(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'garbage-collector-controller',
    watches: KINDS,
    keysOf(change) {
      const keys: string[] = [];
      const { object } = change;
      if (change.type !== 'DELETED') {
        if (needsLook(object)) keys.push(keyFor(change.kind, object));
      } else {
        for (const [kind, child] of dependents(context, object)) keys.push(keyFor(kind, child));
        // A parent that waits in the foreground may have waited for this one.
        for (const owner of object.metadata?.ownerReferences ?? [])
          keys.push(
            `${owner.kind}|${CLUSTER_SCOPED.has(owner.kind) ? '' : namespaceOf(object)}|${owner.name}`,
          );
      }
      return keys;
    },
    allKeys: () =>
      KINDS.flatMap((kind) =>
        client
          .list(kind)
          .filter(needsLook)
          .map((object) => keyFor(kind, object)),
      ),
    reconcile(key) {
      const [kind = '', namespace = '', name = ''] = key.split('|');
      if (!(KINDS as readonly string[]).includes(kind)) return DONE;
      return collect(context, kind as Kind, namespace === '' ? undefined : namespace, name);
    },
  };
}

function needsLook(object: AnyObject): boolean {
  return (object.metadata?.ownerReferences?.length ?? 0) > 0 || isTerminating(object);
}

function keyFor(kind: Kind, object: AnyObject): string {
  return `${kind}|${namespaceOf(object)}|${nameOf(object)}`;
}

function dependents(context: ControllerContext, owner: AnyObject): readonly (readonly [Kind, AnyObject])[] {
  const uid = uidOf(owner);
  const namespace = namespaceOf(owner);
  const found: (readonly [Kind, AnyObject])[] = [];
  for (const kind of KINDS) {
    const options = namespace === '' || CLUSTER_SCOPED.has(kind) ? {} : { namespace };
    for (const object of context.client.list(kind, options)) {
      if (object.metadata?.ownerReferences?.some((reference) => reference.uid === uid) === true)
        found.push([kind, object]);
    }
  }
  return found;
}

function collect(
  context: ControllerContext,
  kind: Kind,
  namespace: string | undefined,
  name: string,
): ReconcileResult {
  const { client } = context;
  const object: AnyObject | undefined = client.get(kind, namespace, name);
  if (object === undefined) return DONE;
  if (isTerminating(object)) {
    const finalizers = object.metadata?.finalizers ?? [];
    if (finalizers.includes(ORPHAN)) return orphan(context, kind, object);
    if (finalizers.includes(FOREGROUND)) return foreground(context, kind, object);
    return DONE;
  }
  const owners = object.metadata?.ownerReferences ?? [];
  if (owners.length === 0) return DONE;
  const states = owners.map((owner) => ({ owner, state: ownerState(context, owner, namespace) }));
  const solid = states.filter(({ state }) => state === 'solid');
  if (solid.length > 0) {
    // Some owners remain: only the references to those that are gone are taken away.
    if (solid.length === owners.length) return DONE;
    return writeOwners(
      context,
      kind,
      object,
      solid.map(({ owner }) => owner),
    );
  }
  const waiting = states.some(({ state }) => state === 'waiting');
  const result = client.delete(kind, namespace, name, {
    uid: uidOf(object),
    propagationPolicy: waiting ? 'Foreground' : 'Background',
  });
  return result.ok || result.status.code === 404 || result.status.code === 409 ? DONE : RETRY;
}

type OwnerState = 'solid' | 'gone' | 'waiting';

function ownerState(
  context: ControllerContext,
  reference: OwnerReference,
  namespace: string | undefined,
): OwnerState {
  if (!(KINDS as readonly string[]).includes(reference.kind)) return 'solid';
  const kind = reference.kind as Kind;
  const owner: AnyObject | undefined = context.client.get(
    kind,
    CLUSTER_SCOPED.has(kind) ? undefined : namespace,
    reference.name,
  );
  if (owner === undefined || uidOf(owner) !== reference.uid) return 'gone';
  return isTerminating(owner) && owner.metadata?.finalizers?.includes(FOREGROUND) === true
    ? 'waiting'
    : 'solid';
}

function orphan(context: ControllerContext, kind: Kind, owner: AnyObject): ReconcileResult {
  let failed = false;
  for (const [childKind, child] of dependents(context, owner)) {
    const kept = (child.metadata?.ownerReferences ?? []).filter(
      (reference) => reference.uid !== uidOf(owner),
    );
    if (writeOwners(context, childKind, child, kept).kind === 'retry') failed = true;
  }
  return failed ? RETRY : removeFinalizer(context, kind, owner, ORPHAN);
}

function foreground(context: ControllerContext, kind: Kind, owner: AnyObject): ReconcileResult {
  let blocked = false;
  for (const [childKind, child] of dependents(context, owner)) {
    const reference = child.metadata?.ownerReferences?.find((item) => item.uid === uidOf(owner));
    if (reference?.blockOwnerDeletion === true) blocked = true;
    if (isTerminating(child)) continue;
    context.client.delete(childKind, child.metadata?.namespace, nameOf(child), {
      uid: uidOf(child),
      propagationPolicy: 'Foreground',
    });
  }
  return blocked ? DONE : removeFinalizer(context, kind, owner, FOREGROUND);
}

function writeOwners(
  context: ControllerContext,
  kind: Kind,
  object: AnyObject,
  owners: readonly OwnerReference[],
): ReconcileResult {
  const { ownerReferences: _replaced, ...metadata } = object.metadata ?? {};
  const changed = {
    ...object,
    metadata: { ...metadata, ...(owners.length === 0 ? {} : { ownerReferences: [...owners] }) },
  };
  const result = context.client.update(kind, changed as never);
  return result.ok || result.status.code === 404 ? DONE : RETRY;
}

function removeFinalizer(
  context: ControllerContext,
  kind: Kind,
  object: AnyObject,
  finalizer: string,
): ReconcileResult {
  const { finalizers = [], ...metadata } = object.metadata ?? {};
  const kept = finalizers.filter((item) => item !== finalizer);
  const changed = {
    ...object,
    metadata: { ...metadata, ...(kept.length === 0 ? {} : { finalizers: kept }) },
  };
  const result = context.client.update(kind, changed as never);
  return result.ok || result.status.code === 404 ? DONE : RETRY;
}
