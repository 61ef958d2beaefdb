import { describe, expect, it } from 'vitest';
import type { Progress, SessionView } from '@podwire/protocol';
import { nextStop, progressOf } from './progress-model.ts';
import type { MapStop } from './progress-model.ts';

const lesson: MapStop = {
  kind: 'lesson',
  id: 'pods',
  address: '/learn/a/pods',
  title: 'Pods',
  summary: '',
  minutes: 5,
  taskIds: [],
};
const lab: MapStop = {
  kind: 'lab',
  id: 'reach',
  address: '/lab/reach',
  title: 'Reach',
  summary: '',
  minutes: 5,
  taskIds: ['one', 'two'],
};
const chapters = [{ id: 'a', title: 'A', summary: '', stops: [lesson, lab] }];
const empty: Progress = { lessonsRead: [], tasks: [], openSessions: [] };
const passed = (taskId: string) => ({
  labId: 'reach',
  taskId,
  passed: true,
  bestScore: 1,
  attempts: 1,
  lastAttemptAt: '2026-01-01T00:00:00Z',
});

describe('progress of a stop', () => {
  it('is new before anything is known', () => {
    expect(progressOf(lab, undefined).state).toBe('new');
  });
  it('is done when every task of the lab has passed', () => {
    expect(progressOf(lab, { ...empty, tasks: [passed('one'), passed('two')] })).toEqual({
      state: 'done',
      passed: 2,
      open: false,
    });
  });
  it('does not count tasks that the lab no longer has', () => {
    expect(progressOf(lab, { ...empty, tasks: [passed('one'), passed('gone')] })).toMatchObject({
      state: 'begun',
      passed: 1,
    });
  });
  it('has begun when a cluster is waiting', () => {
    const session = { labId: 'reach', state: 'paused' } as SessionView;
    expect(progressOf(lab, { ...empty, openSessions: [session] })).toMatchObject({
      state: 'begun',
      open: true,
    });
  });
});

describe('where to go on', () => {
  it('is the first stop that is not done', () => {
    expect(nextStop(chapters, { ...empty, lessonsRead: ['pods'] })?.id).toBe('reach');
  });
  it('is the lab whose cluster is waiting, before anything else', () => {
    expect(
      nextStop(chapters, { ...empty, openSessions: [{ labId: 'reach', state: 'ready' } as SessionView] })?.id,
    ).toBe('reach');
  });
  it('is nowhere when all is done', () => {
    expect(
      nextStop(chapters, { ...empty, lessonsRead: ['pods'], tasks: [passed('one'), passed('two')] }),
    ).toBeUndefined();
  });
});
