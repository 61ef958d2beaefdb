'use client';
import { Route } from 'lucide-react';
import { useCommandPort } from './command-port.tsx';
import type { PacketMention } from './command-port.tsx';
import { fillParameters } from './parameters.ts';

/** A connection the text speaks of: in a lab one press tries it and opens the packet view. */
export function PacketLink({
  mention,
  children,
}: {
  readonly mention: PacketMention;
  readonly children: React.ReactNode;
}) {
  const port = useCommandPort();
  if (port === undefined) return <span className="font-semibold">{children}</span>;
  return (
    <button
      type="button"
      className="inline-command font-sans font-semibold"
      onClick={() =>
        port.tracePacket({
          ...mention,
          from: fillParameters(mention.from, port.parameters),
          to: fillParameters(mention.to, port.parameters),
        })
      }
    >
      <Route aria-hidden="true" className="mr-1 inline size-[0.85em] align-baseline" />
      {children}
    </button>
  );
}
