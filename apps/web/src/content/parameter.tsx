'use client';
import { useCommandPort } from './command-port.tsx';

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
