import type { Course } from '@podwire/lab';
import Link from 'next/link';
import { addressOf, stopsOf } from '../course/load-course.ts';
import { ButtonLink } from '../design/text-link.tsx';
import { LiveCluster } from './live-cluster.tsx';

interface LandingProps {
  readonly course: Course;
  readonly firstLab?: { readonly address: string; readonly title: string; readonly minutes: number };
}

export function Landing({ course, firstLab }: LandingProps) {
  return (
    <>
      <section className="page-width grid gap-x-12 gap-y-10 pt-10 pb-12 lg:grid-cols-[minmax(0,25rem)_minmax(0,1fr)] lg:pt-14">
        <div className="lg:pt-6">
          <h1 className="text-[clamp(2.5rem,1.6rem+3.4vw,3.75rem)] leading-[1.02] font-[720] tracking-[-0.032em]">
            See where your packet stops.
          </h1>
          <p className="mt-5 max-w-[34ch] text-lg text-muted">
            Learn Kubernetes networking on a cluster of your own, in the browser. Every connection you try
            shows its way hop by hop, and which object and field decided.
          </p>
          <div className="mt-7 flex flex-wrap gap-3">
            {firstLab !== undefined && (
              <ButtonLink prefetch={false} tone="primary" size="large" href={`${firstLab.address}#start`}>
                Start the first lab
              </ButtonLink>
            )}
            <ButtonLink prefetch={false} size="large" href="/course">
              Read the course
            </ButtonLink>
          </div>
          <p className="mt-4 text-sm text-faint">
            No account and no Docker needed.
            {firstLab !== undefined && ` The first lab takes ${firstLab.minutes} minutes.`}
          </p>
        </div>
        <LiveCluster />
      </section>

      <section aria-labelledby="course-heading" className="page-width pt-14">
        <div className="flex flex-wrap items-baseline justify-between gap-4 border-b border-line pb-4">
          <h2 id="course-heading" className="text-2xl font-[680]">
            The course
          </h2>
          <p className="text-muted">{course.summary}</p>
        </div>
        <ol className="grid">
          {course.chapters.map((chapter, index) => {
            const [first] = stopsOf(chapter);
            return (
              <li
                key={chapter.id}
                className="grid gap-x-8 gap-y-1 border-b border-line py-5 sm:grid-cols-[2rem_minmax(0,18rem)_1fr_auto] sm:items-baseline"
              >
                <span className="font-mono text-sm text-faint">{index + 1}</span>
                <h3 className="text-lg font-semibold">
                  {first === undefined ? (
                    chapter.title
                  ) : (
                    <Link
                      prefetch={false}
                      className="rounded-sm hover:text-accent hover:underline hover:underline-offset-4"
                      href={addressOf(first)}
                    >
                      {chapter.title}
                    </Link>
                  )}
                </h3>
                <p className="max-w-prose text-muted">{chapter.summary}</p>
                <p className="text-sm whitespace-nowrap text-faint">
                  {[count(chapter.lessons.length, 'lesson'), count(chapter.labs.length, 'lab')]
                    .filter((text) => !text.startsWith('0'))
                    .join(', ')}
                </p>
              </li>
            );
          })}
        </ol>
      </section>
    </>
  );
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
