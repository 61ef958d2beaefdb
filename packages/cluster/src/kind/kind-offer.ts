import type { Offer } from '../port.ts';
import type { PreflightWish } from './preflight/answers.ts';
import type { PreflightFinding } from './preflight/findings.ts';
import { kindPreflight } from './preflight/kind-preflight.ts';

/** Whether this machine has what every kind cluster needs. Memory is none of it: where there is none now, one waits. */
export async function kindOffer(
  wish: PreflightWish,
  preflight: (wish: PreflightWish) => Promise<readonly PreflightFinding[]> = kindPreflight,
): Promise<Offer> {
  const lacking = (await preflight(wish)).find(({ what, state }) => state === 'absent' && what !== 'memory');
  if (lacking === undefined) return { ok: true };
  return {
    ok: false,
    because: `This server can’t run kind clusters now. ${lacking.what}: ${lacking.saw}.`,
    remedy: 'Take a simulated cluster. `podwire doctor` tells whoever runs this site what is missing.',
  };
}
