'use client';
import { useEffect, useState } from 'react';
import { anyAnswer, change } from '../connection/api.ts';
import { Button } from '../design/button.tsx';
import { Callout } from '../design/callout.tsx';
import { Field } from '../design/field.tsx';
import { Spinner } from '../design/progress.tsx';
import { ButtonLink } from '../design/text-link.tsx';

type Step =
  | { readonly kind: 'asking' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly message: string };

/** The one-time link that Podwire prints when it starts for the first time makes whoever opens it its administrator. */
export function ClaimPanel() {
  const [token, setToken] = useState('');
  const [step, setStep] = useState<Step>({ kind: 'asking' });
  useEffect(() => {
    // The token stands after the #, which browsers never send; it is taken out of the address at once.
    const given = window.location.hash.slice(1);
    if (given === '') return;
    window.history.replaceState(null, '', window.location.pathname);
    // oxlint-disable-next-line react/set-state-in-effect -- only the browser knows what stands after the #
    setToken(given);
  }, []);
  const claim = async (): Promise<void> => {
    setStep({ kind: 'busy' });
    const result = await change('POST', '/api/admin/claim', { token: token.trim() }, anyAnswer);
    setStep(result.ok ? { kind: 'done' } : { kind: 'refused', message: result.error.message });
  };
  if (step.kind === 'done') {
    return (
      <div className="grid gap-5">
        <Callout title="You are the administrator of this site" live>
          <p>
            Make an account next, so that you stay it on other machines and when this browser forgets you.
          </p>
        </Callout>
        <div>
          <ButtonLink tone="primary" href="/account">
            Make an account
          </ButtonLink>
        </div>
      </div>
    );
  }
  return (
    <form
      className="grid max-w-md gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void claim();
      }}
    >
      {step.kind === 'refused' && (
        <Callout tone="error" title="This link does not work" live>
          <p>{step.message}</p>
        </Callout>
      )}
      <Field
        label="One-time token"
        help="It stands at the end of the link that Podwire printed when it started."
        className="[&_input]:font-mono [&_input]:text-sm"
        value={token}
        onChange={(event) => setToken(event.target.value)}
        autoComplete="off"
        spellCheck={false}
        required
        minLength={20}
        maxLength={100}
      />
      <Button type="submit" tone="primary" className="w-fit" disabled={step.kind === 'busy'}>
        {step.kind === 'busy' && <Spinner />}
        Become the administrator
      </Button>
    </form>
  );
}
