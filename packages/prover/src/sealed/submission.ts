import { firstDifference } from '@podwire/grader';
import { learnerObjects } from '../learner-objects.ts';
import type { Collection, Snapshot } from '../learner-objects.ts';
import { isManifest, isMap, keyOf, LAST_APPLIED, wanted } from '../manifest.ts';
import type { Manifest } from '../manifest.ts';

/** What a learner made of a lab: plain JSON, to be stored, and replayed where they have never been. */
export interface SealedSubmission {
  readonly made: readonly SubmittedObject[];
  readonly deleted: readonly SubmittedReference[];
  /** Of the home folder, by path. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

export interface SubmittedObject {
  readonly object: Manifest;
  readonly collection: Collection;
  /** It was part of the setup, and was changed. */
  readonly changed: boolean;
}

export interface SubmittedReference {
  readonly key: string;
  readonly object: Manifest;
  readonly collection: Collection;
}

/** Far above what any lab asks for; what is more is no solution. */
const MAX_OBJECTS = 200;
const MAX_OBJECT_CHARS = 262_144;

/** The difference between a cluster as the lab set it up and as the learner left it. */
export function submissionOf(
  start: Snapshot,
  now: Snapshot,
  files: SealedSubmission['files'] = [],
): SealedSubmission | { readonly unreadable: string } {
  const made = learnerObjects(start, now)
    // What is on its way out is as good as gone, whatever finalizer holds it.
    .filter(({ object }) => object.metadata['deletionTimestamp'] === undefined)
    .map(({ object, collection, before }) => ({
      object: normalised(object),
      collection,
      changed: before !== undefined,
    }));
  if (made.length > MAX_OBJECTS) return { unreadable: `There are more than ${MAX_OBJECTS} new objects.` };
  const giant = made.find(({ object }) => JSON.stringify(object).length > MAX_OBJECT_CHARS);
  if (giant !== undefined)
    return { unreadable: `${keyOf(giant.object)} is larger than ${MAX_OBJECT_CHARS} characters.` };
  const deleted = [...start]
    .filter(([key]) => {
      const left = now.get(key);
      return left === undefined || left.object.metadata['deletionTimestamp'] !== undefined;
    })
    .map(([key, { object, collection }]) => ({ key, object, collection }));
  return { made, deleted, files };
}

/** What `kubectl apply` noted, as long as the object still says so; else the object itself, without what its cluster gave it. */
function normalised(object: Manifest): Manifest {
  const noted = notedIn(object);
  const asked =
    noted !== undefined && firstDifference(noted, object) === undefined ? noted : unallocated(wanted(object));
  const { finalizers: _finalizers, ownerReferences: _owners, ...metadata } = asked.metadata;
  return { ...asked, metadata: { ...metadata, name: asked.metadata.name } };
}

function notedIn(object: Manifest): Manifest | undefined {
  const noted = object.metadata.annotations?.[LAST_APPLIED];
  if (noted === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(noted);
    if (!isManifest(parsed)) return undefined;
    const manifest = wanted(parsed);
    // The note is the learner's to write: it may only say less of this very object.
    return keyOf(manifest) === keyOf(object) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** Without addresses and places, which another cluster gives anew. Ports are kept: they may have been asked for. */
function unallocated(manifest: Manifest): Manifest {
  const { spec } = manifest;
  if (!isMap(spec)) return manifest;
  const drop = (keys: readonly string[]): Manifest => ({
    ...manifest,
    spec: Object.fromEntries(Object.entries(spec).filter(([key]) => !keys.includes(key))),
  });
  if (manifest.kind === 'Pod') return drop(['nodeName']);
  if (manifest.kind !== 'Service') return manifest;
  const given = ['clusterIPs', 'ipFamilies', 'healthCheckNodePort'];
  return drop(spec['clusterIP'] === 'None' ? given : [...given, 'clusterIP']);
}
