import type { Signer } from './secret.ts';

export const LEARNER_COOKIE = 'podwire_learner';
/** As long as browsers keep cookies: an anonymous learner's progress hangs on it. */
const MAX_AGE_SECONDS = 400 * 24 * 3_600;

/** `<learner id>.<signature>` */
export function learnerCookieValue(learnerId: string, signer: Signer): string {
  return `${learnerId}.${signer.sign(learnerId)}`;
}

export function learnerIdOf(value: string | undefined, signer: Signer): string | undefined {
  const dot = value?.indexOf('.') ?? -1;
  if (value === undefined || dot <= 0) return undefined;
  const learnerId = value.slice(0, dot);
  return signer.verify(learnerId, value.slice(dot + 1)) ? learnerId : undefined;
}

export function cookieOptions(secure: boolean) {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: MAX_AGE_SECONDS } as const;
}
