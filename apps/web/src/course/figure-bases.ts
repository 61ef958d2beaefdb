import { publicLab } from '@podwire/lab';
import { deliveredBase, labsOfPackets } from '../figures/lab-base.ts';
import { loadCourse, localesOf, wayThrough } from './load-course.ts';

/** The labs that packets in texts are sent in: the only ones whose setup a browser may have. */
export async function labsOfFigures(): Promise<readonly string[]> {
  const course = await loadCourse();
  const named = wayThrough(course).flatMap((stop) => {
    if (stop.kind === 'lesson') return [...labsOfPackets(stop.lesson, stop.lesson.labId)];
    const { lab } = stop;
    return [undefined, ...localesOf(stop)].flatMap((locale) => [
      ...labsOfPackets(publicLab(lab, locale), lab.id),
    ]);
  });
  return [...new Set(named)].sort();
}

/** `GET /figures/<lab>` */
export async function answerFigureBase(labId: string): Promise<Response> {
  const known = (await labsOfFigures()).includes(labId);
  const course = await loadCourse();
  const lab = course.chapters.flatMap(({ labs }) => labs).find(({ id }) => id === labId);
  if (!known || lab === undefined) return new Response(null, { status: 404 });
  return Response.json(deliveredBase(lab));
}
