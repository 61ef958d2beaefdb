'use client';
import { Fragment } from 'react';
import { useCommandPort } from './command-port.tsx';
import { splitAtParameters } from './parameters.ts';

/** A value drawn for this learner. Without a session its name stands in its place. */
export function Parameter({ name }: { readonly name: string }) {
  const value = useCommandPort()?.parameters?.[name];
  if (value !== undefined) return <>{value}</>;
  return (
    <span
      className="rounded-sm bg-accent-wash px-1 text-accent-strong"
      title="Your lab draws its own value for this"
    >
      {name}
    </span>
  );
}

/** A text with its parameters filled in, or named where no session has drawn them. */
export function CommandText({ text }: { readonly text: string }) {
  return splitAtParameters(text).map((part, index) =>
    part.kind === 'text' ? (
      <Fragment key={index}>{part.text}</Fragment>
    ) : (
      <Parameter key={index} name={part.name} />
    ),
  );
}
