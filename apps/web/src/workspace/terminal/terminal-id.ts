import type { PlaceView } from '@podwire/protocol';

/** The protocol's most characters of a terminal's id, less room for a number. */
const MAX_STEM_CHARS = 36;

/** An id for one more terminal at this place: `toolbox`, `toolbox-2`, `node-podwire-worker`… */
export function terminalIdFor(place: PlaceView, taken: readonly string[]): string {
  const name =
    place.kind === 'pod'
      ? `pod-${place.namespace}-${place.name}`
      : place.kind === 'node'
        ? `node-${place.name}`
        : place.kind;
  const stem = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .slice(0, MAX_STEM_CHARS);
  if (!taken.includes(stem)) return stem;
  for (let number = 2; ; number++) {
    const id = `${stem}-${number}`;
    if (!taken.includes(id)) return id;
  }
}
