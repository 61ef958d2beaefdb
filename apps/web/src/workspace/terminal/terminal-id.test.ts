import { describe, expect, it } from 'vitest';
import { terminalIdFor } from './terminal-id.ts';

describe('terminalIdFor', () => {
  it('names the place', () => {
    expect(terminalIdFor({ kind: 'toolbox' }, [])).toBe('toolbox');
    expect(terminalIdFor({ kind: 'node', name: 'podwire-worker' }, [])).toBe('node-podwire-worker');
  });
  it('numbers further terminals of the same place', () => {
    expect(terminalIdFor({ kind: 'toolbox' }, ['toolbox', 'toolbox-2'])).toBe('toolbox-3');
  });
  it('keeps to the characters and the length of the protocol', () => {
    const id = terminalIdFor({ kind: 'pod', namespace: 'a'.repeat(63), name: 'Web_1.x' }, [
      'pod-' + 'a'.repeat(32),
    ]);
    expect(id).toMatch(/^[a-z0-9-]{1,40}$/);
  });
});
