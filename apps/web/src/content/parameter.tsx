'use client';
import { Fragment } from 'react';
import { useCommandPort } from './command-port.tsx';
import { piecesOf } from './command-words.ts';
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
      <Fragment key={index}>
        {piecesOf(part.text).map(({ text: piece, whole }, at) =>
          whole ? (
            <span key={at} className="whitespace-nowrap">
              {piece}
            </span>
          ) : (
            piece
          ),
        )}
      </Fragment>
    ) : (
      <Parameter key={index} name={part.name} />
    ),
  );
}
