import type { Metadata } from 'next';
import { LabPage, labMetadata } from '../../../../course/lab-page.tsx';
import { loadCourse, localesOf, wayThrough } from '../../../../course/load-course.ts';

interface RouteProps {
  readonly params: Promise<{ readonly locale: string; readonly labId: string }>;
}

export const dynamicParams = false;

export async function generateStaticParams() {
  return wayThrough(await loadCourse()).flatMap((stop) =>
    stop.kind === 'lab' ? localesOf(stop).map((locale) => ({ locale, labId: stop.lab.id })) : [],
  );
}

export async function generateMetadata({ params }: RouteProps): Promise<Metadata> {
  return labMetadata(await params);
}

export default async function Page({ params }: RouteProps) {
  return <LabPage {...await params} />;
}
