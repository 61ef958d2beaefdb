import type { Metadata } from 'next';
import { LessonPage, lessonMetadata } from '../../../../course/lesson-page.tsx';
import { loadCourse } from '../../../../course/load-course.ts';

interface RouteProps {
  readonly params: Promise<{ readonly chapter: string; readonly lesson: string }>;
}

export const dynamicParams = false;

export async function generateStaticParams() {
  const course = await loadCourse();
  return course.chapters.flatMap((chapter) =>
    chapter.lessons.map((lesson) => ({ chapter: chapter.id, lesson: lesson.id })),
  );
}

export async function generateMetadata({ params }: RouteProps): Promise<Metadata> {
  return lessonMetadata(await params);
}

export default async function Page({ params }: RouteProps) {
  return <LessonPage {...await params} />;
}
