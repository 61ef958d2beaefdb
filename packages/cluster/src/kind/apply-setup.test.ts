import { expect, it } from 'vitest';
import { applySetup } from './apply-setup.ts';
import type { KubeApi } from './kube-api.ts';

const object = (kind: string, name: string): string =>
  `apiVersion: v1\nkind: ${kind}\nmetadata: { name: ${name} }\n`;

/** An API that takes everything; `told` is what it was asked for, and where the cluster was let act. */
function recorded() {
  const told: string[] = [];
  const api = {
    collectionOf: (_version: string, kind: string) => Promise.resolve(`/${kind}`),
    request: (_method: string, path: string) => {
      told.push(path.replace(/\?.*$/u, ''));
      return Promise.resolve({ status: 201, body: {} });
    },
  } as unknown as KubeApi;
  const settle = () => {
    told.push('settle');
    return Promise.resolve();
  };
  return { api, settle, told };
}

it('lets the cluster act on a stage before the Namespace that begins the next', async () => {
  const { api, settle, told } = recorded();
  const setup = [
    {
      path: '10.yaml',
      text: [object('Namespace', 'first'), object('Namespace', 'second'), object('Pod', 'before')].join(
        '---\n',
      ),
    },
    { path: '20.yaml', text: [object('Namespace', 'third'), object('Pod', 'after')].join('---\n') },
  ];
  expect(await applySetup(api, setup, { settle })).toEqual({ ok: true });
  expect(told).toEqual([
    '/Namespace/first',
    '/Namespace/second',
    '/Pod/before',
    'settle',
    '/Namespace/third',
    '/Pod/after',
  ]);
});
