import type { ManifestFile } from '@podwire/lab';
import { isRecord, manifestsOf } from '../setup-manifests.ts';

/** More would fill the nodes' disks, and no lab needs them. */
const MAX_IMAGES = 32;

/** The images that manifests name anywhere, and these; each once. */
export function namedImages(files: readonly ManifestFile[], more: readonly string[] = []): readonly string[] {
  const found = new Set(more);
  const look = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(look);
    if (!isRecord(value)) return;
    for (const [key, inner] of Object.entries(value))
      if (key === 'image' && typeof inner === 'string') found.add(inner);
      else look(inner);
  };
  for (const file of files) {
    const read = manifestsOf(file);
    if (read.ok) read.manifests.forEach(look);
  }
  return [...found].slice(0, MAX_IMAGES);
}
