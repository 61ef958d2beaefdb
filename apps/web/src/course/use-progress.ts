'use client';
import type { Progress } from '@podwire/protocol';
import { useEffect, useState } from 'react';
import { fetchProgress } from '../connection/api.ts';

/** undefined until it is known, and where the server cannot be reached: pages then show the course without it. */
export function useProgress(): Progress | undefined {
  const [progress, setProgress] = useState<Progress>();
  useEffect(() => {
    let left = false;
    void fetchProgress().then((result) => {
      if (!left && result.ok) setProgress(result.value);
    });
    return () => {
      left = true;
    };
  }, []);
  return progress;
}
