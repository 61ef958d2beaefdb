import type { Metadata } from 'next';
import { LessonPage, lessonMetadata } from '../../../../../course/lesson-page.tsx';
import { loadCourse, localesOf, wayThrough } from '../../../../../course/load-course.ts';

interface RouteProps {
  readonly params: Promise<{ readonly locale: string; readonly chapter: string; readonly lesson: string }>;
}

export const dynamicParams = false;

export async function generateStaticParams() {
  return wayThrough(await loadCourse()).flatMap((stop) =>
    stop.kind === 'lesson'
      ? localesOf(stop).map((locale) => ({ locale, chapter: stop.chapter.id, lesson: stop.lesson.id }))
      : [],
  );
}

export async function generateMetadata({ params }: RouteProps): Promise<Metadata> {
  return lessonMetadata(await params);
}

export default async function Page({ params }: RouteProps) {
  return <LessonPage {...await params} />;
}
