'use client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { NO_OBJECTS, withSnapshot } from '../topology/object-view.ts';
import type { ObjectsState } from '../topology/object-view.ts';
import type { Probe } from '../topology/use-trial.ts';
import type { FromCluster, ToCluster } from './worker-messages.ts';

export interface LiveCluster {
  readonly objects: ObjectsState;
  /** How long it took to boot here, ms; undefined until it has. */
  readonly bootedInMs: number | undefined;
  readonly failed: boolean;
  readonly probe: Probe;
  readonly setPolicy: (on: boolean) => void;
}

const FAILED = {
  ok: false,
  error: {
    code: 'no-cluster',
    status: 0,
    message: 'The cluster of this page is not running. Reload the page to start it anew.',
  },
} as const;

type Answer = (result: Awaited<ReturnType<Probe>>) => void;

/** A cluster of this page's own, in a worker; it starts when the browser has nothing better to do. */
export function useLiveCluster(): LiveCluster {
  const [objects, setObjects] = useState<ObjectsState>(NO_OBJECTS);
  const [bootedInMs, setBootedInMs] = useState<number>();
  const [failed, setFailed] = useState(false);
  const worker = useRef<Worker>(undefined);
  const waiting = useRef(new Map<number, Answer>());
  const nextId = useRef(1);

  useEffect(() => {
    const answers = waiting.current;
    const giveUp = (): void => {
      setFailed(true);
      for (const answer of answers.values()) answer(FAILED);
      answers.clear();
    };
    const begin = (): void => {
      const own = new Worker(new URL('./cluster.worker.ts', import.meta.url), { type: 'module' });
      worker.current = own;
      own.addEventListener('error', giveUp);
      own.addEventListener('message', ({ data }: MessageEvent<FromCluster>) => {
        switch (data.kind) {
          case 'booted':
            setBootedInMs(data.tookMs);
            return;
          case 'objects':
            setObjects(withSnapshot(data.snapshot));
            return;
          case 'probed':
            answers.get(data.id)?.(data.result === undefined ? FAILED : { ok: true, value: data.result });
            answers.delete(data.id);
            return;
          case 'failed':
            giveUp();
        }
      });
      own.postMessage({ kind: 'boot' } satisfies ToCluster);
    };
    const idle =
      'requestIdleCallback' in window ? window.requestIdleCallback(begin, { timeout: 1_500 }) : undefined;
    const timer = idle === undefined ? setTimeout(begin, 200) : undefined;
    return () => {
      if (idle !== undefined) window.cancelIdleCallback(idle);
      clearTimeout(timer);
      worker.current?.terminate();
      worker.current = undefined;
    };
  }, []);

  const probe = useCallback<Probe>(
    (request) =>
      new Promise((resolve) => {
        if (worker.current === undefined) {
          resolve(FAILED);
          return;
        }
        const id = nextId.current++;
        waiting.current.set(id, resolve);
        worker.current.postMessage({ kind: 'probe', id, request } satisfies ToCluster);
      }),
    [],
  );
  const setPolicy = useCallback(
    (on: boolean) => worker.current?.postMessage({ kind: 'policy', on } satisfies ToCluster),
    [],
  );
  return { objects, bootedInMs, failed, probe, setPolicy };
}
