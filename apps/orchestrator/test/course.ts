import type { Course, Lab } from '@podwire/lab';
import { catalogOf } from '../src/course/catalog.ts';

function reaches(id: string, port: number): Lab['tasks'][number]['checks'][number] {
  return {
    kind: 'connectivity',
    id,
    title: 'The toolbox reaches the web',
    weight: 1,
    mode: 'must-hold',
    needs: [],
    probes: [
      { from: { kind: 'toolbox' }, to: { kind: 'host', host: 'web' }, port, protocol: 'tcp', expect: 'open' },
    ],
  };
}

/** A course of two small labs, for tests of everything around the cluster. */
function lab(id: string): Lab {
  return {
    id,
    chapterId: 'pods',
    title: `The lab ${id}`,
    summary: '',
    minutes: 10,
    objectives: [],
    prerequisites: [],
    concepts: [],
    backends: ['simulated'],
    cluster: { nodes: 2, cni: 'bridge', networkPolicies: true, outsideHosts: [] },
    timers: {
      lifetimeMinutes: 60,
      overtimeMinutes: 30,
      idleMinutes: 30,
      orphanedMinutes: 20,
      hardDeadlineMinutes: 240,
    },
    setup: [],
    files: [{ path: 'client.yaml', text: 'kind: Pod\n' }],
    introduction: [],
    conclusion: [],
    solutions: [],
    wrong: [],
    digest: `digest-of-${id}`,
    tasks: [
      {
        id: 'first',
        title: 'The first task',
        body: [],
        hints: [
          { id: 'look', body: [] },
          {
            id: 'where',
            cost: 20,
            body: [{ type: 'paragraph', children: [{ type: 'text', value: 'Up.' }] }],
          },
          { id: 'what', cost: 30, body: [] },
        ],
        solution: [{ type: 'paragraph', children: [{ type: 'text', value: 'Blue.' }] }],
        questions: [{ id: 'colour', prompt: [], kind: 'text', options: [] }],
        needs: [],
        checks: [
          {
            kind: 'answer',
            id: 'right',
            title: 'You know the colour',
            weight: 1,
            mode: 'must-hold',
            needs: [],
            questionId: 'colour',
            accept: { kind: 'text', equals: ['blue'] },
          },
          reaches('reached', 80),
        ],
      },
      {
        id: 'second',
        title: 'The second task',
        body: [],
        hints: [],
        questions: [],
        needs: ['first'],
        checks: [],
      },
    ],
  };
}

/** Its toy cluster fails at the one port always, and at the other the first time. */
function faulty(id: string): Lab {
  const reached = (taskId: string, port: number): Lab['tasks'][number] => ({
    id: taskId,
    title: `The task ${taskId}`,
    body: [],
    hints: [],
    questions: [],
    needs: [],
    checks: [reaches(`port-${port}`, port)],
  });
  return { ...lab(id), tasks: [reached('broken', 82), reached('shaky', 83)] };
}

const COURSE: Course = {
  title: 'Course',
  summary: '',
  chapters: [
    {
      id: 'pods',
      title: 'Pods',
      summary: '',
      lessons: [
        {
          id: 'flat-network',
          chapterId: 'pods',
          title: '',
          summary: '',
          minutes: 1,
          objectives: [],
          concepts: [],
          locale: 'en',
          body: { type: 'root', children: [] },
          quizzes: [
            {
              id: 'who',
              kind: 'single',
              prompt: [],
              options: [
                { id: 'web', body: [] },
                { id: 'node', body: [] },
              ],
              key: ['web'],
              explanation: [{ type: 'paragraph', children: [{ type: 'text', value: 'Its own address.' }] }],
            },
          ],
          translations: [],
        },
      ],
      labs: [lab('one'), lab('two'), lab('three'), faulty('faulty')],
    },
  ],
};

export const testCatalog = catalogOf(COURSE);
