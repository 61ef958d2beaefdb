import { answerFigureBase, labsOfFigures } from '../../../course/figure-bases.ts';

interface RouteContext {
  readonly params: Promise<{ readonly labId: string }>;
}

export const dynamic = 'force-static';
export const dynamicParams = false;

export async function generateStaticParams() {
  return (await labsOfFigures()).map((labId) => ({ labId }));
}

export async function GET(_request: Request, { params }: RouteContext): Promise<Response> {
  return answerFigureBase((await params).labId);
}
