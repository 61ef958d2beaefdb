import { forgetMe } from '../connection/api.ts';

export type AuthResult =
  { readonly ok: true; readonly url?: string } | { readonly ok: false; readonly message: string };

/** Codes that a person can do something about, in our words. */
const MESSAGES: Readonly<Record<string, string>> = {
  INVALID_EMAIL_OR_PASSWORD: 'The email address or the password is not right.',
  USER_ALREADY_EXISTS: 'There is an account with this email address. Sign in instead.',
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: 'There is an account with this email address. Sign in instead.',
  PASSWORD_TOO_SHORT: 'The password needs at least 10 characters.',
  PASSWORD_TOO_LONG: 'The password is too long.',
  INVALID_EMAIL: 'This is not an email address.',
};

/** Signing in and out goes to the server's auth endpoints; the session lives in a cookie that scripts cannot read. */
export const authApi = {
  signIn: (email: string, password: string): Promise<AuthResult> =>
    post('/api/auth/sign-in/email', { email, password }),
  signUp: (name: string, email: string, password: string): Promise<AuthResult> =>
    post('/api/auth/sign-up/email', { name, email, password }),
  signOut: (): Promise<AuthResult> => post('/api/auth/sign-out', {}),
  /** Answers with the address of the provider to go on to. */
  signInWith: (providerId: string): Promise<AuthResult> =>
    post('/api/auth/sign-in/oauth2', { providerId, callbackURL: '/account' }),
} as const;

async function post(path: string, body: unknown): Promise<AuthResult> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch {
    return { ok: false, message: 'Podwire did not answer. Check your connection and try again.' };
  }
  const answer = (await response.json().catch(() => undefined)) as
    { code?: unknown; message?: unknown; url?: unknown; error?: { message?: unknown } } | null | undefined;
  if (response.ok) {
    forgetMe();
    return typeof answer?.url === 'string' ? { ok: true, url: answer.url } : { ok: true };
  }
  if (response.status === 429)
    return { ok: false, message: 'Too many tries in a short time. Wait a minute and try again.' };
  const known = typeof answer?.code === 'string' ? MESSAGES[answer.code] : undefined;
  const said = answer?.error?.message ?? answer?.message;
  return {
    ok: false,
    message: known ?? (typeof said === 'string' ? said : 'This did not work. Nothing is lost; try again.'),
  };
}
