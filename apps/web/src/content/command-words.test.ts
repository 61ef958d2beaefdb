import { describe, expect, it } from 'vitest';
import { piecesOf } from './command-words.ts';

describe('piecesOf', () => {
  it.each([
    ['ss -tln', ['-tln']],
    ['kubectl exec a -c web -- curl -s http://localhost', ['-c', '-s']],
    ['kubectl expose pod web --port=80 --target-port 8080', ['--port', '--target-port']],
    ['kubectl get pod podwire-control-plane', []],
    ['cat - | tr a-z A-Z', []],
    ['', []],
  ])('%s: the options %j are not broken', (command, options) => {
    const pieces = piecesOf(command);
    expect(pieces.filter(({ whole }) => whole).map(({ text }) => text)).toEqual(options);
    expect(pieces.map(({ text }) => text).join('')).toBe(command);
  });
});
