'use client';
import type { Me } from '@podwire/protocol';
import { useCallback, useEffect, useState } from 'react';
import { fetchMe } from '../connection/api.ts';
import { useProgress } from '../course/use-progress.ts';
import { Button } from '../design/button.tsx';
import { Callout } from '../design/callout.tsx';
import { Field } from '../design/field.tsx';
import { Spinner } from '../design/progress.tsx';
import { Tabs } from '../design/tabs.tsx';
import { authApi } from './auth-api.ts';
import type { AuthResult } from './auth-api.ts';

const MIN_PASSWORD_CHARS = 10;

type Known =
  | { readonly kind: 'asking' }
  | { readonly kind: 'unknown'; readonly message: string }
  | { readonly kind: 'known'; readonly me: Me };

/** Who you are here, and a way to keep what you have done on every machine. */
export function AccountPanel() {
  const [known, setKnown] = useState<Known>({ kind: 'asking' });
  const ask = useCallback(async () => {
    const result = await fetchMe();
    setKnown(
      result.ok ? { kind: 'known', me: result.value } : { kind: 'unknown', message: result.error.message },
    );
  }, []);
  useEffect(() => {
    // oxlint-disable-next-line react/set-state-in-effect -- state is set when the answer comes
    void ask();
  }, [ask]);
  if (known.kind === 'asking') {
    return (
      <p role="status" className="flex items-center gap-2 text-muted">
        <Spinner /> Asking who you are
      </p>
    );
  }
  if (known.kind === 'unknown') {
    return (
      <Callout tone="error" title="Your account can’t be reached" live>
        <p>{known.message}</p>
      </Callout>
    );
  }
  return known.me.anonymous ? (
    <SignIn me={known.me} onDone={() => void ask()} />
  ) : (
    <SignedIn me={known.me} onDone={() => void ask()} />
  );
}

function SignedIn({ me, onDone }: { readonly me: Me; readonly onDone: () => void }) {
  const progress = useProgress();
  const [error, setError] = useState<string>();
  const signOut = async (): Promise<void> => {
    const result = await authApi.signOut();
    if (result.ok) onDone();
    else setError(result.message);
  };
  const passed = progress?.tasks.filter((task) => task.passed).length ?? 0;
  return (
    <div className="grid gap-6">
      <p className="text-lg">
        You are signed in as <strong>{me.name ?? me.email}</strong>
        {me.name !== undefined && me.email !== undefined && <span className="text-muted"> ({me.email})</span>}
        .
      </p>
      {progress !== undefined && (
        <p className="text-muted">
          {progress.lessonsRead.length} {progress.lessonsRead.length === 1 ? 'lesson' : 'lessons'} read,{' '}
          {passed} {passed === 1 ? 'task' : 'tasks'} passed. All of it is stored with your account.
        </p>
      )}
      {me.role !== 'learner' && (
        <p className="text-muted">
          You are {me.role === 'admin' ? 'an administrator' : 'an instructor'} of this site.
        </p>
      )}
      <div>
        <Button onClick={() => void signOut()}>Sign out</Button>
        {error !== undefined && (
          <p role="alert" className="mt-2 font-semibold text-denied">
            You are still signed in. {error}
          </p>
        )}
      </div>
    </div>
  );
}

function SignIn({ me, onDone }: { readonly me: Me; readonly onDone: () => void }) {
  const [mode, setMode] = useState<'in' | 'up'>('up');
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const finish = (result: AuthResult): void => {
    setBusy(false);
    if (!result.ok) setError(result.message);
    else if (result.url === undefined) onDone();
    else window.location.assign(result.url);
  };
  const begin = (asked: Promise<AuthResult>): void => {
    setBusy(true);
    setError(undefined);
    void asked.then(finish);
  };
  const form = (
    <form
      className="grid gap-4 pt-5"
      onSubmit={(event) => {
        event.preventDefault();
        begin(mode === 'in' ? authApi.signIn(email, password) : authApi.signUp(name.trim(), email, password));
      }}
    >
      {mode === 'up' && (
        <Field
          label="Name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          autoComplete="name"
          required
          maxLength={100}
        />
      )}
      <Field
        label="Email"
        type="email"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        autoComplete="email"
        required
        maxLength={254}
      />
      <Field
        label="Password"
        type="password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        autoComplete={mode === 'up' ? 'new-password' : 'current-password'}
        {...(mode === 'up'
          ? {
              help: `At least ${MIN_PASSWORD_CHARS} characters. A few words that belong together only for you are good.`,
              minLength: MIN_PASSWORD_CHARS,
            }
          : {})}
        required
        maxLength={128}
      />
      {error !== undefined && (
        <p role="alert" className="font-semibold text-denied">
          {error}
        </p>
      )}
      <Button
        type="submit"
        tone={me.signIn.oidc.length > 0 ? 'plain' : 'primary'}
        disabled={busy}
        className="w-fit"
      >
        {busy && <Spinner />}
        {mode === 'up' ? 'Make the account' : 'Sign in'}
      </Button>
    </form>
  );
  return (
    <div className="grid gap-6">
      <p className="max-w-prose text-muted">
        You are learning without an account, and that is fine: your progress is stored for this browser. With
        an account it comes along to other machines, and what you have done so far moves into it.
      </p>
      {me.signIn.oidc.length > 0 && (
        <div className="flex flex-wrap gap-2">
          {me.signIn.oidc.map((provider) => (
            <Button
              key={provider.id}
              tone="primary"
              disabled={busy}
              onClick={() => begin(authApi.signInWith(provider.id))}
            >
              Go on with {provider.name}
            </Button>
          ))}
        </div>
      )}
      {me.signIn.emailAndPassword && (
        <Tabs
          label="Account"
          className="max-w-sm"
          value={mode}
          onChange={(choice) => {
            setMode(choice);
            setError(undefined);
          }}
          tabs={[
            { id: 'up', title: 'Make an account', content: form },
            { id: 'in', title: 'Sign in', content: form },
          ]}
        />
      )}
      {!me.signIn.emailAndPassword && me.signIn.oidc.length === 0 && (
        <p className="text-muted">This site offers no accounts.</p>
      )}
    </div>
  );
}
