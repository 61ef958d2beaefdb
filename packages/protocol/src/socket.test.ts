import { describe, expect, it } from 'vitest';
import { belongsToOrchestrator } from './socket.ts';

describe('the paths of one origin', () => {
  it.each([
    ['/api', true],
    ['/api/me', true],
    ['/socket.io/', true],
    ['/apis', false],
    ['/learn/api', false],
    ['/', false],
  ])('%s belongs to the orchestrator: %s', (path, expected) => {
    expect(belongsToOrchestrator(path)).toBe(expected);
  });
});
