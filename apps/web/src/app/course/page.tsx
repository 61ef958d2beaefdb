import type { Metadata } from 'next';
import { CourseMap } from '../../course/course-map.tsx';
import { addressOf, loadCourse, stopsOf, translationsOf } from '../../course/load-course.ts';
import { PageFrame } from '../../site/page-frame.tsx';

export const metadata: Metadata = { title: 'Course' };

export default async function CoursePage() {
  const course = await loadCourse();
  return (
    <PageFrame current="course">
      <div className="page-width pt-12">
        <h1 className="max-w-[22ch] text-3xl font-[700] tracking-[-0.025em]">{course.title}</h1>
        <p className="mt-3 max-w-prose text-lg text-muted">{course.summary}</p>
        <CourseMap
          chapters={course.chapters.map((chapter) => ({
            id: chapter.id,
            title: chapter.title,
            summary: chapter.summary,
            stops: stopsOf(chapter).map((stop) =>
              stop.kind === 'lesson'
                ? {
                    kind: 'lesson',
                    id: stop.lesson.id,
                    address: addressOf(stop),
                    translations: translationsOf(stop),
                    title: stop.lesson.title,
                    summary: stop.lesson.summary,
                    minutes: stop.lesson.minutes,
                    taskIds: [],
                  }
                : {
                    kind: 'lab',
                    id: stop.lab.id,
                    address: addressOf(stop),
                    translations: translationsOf(stop),
                    title: stop.lab.title,
                    summary: stop.lab.summary,
                    minutes: stop.lab.minutes,
                    taskIds: stop.lab.tasks.map((task) => task.id),
                  },
            ),
          }))}
        />
      </div>
    </PageFrame>
  );
}
