import { loadCourse } from '../../../course/load-course.ts';
export const dynamicParams = false;
export async function generateStaticParams() {
  return (await loadCourse()).chapters.flatMap((c) => c.labs.map((l) => ({ labId: l.id })));
}
export default function Page() {
  return null;
}
