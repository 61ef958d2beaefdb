'use client';
import Link from 'next/link';
import { ButtonLink } from '../design/text-link.tsx';
import { Progress } from '../design/progress.tsx';
import { inLanguage, nextStop, progressOf } from './progress-model.ts';
import type { MapChapter, MapStop, StopProgress } from './progress-model.ts';
import { useLanguages } from './use-languages.ts';
import { useProgress } from './use-progress.ts';

/** The course as one wire with its stops: lessons are points on it, labs the pods that it runs through. */
export function CourseMap({ chapters: given }: { readonly chapters: readonly MapChapter[] }) {
  const languages = useLanguages();
  const chapters = given.map((chapter) => ({
    ...chapter,
    stops: chapter.stops.map((stop) => inLanguage(stop, languages)),
  }));
  const progress = useProgress();
  const next = nextStop(chapters, progress);
  const begun =
    progress !== undefined &&
    chapters.some((chapter) => chapter.stops.some((stop) => progressOf(stop, progress).state !== 'new'));
  return (
    <>
      <div className="mt-7 min-h-12">
        {next !== undefined && (
          <ButtonLink tone="primary" size="large" prefetch={false} href={next.address}>
            {begun ? 'Go on: ' : 'Begin: '}
            {next.title}
          </ButtonLink>
        )}
      </div>
      {chapters.map((chapter, index) => (
        <section
          key={chapter.id}
          aria-labelledby={`chapter-${chapter.id}`}
          className="mt-12 grid gap-x-12 gap-y-4 border-t border-line pt-7 lg:grid-cols-[18rem_minmax(0,1fr)]"
        >
          <div>
            <h2 id={`chapter-${chapter.id}`} className="text-xl font-[660]">
              <span className="mr-3 font-mono text-base font-normal text-faint">{index + 1}</span>
              {chapter.title}
            </h2>
            <p className="mt-2 max-w-prose text-sm text-muted">{chapter.summary}</p>
          </div>
          <ol className="relative">
            {chapter.stops.map((stop, position) => (
              <StopRow
                key={stop.id}
                stop={stop}
                progress={progressOf(stop, progress)}
                isNext={stop.id === next?.id && begun}
                last={position === chapter.stops.length - 1}
              />
            ))}
          </ol>
        </section>
      ))}
    </>
  );
}

interface StopRowProps {
  readonly stop: MapStop & { readonly lang?: string };
  readonly progress: StopProgress;
  readonly isNext: boolean;
  readonly last: boolean;
}

function StopRow({ stop, progress, isNext, last }: StopRowProps) {
  return (
    <li className="group relative grid grid-cols-[1.75rem_1fr] gap-x-4 pb-1">
      {!last && (
        <span
          aria-hidden="true"
          className={`absolute top-6 left-[calc(0.875rem-1px)] h-full w-0.5 ${progress.state === 'done' ? 'bg-accent' : 'bg-line'}`}
        />
      )}
      <StopMark kind={stop.kind} state={progress.state} />
      <Link
        prefetch={false}
        href={stop.address}
        className="-mx-3 -mt-1.5 mb-3 block rounded-md px-3 py-1.5 hover:bg-hover"
      >
        <span className="flex flex-wrap items-baseline gap-x-3">
          <span className="font-semibold" lang={stop.lang}>
            {stop.title}
          </span>
          <span className="text-sm text-faint">
            {stop.kind === 'lab' ? 'Lab' : 'Lesson'}, {stop.minutes} min
            {progress.state === 'done' && (
              <span className="text-allowed">, {stop.kind === 'lab' ? 'passed' : 'read'}</span>
            )}
            {progress.open && <span className="font-semibold text-accent">, your cluster is waiting</span>}
            {isNext && !progress.open && <span className="font-semibold text-accent">, next</span>}
          </span>
        </span>
        <span className="block max-w-prose text-sm text-muted">{stop.summary}</span>
        {stop.kind === 'lab' && progress.state === 'begun' && (
          <Progress
            label={`Tasks passed in ${stop.title}`}
            value={progress.passed}
            max={stop.taskIds.length}
            className="mt-2 max-w-40"
          />
        )}
      </Link>
    </li>
  );
}

function StopMark({
  kind,
  state,
}: {
  readonly kind: MapStop['kind'];
  readonly state: StopProgress['state'];
}) {
  const done = state === 'done';
  const frame = done ? 'var(--accent)' : state === 'begun' ? 'var(--accent)' : 'var(--line-control)';
  return (
    <svg viewBox="0 0 28 28" aria-hidden="true" className="relative size-7">
      {kind === 'lab' ? (
        <rect
          x="3"
          y="3"
          width="22"
          height="22"
          rx="5.5"
          fill={done ? 'var(--accent)' : 'var(--surface)'}
          stroke={frame}
          strokeWidth="2"
        />
      ) : (
        <>
          <circle cx="14" cy="14" r="14" fill="var(--surface)" />
          <circle
            cx="14"
            cy="14"
            r="7"
            fill={done ? 'var(--accent)' : 'var(--surface)'}
            stroke={frame}
            strokeWidth="2"
          />
        </>
      )}
      {done && kind === 'lab' && (
        <path
          d="M9 14.4l3.4 3.4 6.8-7.4"
          fill="none"
          stroke="var(--on-accent)"
          strokeWidth="2.4"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      )}
      {done && kind === 'lesson' && (
        <path
          d="M11 14.2l2.1 2.1 4-4.4"
          fill="none"
          stroke="var(--on-accent)"
          strokeWidth="2"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      )}
      {state === 'begun' && <rect x="10" y="10" width="8" height="8" rx="2" fill="var(--accent)" />}
    </svg>
  );
}
