import { answerFigureBase } from '../../../../course/figure-bases.ts';
import { readEnv } from '../../../../env.ts';

interface RouteContext {
  readonly params: Promise<{ readonly labId: string }>;
}

export const dynamic = 'force-dynamic';

export async function GET(_request: Request, { params }: RouteContext): Promise<Response> {
  if (!readEnv(process.env).preview) return new Response(null, { status: 404 });
  return answerFigureBase((await params).labId);
}
