import { wayThrough, loadCourse, addressOf } from '../course/load-course.ts';
import { Landing } from '../landing/landing.tsx';
import { PageFrame } from '../site/page-frame.tsx';

export default async function LandingPage() {
  const course = await loadCourse();
  const way = wayThrough(course);
  const firstLab = way.find((stop) => stop.kind === 'lab');
  return (
    <PageFrame>
      <Landing
        course={course}
        {...(firstLab === undefined
          ? {}
          : {
              firstLab: {
                address: addressOf(firstLab),
                title: firstLab.lab.title,
                minutes: firstLab.lab.minutes,
              },
            })}
      />
    </PageFrame>
  );
}
