import { createCluster, defaultConfig } from '@podwire/kubesim';
import type { SimulatedCluster } from '@podwire/kubesim';
import { beforeAll, describe, expect, test } from 'vitest';
import { programs } from '../../programs.ts';
import { ask, createPods, run as runAt } from '../../testing/on-cluster.ts';
import type { Ran } from '../../testing/on-cluster.ts';

const START_MS = Date.UTC(2026, 0, 1);

let cluster: SimulatedCluster;

function run(pod: string, argv: readonly string[], stdin = ''): Ran {
  return runAt(cluster, { kind: 'pod', namespace: 'default', name: pod }, argv, stdin);
}

beforeAll(() => {
  cluster = createCluster({ config: defaultConfig({ seed: 3, startMs: START_MS }), programs });
  cluster.settle(60_000);
  createPods(cluster, {
    cache: { image: 'redis:8-alpine' },
    db: { image: 'postgres:18', env: [{ name: 'POSTGRES_PASSWORD', value: 'secret' }] },
    'open-ended': { image: 'postgres' },
  });
  for (const [name, port] of [
    ['cache', 6379],
    ['db', 5432],
    ['gone', 5432],
  ] as const)
    ask(cluster, 'POST', '/api/v1/namespaces/default/services', {
      metadata: { name },
      spec: { selector: { app: name }, ports: [{ port }] },
    });
  cluster.settle(60_000);
});

describe('redis-cli', () => {
  test('asks once, from its own pod and through a Service', () => {
    expect(run('cache', ['redis-cli', 'ping'])).toEqual({ out: 'PONG\n', err: '', code: 0 });
    expect(run('cache', ['redis-cli', '-h', 'cache', 'SET', 'greeting', 'hello world']).out).toBe('OK\n');
    expect(run('cache', ['redis-cli', '--no-raw', 'GET', 'greeting']).out).toBe('"hello world"\n');
    expect(run('cache', ['redis-cli', 'GET', 'greeting']).out).toBe('hello world\n');
    expect(run('cache', ['redis-cli', '--no-raw', 'GET', 'nothing']).out).toBe('(nil)\n');
  });

  test('reads commands from standard input, and shows lists and errors', () => {
    const script = 'MSET a 1 b 2\nMGET a b c\nINCR a\nKEYS "?"\nLPUSH list x\n';
    expect(run('cache', ['redis-cli', '--no-raw'], script).out).toBe(
      'OK\n1) "1"\n2) "2"\n3) (nil)\n(integer) 2\n1) "a"\n2) "b"\n' +
        "(error) ERR unknown command 'LPUSH', with args beginning with: 'list' 'x' \n",
    );
  });

  test('says why it cannot connect', () => {
    expect(run('cache', ['redis-cli', '-p', '1', 'ping'])).toMatchObject({
      err: 'Could not connect to Redis at 127.0.0.1:1: Connection refused\n',
      code: 1,
    });
    expect(run('cache', ['redis-cli', '-h', 'nobody', 'ping']).err).toBe(
      'Could not connect to Redis at nobody:6379: Name or service not known\n',
    );
  });
});

describe('psql', () => {
  test('trusts its own pod, and asks others for the password', () => {
    expect(run('db', ['psql', '-U', 'postgres', '-tAc', 'select 1+1']).out).toBe('2\n');
    const elsewhere = [
      'sh',
      '-c',
      'PGPASSWORD=secret psql -h db -U postgres -c "select current_user, 1 as one"',
    ];
    expect(run('db', elsewhere).out).toBe(
      ' current_user | one \n--------------+-----\n postgres     |   1\n(1 row)\n\n',
    );
    const wrong = run('db', ['sh', '-c', 'PGPASSWORD=wrong psql -h db -U postgres -c "select 1"']);
    expect(wrong.err).toMatch(
      /^psql: error: connection to server at "db" \(10\.244\.\d+\.\d+\), port 5432 failed: FATAL: {2}password authentication failed for user "postgres"\n$/,
    );
    expect(wrong.code).toBe(2);
  });

  test('says why it cannot connect, and what the server does not know', () => {
    expect(run('db', ['psql', '-h', 'gone', '-U', 'postgres']).err).toMatch(
      /^psql: error: connection to server at "gone" \(.+\), port 5432 failed: Connection refused\n\tIs the server running on that host and accepting TCP\/IP connections\?\n$/,
    );
    expect(run('db', ['psql', '-h', 'nobody']).err).toBe(
      'psql: error: could not translate host name "nobody" to address: Name or service not known\n',
    );
    expect(run('db', ['psql', '-U', 'postgres', '-c', 'create table t (a int)'])).toMatchObject({
      err: 'ERROR:  CREATE is not part of this simulation: its server answers SELECT, and keeps no tables\n',
      code: 1,
    });
  });

  test('pg_isready tells by its exit code', () => {
    expect(run('db', ['pg_isready', '-h', 'db'])).toMatchObject({
      out: 'db:5432 - accepting connections\n',
      code: 0,
    });
    expect(run('db', ['pg_isready', '-h', 'gone'])).toMatchObject({
      out: 'gone:5432 - no response\n',
      code: 2,
    });
  });

  test('a server without a password does not start', () => {
    expect(ask(cluster, 'GET', '/api/v1/namespaces/default/pods/open-ended/log')).toContain(
      'Error: Database is uninitialized and superuser password is not specified.',
    );
  });
});
