import { ArrowRight } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ProbeResultView } from '@podwire/protocol';
import type { PacketMention } from '../content/command-port.tsx';
import { VerdictMark } from '../design/verdict-mark.tsx';
import { HopLine, PassingWire } from '../packets/hop-line.tsx';
import {
  addressOf,
  exchangesOf,
  fateWords,
  formatMs,
  mainExchange,
  verdictWords,
} from '../packets/packet-model.ts';
import type { Flight, Stretch } from '../packets/packet-model.ts';
import { nameOfKey } from '../topology/topology-path.ts';

interface PacketFigureProps {
  readonly mention: PacketMention;
  readonly result: ProbeResultView;
  /** Beside the connection's name. */
  readonly action?: ReactNode;
}

/** A connection and its deciding packet's way, without any script. */
export function PacketFigure({ mention, result, action }: PacketFigureProps) {
  const { mark, word } = verdictWords(result.verdict);
  const port = mention.protocol === 'icmp' ? 'ping' : `${mention.protocol} ${mention.port}`;
  const exchange = mainExchange(exchangesOf(result.packets));
  return (
    <div className="@container">
      <div className="border-b border-line px-4 py-3">
        <div className="flex items-start justify-between gap-x-4">
          <div className="min-w-0">
            <p className="text-sm text-muted">
              {nameOfKey(mention.from)} <ArrowRight aria-label="to" className="inline size-3.5" />{' '}
              {nameOfKey(mention.to)} <span className="font-mono text-xs">{port}</span>
            </p>
            <p data-verdict="" className="mt-1 flex items-center gap-2 font-semibold">
              <VerdictMark mark={mark} />
              {word}
              <span className="text-sm font-normal text-faint">after {formatMs(result.durationMs)}</span>
            </p>
          </div>
          {action}
        </div>
        <p data-verdict="" className="mt-1 text-sm">
          {result.because}
        </p>
      </div>
      {exchange === undefined ? (
        <p className="px-4 py-3 text-sm text-muted">No packet left the sender.</p>
      ) : (
        <>
          <FlightFigure flight={exchange.request} title="The packet" />
          {exchange.replies.slice(0, 1).map((reply) => (
            <details key={reply.packet.packetId} className="border-t border-line px-4 py-2 text-sm">
              <summary className="font-semibold text-muted">The answer’s way back</summary>
              <FlightFigure flight={reply} title="The answer" />
            </details>
          ))}
        </>
      )}
    </div>
  );
}

/** Decisions only; what merely passes is named in between, as the packet view in a lab does it. */
function FlightFigure({ flight, title }: { readonly flight: Flight; readonly title: string }) {
  const first = flight.packet.steps[0]?.before;
  const end = flight.stretches.at(-1)?.hops.at(-1);
  return (
    <section
      className="px-4 py-3"
      aria-label={`${title}: ${flight.packet.summary}, ${fateWords(flight.packet.fate).word}`}
    >
      <p className="flex flex-wrap items-baseline gap-x-2 text-sm">
        <span className="font-semibold">{title}</span>
        <span className="font-mono text-xs text-muted">{flight.packet.summary}</span>
        {first !== undefined && (
          <span className="font-mono text-xs text-faint">
            {addressOf(first.source, first.sourcePort)} →{' '}
            {addressOf(first.destination, first.destinationPort)}
          </span>
        )}
      </p>
      <ol className="mt-2">
        {flight.stretches.map((stretch, index) => (
          <StretchFigure key={index} stretch={stretch} lanes={flight.lanes} first={index === 0} end={end} />
        ))}
      </ol>
    </section>
  );
}

function StretchFigure({
  stretch,
  lanes,
  first,
  end,
}: {
  readonly stretch: Stretch;
  readonly lanes: number;
  readonly first: boolean;
  readonly end: Stretch['hops'][number] | undefined;
}) {
  const hops = stretch.hops.filter((hop) => !hop.quiet);
  const lane = stretch.hops[0]?.lane ?? 0;
  return (
    <li className="packet-stretch">
      <p className="packet-place">
        <PassingWire lane={first ? undefined : lane} lanes={lanes} />
        <span>
          {hops.length === 0 ? (
            <span className="font-normal text-faint">through {stretch.where}</span>
          ) : (
            stretch.where
          )}
        </span>
      </p>
      {hops.length > 0 && (
        <ol>
          {hops.map((hop, index) => (
            <HopLine key={hop.key} hop={hop} lanes={lanes} begins={first && index === 0} ends={hop === end} />
          ))}
        </ol>
      )}
    </li>
  );
}
