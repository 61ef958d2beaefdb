import type { ServerEvent } from '@podwire/protocol';

/** An API object as the live topology gets it. */
export type ObjectView = ServerEvent<'topology:snapshot'>['objects'][number];

/** The live objects, by uid. */
export interface ObjectsState {
  readonly revision: number;
  readonly objects: ReadonlyMap<string, ObjectView>;
  /** A snapshot has come. */
  readonly known: boolean;
}

export const NO_OBJECTS: ObjectsState = { revision: 0, objects: new Map(), known: false };

export function withSnapshot(snapshot: ServerEvent<'topology:snapshot'>): ObjectsState {
  return {
    revision: snapshot.revision,
    objects: new Map(snapshot.objects.map((object) => [object.uid, object])),
    known: true,
  };
}

/** Changes that are older than what is known are left out: a snapshot may overtake them. */
export function withChanges(state: ObjectsState, message: ServerEvent<'topology:changes'>): ObjectsState {
  if (!state.known || message.revision <= state.revision) return state;
  const objects = new Map(state.objects);
  for (const change of message.changes) {
    if (change.type === 'DELETED') objects.delete(change.object.uid);
    else objects.set(change.object.uid, change.object);
  }
  return { revision: message.revision, objects, known: true };
}
