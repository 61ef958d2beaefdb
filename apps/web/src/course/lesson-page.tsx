import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { Content } from '../content/content.tsx';
import { sectionsOf } from '../content/plain-text.ts';
import { ButtonLink } from '../design/text-link.tsx';
import { withFigures } from '../figures/figures.ts';
import { PageFrame } from '../site/page-frame.tsx';
import { LanguageChoice } from './language-choice.tsx';
import { LessonRead } from './lesson-read.tsx';
import {
  addressOf,
  alternatesOf,
  figureSetting,
  languagesOf,
  loadCourse,
  titleOf,
  wayThrough,
} from './load-course.ts';
import type { Stop } from './load-course.ts';

interface LessonPageProps {
  readonly chapter: string;
  readonly lesson: string;
  /** One that the lesson is translated into; without it its own. */
  readonly locale?: string;
}

async function findLesson(chapter: string, lesson: string) {
  const way = wayThrough(await loadCourse());
  const index = way.findIndex(
    (stop) => stop.kind === 'lesson' && stop.chapter.id === chapter && stop.lesson.id === lesson,
  );
  const stop = way[index];
  return stop?.kind === 'lesson' ? { stop, previous: way[index - 1], next: way[index + 1] } : undefined;
}

export async function lessonMetadata({ chapter, lesson, locale }: LessonPageProps): Promise<Metadata> {
  const found = await findLesson(chapter, lesson);
  if (found === undefined) return {};
  const original = found.stop.lesson;
  const { title, summary } = original.translations.find((each) => each.locale === locale) ?? original;
  return {
    title,
    description: summary,
    alternates: alternatesOf(found.stop),
    openGraph: { title, description: summary, type: 'article', ...(locale === undefined ? {} : { locale }) },
  };
}

/** A lesson in one of its languages. */
export async function LessonPage({ chapter: chapterId, lesson: lessonId, locale }: LessonPageProps) {
  const found = await findLesson(chapterId, lessonId);
  if (found === undefined) notFound();
  const { chapter, lesson: original } = found.stop;
  const translation = original.translations.find((each) => each.locale === locale);
  const lesson = { ...original, ...translation };
  const languages = languagesOf(found.stop, locale);
  const sections = sectionsOf(lesson.body.children);
  const setting = figureSetting(await loadCourse(), found.stop, translation?.locale);
  return (
    <PageFrame current="course">
      <div className="page-width grid grid-cols-[minmax(0,1fr)] gap-x-16 pt-10 xl:grid-cols-[minmax(0,1fr)_15rem]">
        <article lang={lesson.locale} className="mx-auto w-full max-w-[44rem] xl:mx-0 xl:ml-auto">
          <p className="text-sm text-muted">
            <Link prefetch={false} href="/course" className="rounded-sm hover:text-ink hover:underline">
              Course
            </Link>{' '}
            <span aria-hidden="true" className="mx-1 text-faint">
              /
            </span>{' '}
            {chapter.title}
          </p>
          <h1 className="mt-3 text-3xl font-[700] tracking-[-0.025em]">{lesson.title}</h1>
          <p className="mt-3 max-w-[60ch] text-lg text-muted">{lesson.summary}</p>
          <LanguageChoice languages={languages} />
          {lesson.objectives.length > 0 && (
            <div className="mt-6 border-y border-line py-4 text-sm">
              <h2 className="font-semibold">
                After this <span className="font-normal text-faint">({lesson.minutes} min)</span>
              </h2>
              <ul className="mt-1.5 grid gap-1 text-muted">
                {lesson.objectives.map((objective) => (
                  <li key={objective} className="grid grid-cols-[1rem_1fr]">
                    <span aria-hidden="true" className="mt-[0.62em] block h-0.5 w-2 bg-accent" />
                    {objective}
                  </li>
                ))}
              </ul>
            </div>
          )}
          <div className="prose mt-8 text-[1.125rem] leading-[1.68]">
            <Content nodes={withFigures(lesson.body.children, setting)} />
          </div>
          <LessonRead lessonId={lesson.id} />
          <NextStops previous={found.previous} next={found.next} locale={translation?.locale} />
        </article>
        {sections.length > 1 && (
          <nav aria-label="On this page" className="sticky top-8 hidden self-start pt-16 text-sm xl:block">
            <h2 className="font-semibold">On this page</h2>
            <ul className="mt-2 grid gap-1.5 border-l border-line">
              {sections.map((section) => (
                <li key={section.id}>
                  <a
                    href={`#${section.id}`}
                    className="-ml-px block border-l border-transparent pl-3 text-muted hover:border-accent hover:text-ink"
                  >
                    {section.title}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
        )}
      </div>
    </PageFrame>
  );
}

function NextStops({
  previous,
  next,
  locale,
}: {
  readonly previous: Stop | undefined;
  readonly next: Stop | undefined;
  readonly locale: string | undefined;
}) {
  return (
    <nav
      aria-label="Through the course"
      className="mt-14 flex flex-wrap items-center justify-between gap-4 border-t border-line pt-6"
    >
      {previous === undefined ? (
        <span />
      ) : (
        <ButtonLink
          tone="quiet"
          href={addressOf(previous, locale)}
          rel="prev"
          prefetch={false}
          className="max-w-full whitespace-normal"
        >
          <span aria-hidden="true">←</span> {titleOf(previous, locale)}
        </ButtonLink>
      )}
      {next === undefined ? (
        <ButtonLink href="/course">Back to the course</ButtonLink>
      ) : (
        <ButtonLink
          tone="primary"
          size="large"
          href={addressOf(next, locale)}
          rel="next"
          prefetch={false}
          className="max-w-full whitespace-normal"
        >
          {next.kind === 'lab' ? `Lab: ${titleOf(next, locale)}` : titleOf(next, locale)}{' '}
          <span aria-hidden="true">→</span>
        </ButtonLink>
      )}
    </nav>
  );
}
