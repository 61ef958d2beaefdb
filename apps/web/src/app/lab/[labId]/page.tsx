import type { Metadata } from 'next';
import { LabPage, labMetadata } from '../../../course/lab-page.tsx';
import { loadCourse } from '../../../course/load-course.ts';

interface RouteProps {
  readonly params: Promise<{ readonly labId: string }>;
}

export const dynamicParams = false;

export async function generateStaticParams() {
  const course = await loadCourse();
  return course.chapters.flatMap((chapter) => chapter.labs.map((lab) => ({ labId: lab.id })));
}

export async function generateMetadata({ params }: RouteProps): Promise<Metadata> {
  return labMetadata(await params);
}

export default async function Page({ params }: RouteProps) {
  return <LabPage {...await params} />;
}
