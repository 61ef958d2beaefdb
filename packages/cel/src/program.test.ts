import { describe, expect, it } from 'vitest';
import { celProblem, celProgram } from './program.ts';

const DEPLOYMENT = {
  metadata: { name: 'web', labels: { app: 'web', 'app.kubernetes.io/part-of': 'shop' } },
  spec: { replicas: 3, template: { spec: { containers: [{ image: 'nginx:1.27' }, { image: 'redis:7' }] } } },
};

describe('CEL', () => {
  it.each([
    ['object.spec.replicas >= 2', 'holds'],
    ['self.spec.replicas == 3', 'holds'],
    ['object.spec.replicas % 2 == 0', 'does-not-hold'],
    ['has(object.spec.paused)', 'does-not-hold'],
    ["object.spec.template.spec.containers.all(c, !c.image.endsWith(':latest'))", 'holds'],
    ["object.spec.template.spec.containers.exists(c, c.image.startsWith('redis'))", 'holds'],
    ["object.metadata.labels['app.kubernetes.io/part-of'] == 'shop'", 'holds'],
    ["object.metadata.name.split('').size() == 3", 'holds'],
    ['object.spec.paused', 'error'],
    ['object.spec.replicas', 'error'],
  ])('%s: %s', (expression, kind) => expect(celProgram(expression)(DEPLOYMENT).kind).toBe(kind));

  it.each([['object.spec.'], ['1 +'], ["'open"], [`${'('.repeat(5_000)}1`]])(
    'says what is wrong with an expression, and never throws: %#',
    (expression) => expect(celProblem(expression)).toBeTypeOf('string'),
  );

  it('finds nothing wrong with a good one', () => {
    expect(celProblem('object.spec.replicas == 1')).toBeUndefined();
  });
});
