import type { Offer } from '../port.ts';
import type { DockerHost } from './docker-host.ts';
import { runProgram } from './run-program.ts';

const KIND_ANSWERS_WITHIN_MS = 10_000;
const REMEDY = 'Take a simulated cluster. `podwire doctor` tells whoever runs this site what is missing.';

/** Whether this machine has what every kind cluster needs. */
export async function kindOffer(
  docker: DockerHost,
  wanted: { readonly kindProgram: string; readonly images: readonly string[] },
): Promise<Offer> {
  if (!(await docker.answers()))
    return {
      ok: false,
      because: 'A kind cluster runs in Docker, and Docker does not answer on this server.',
      remedy: REMEDY,
    };
  const kind = await runProgram(wanted.kindProgram, ['version'], { timeoutMs: KIND_ANSWERS_WITHIN_MS });
  if (kind.exitCode !== 0)
    return { ok: false, because: 'The program kind is not installed on this server.', remedy: REMEDY };
  for (const image of wanted.images)
    if (!(await docker.hasImage(image)))
      return { ok: false, because: `The image ${image} is not on this server.`, remedy: REMEDY };
  return { ok: true };
}
