import type { Pod, Service } from 'kubernetes-types/core/v1';
import { describe, expect, it } from 'vitest';
import { annotatedWith, TRIGGER_TIME_ANNOTATION, triggerTime } from './trigger-time.ts';

const CREATED = '2026-01-01T00:00:10Z';
const service = { metadata: { name: 'web', creationTimestamp: CREATED } } as unknown as Service;

function pod(name: string, readySince: string): Pod {
  return {
    metadata: { name },
    status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: readySince }] },
  };
}

describe('SVC24 endpoints.kubernetes.io/last-change-trigger-time', () => {
  const early = pod('early', '2026-01-01T00:00:05Z');
  const late = pod('late', '2026-01-01T00:00:20Z');

  it.each([
    ['new endpoints have the time of the Service', undefined, CREATED],
    [
      'a pod that was not among them has the time of its readiness',
      { annotation: CREATED, pods: new Set(['late']) },
      '2026-01-01T00:00:05Z',
    ],
    [
      'a pod whose readiness changed since has the time of the change',
      { annotation: CREATED, pods: new Set(['early', 'late']) },
      '2026-01-01T00:00:20Z',
    ],
    [
      'no pod changed: no time',
      { annotation: '2026-01-01T00:00:20Z', pods: new Set(['early', 'late']) },
      undefined,
    ],
  ])('%s', (_case, before, expected) => {
    expect(triggerTime(service, [early, late], before)).toBe(expected);
  });

  it('takes its annotation away with the time, and leaves the others', () => {
    const before = { [TRIGGER_TIME_ANNOTATION]: CREATED, other: 'stays' };
    expect(annotatedWith(before, undefined)).toEqual({ other: 'stays' });
    expect(annotatedWith({ [TRIGGER_TIME_ANNOTATION]: CREATED }, undefined)).toBeUndefined();
    expect(annotatedWith(undefined, CREATED)).toEqual({ [TRIGGER_TIME_ANNOTATION]: CREATED });
  });
});
