import { expect, test } from 'vitest';
import { readServerFlags } from './postgres-flags.ts';

test.each([
  [['postgres'], undefined],
  [['postgres', '-p', '5433'], 5433],
  [['-p5433'], 5433],
  [['postgres', '-c', 'port=6000'], 6000],
  [['postgres', '--port=6001'], 6001],
])('%j chooses the port', (words, port) => {
  expect(readServerFlags(['docker-entrypoint.sh', ...words])).toEqual({ ok: true, port });
});

test.each([
  [
    ['-c', 'max_connections=200'],
    'postgres: the setting "max_connections" is not part of this simulation; leave it out\n',
  ],
  [
    ['--shared-buffers=1GB'],
    'postgres: the setting "shared_buffers" is not part of this simulation; leave it out\n',
  ],
  [['-D', '/data'], 'postgres: "-D" is not part of this simulation; -p is\n'],
  [['-p'], "postgres: option requires an argument -- 'p'\n"],
  [['-p', '0'], 'FATAL:  0 is outside the valid range for parameter "port" (1 .. 65535)\n'],
  [['-p', 'x'], 'FATAL:  invalid value for parameter "port": "x"\n'],
])('API10: %j is refused, not ignored', (words, message) => {
  expect(readServerFlags(['docker-entrypoint.sh', 'postgres', ...words])).toEqual({ ok: false, message });
});
