'use client';
import { useEffect, useRef } from 'react';
import { anyAnswer, change } from '../connection/api.ts';

interface LessonReadProps {
  readonly lessonId: string;
}

/** Stands below a lesson. Once it has come into view, the lesson counts as read. */
export function LessonRead({ lessonId }: LessonReadProps) {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = end.current;
    if (element === null) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      void change('POST', `/api/lessons/${encodeURIComponent(lessonId)}/read`, {}, anyAnswer);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [lessonId]);
  return <div ref={end} aria-hidden="true" />;
}
