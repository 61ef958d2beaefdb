import fc from 'fast-check';
import type { Deployment, ReplicaSet } from 'kubernetes-types/apps/v1';
import { describe, expect, test } from 'vitest';
import {
  cleanupTarget,
  maxSurgeOf,
  maxUnavailableOf,
  newReplicaSetTarget,
  proportionalTargets,
  rollingScaleDown,
  scaledDownUnhealthy,
} from './deployment-rolling.ts';

function deployment(
  replicas: number,
  maxSurge: number | string,
  maxUnavailable: number | string,
): Deployment {
  return {
    spec: {
      replicas,
      selector: {},
      template: {},
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
    },
  };
}

function set(name: string, replicas: number, available: number): ReplicaSet {
  return {
    metadata: { name, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { replicas, selector: {} },
    status: { replicas, availableReplicas: available },
  };
}

describe('maxSurge and maxUnavailable', () => {
  test.each([
    [10, '25%', '25%', 3, 2],
    [1, '25%', '25%', 1, 0],
    [4, 0, 0, 0, 1],
    [4, 0, '10%', 0, 1],
    [3, '100%', 0, 3, 0],
  ])('of %i replicas, %s and %s: %i more, %i fewer', (replicas, surge, unavailable, more, fewer) => {
    const subject = deployment(replicas, surge, unavailable);
    expect([maxSurgeOf(subject), maxUnavailableOf(subject)]).toEqual([more, fewer]);
  });
});

/** One step of a rollout as the controller takes it; every pod that stays becomes available. */
function step(subject: Deployment, newSet: ReplicaSet, old: ReplicaSet): readonly [ReplicaSet, ReplicaSet] {
  const target = newReplicaSetTarget(subject, newSet, [newSet, old]);
  if (target !== newSet.spec?.replicas)
    return [set('new', target, newSet.status?.availableReplicas ?? 0), old];
  const budget = cleanupTarget(subject, newSet, [old]);
  if (budget <= 0) return [newSet, old];
  const [scaled] = rollingScaleDown(subject, newSet, scaledDownUnhealthy([old], budget));
  const replicas = scaled?.replicas ?? 0;
  return [newSet, set('old', replicas, Math.min(replicas, old.status?.availableReplicas ?? 0))];
}

test('a rolling update ends, never below its availability, never above its surge', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: 0, max: 6 }),
      (replicas, surge, unavailable) => {
        const subject = deployment(replicas, surge, unavailable);
        const [most, least] = [replicas + maxSurgeOf(subject), replicas - maxUnavailableOf(subject)];
        let [newSet, old] = [set('new', 0, 0), set('old', replicas, replicas)];
        for (
          let round = 0;
          round < 200 && (newSet.spec?.replicas !== replicas || old.spec?.replicas !== 0);
          round++
        ) {
          [newSet, old] = step(subject, newSet, old);
          const available = (newSet.status?.availableReplicas ?? 0) + (old.status?.availableReplicas ?? 0);
          expect((newSet.spec?.replicas ?? 0) + (old.spec?.replicas ?? 0)).toBeLessThanOrEqual(most);
          expect(available).toBeGreaterThanOrEqual(least);
          // Then the new pods come up.
          newSet = set('new', newSet.spec?.replicas ?? 0, newSet.spec?.replicas ?? 0);
        }
        expect([newSet.spec?.replicas, old.spec?.replicas]).toEqual([replicas, 0]);
      },
    ),
  );
});

test('scaling in the middle of a rollout shares the change in proportion', () => {
  const subject = deployment(15, 3, 2);
  const targets = proportionalTargets(subject, [set('old', 8, 8), set('new', 5, 0)], set('new', 5, 0));
  expect(targets.map(([, replicas]) => replicas).reduce((total, replicas) => total + replicas)).toBe(18);
  expect(targets.map(([target, replicas]) => [target.metadata?.name, replicas])).toEqual([
    ['old', 11],
    ['new', 7],
  ]);
});
