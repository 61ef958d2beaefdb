import { describe, expect, it } from 'vitest';
import { contentHash } from './name-hash.ts';

describe('hashes in generated names', () => {
  it.each([
    ['dfgdh95h6h', { kind: 'ConfigMap', data: { mode: 'fast', 'page.html': '<h1>hi</h1>\n' } }],
    ['k695gkmbtk', { kind: 'Secret', data: { a: 'Yg==' }, type: 'Opaque' }],
  ])('are those of kustomize: %s', (hash, object) => {
    expect(contentHash({ ...object, metadata: { name: 'web' } })).toBe(hash);
    // Prefixes change no hash.
    expect(contentHash({ ...object, metadata: { name: 'test-web' } })).toBe(hash);
  });
});
