'use client';
import { Box, Globe, Server } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { PacketTraceView, ProbeResultView } from '@podwire/protocol';
import { classNames } from '../design/class-names.ts';
import { VerdictMark } from '../design/verdict-mark.tsx';
import { HopLine, PassingWire } from './hop-line.tsx';
import { addressOf, exchangesOf, fateWords, formatMs, mainExchange, verdictWords } from './packet-model.ts';
import type { Exchange, Flight, Hop, Stretch } from './packet-model.ts';

interface ProbeViewProps {
  readonly title: string;
  readonly result: ProbeResultView;
  /** What a check had expected of it. */
  readonly expected?: string;
}

/** A connection that was tried: how it ended, why, and every packet's way. */
export function ProbeView({ title, result, expected }: ProbeViewProps) {
  const { mark, word } = verdictWords(result.verdict);
  return (
    <article className="@container">
      <header className="border-b border-line px-4 py-3">
        <h3 className="text-sm font-semibold text-muted">{title}</h3>
        <p className="mt-1 flex items-center gap-2 text-lg font-[660]">
          <VerdictMark mark={mark} />
          {word}
          <span className="text-sm font-normal text-faint">after {formatMs(result.durationMs)}</span>
        </p>
        <p className="mt-1 max-w-[75ch] text-sm text-ink">{result.because}</p>
        <dl className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-xs">
          {expected !== undefined && <Fact term="Expected" value={expected} />}
          {result.dialled !== undefined && (
            <Fact term="Dialled" value={addressOf(result.dialled.address, result.dialled.port)} />
          )}
          {result.reached !== undefined && (
            <Fact
              term="Reached"
              value={`${addressOf(result.reached.address, result.reached.port)}${result.reached.owner === undefined ? '' : ` (${result.reached.owner})`}`}
            />
          )}
          {result.sourceSeen !== undefined && <Fact term="Seen as coming from" value={result.sourceSeen} />}
        </dl>
      </header>
      <PacketView packets={result.packets} />
    </article>
  );
}

function Fact({ term, value }: { readonly term: string; readonly value: string }) {
  return (
    <div className="flex gap-1.5">
      <dt className="text-faint">{term}</dt>
      <dd className="font-mono text-ink">{value}</dd>
    </div>
  );
}

interface PacketViewProps {
  readonly packets: readonly PacketTraceView[];
  /** Begin without the hops at which nothing was decided. */
  readonly brief?: boolean;
}

/** Packets hop by hop, each answer beneath what it answers. */
export function PacketView({ packets, brief = false }: PacketViewProps) {
  const exchanges = useMemo(() => exchangesOf(packets), [packets]);
  const [chosen, setChosen] = useState<number>();
  const [decisionsOnly, setDecisionsOnly] = useState(brief);
  const exchange = exchanges.find((candidate) => candidate.key === chosen) ?? mainExchange(exchanges);
  if (exchange === undefined)
    return (
      <p className="px-4 py-6 text-sm text-muted">No packet left the sender, so there is no way to show.</p>
    );
  return (
    <div className="@container">
      <div className="flex flex-wrap items-center justify-between gap-2 px-4 pt-3">
        {exchanges.length > 1 ? (
          <ExchangeChoice exchanges={exchanges} chosen={exchange.key} onChoose={setChosen} />
        ) : (
          <span />
        )}
        <label className="flex items-center gap-2 text-xs text-muted">
          <input
            type="checkbox"
            checked={decisionsOnly}
            onChange={(event) => setDecisionsOnly(event.target.checked)}
            className="size-4"
          />
          Decisions only
        </label>
      </div>
      <FlightView flight={exchange.request} title="The packet" decisionsOnly={decisionsOnly} />
      {exchange.replies.map((reply) => (
        <FlightView
          key={reply.packet.packetId}
          flight={reply}
          title="The answer"
          decisionsOnly={decisionsOnly}
        />
      ))}
    </div>
  );
}

interface ExchangeChoiceProps {
  readonly exchanges: readonly Exchange[];
  readonly chosen: number;
  readonly onChoose: (key: number) => void;
}

function ExchangeChoice({ exchanges, chosen, onChoose }: ExchangeChoiceProps) {
  return (
    <div role="group" aria-label="Packets of this connection" className="flex flex-wrap gap-1">
      {exchanges.map(({ key, request }) => (
        <button
          key={key}
          type="button"
          aria-pressed={key === chosen}
          onClick={() => onChoose(key)}
          className={classNames(
            'flex items-center gap-1.5 rounded-sm border px-2 py-1 text-xs font-semibold',
            key === chosen
              ? 'border-accent bg-accent-wash text-accent-strong'
              : 'border-line text-muted hover:bg-hover hover:text-ink',
          )}
        >
          <VerdictMark mark={fateWords(request.packet.fate).mark} className="size-3.5" />
          {request.packet.summary}
        </button>
      ))}
    </div>
  );
}

interface FlightViewProps {
  readonly flight: Flight;
  readonly title: string;
  readonly decisionsOnly: boolean;
}

function FlightView({ flight, title, decisionsOnly }: FlightViewProps) {
  const { packet, repeats, lastSentAtMs } = flight;
  const fate = fateWords(packet.fate);
  const first = packet.steps[0]?.before;
  return (
    <section className="px-4 py-3" aria-label={`${title}: ${packet.summary}, ${fate.word}`}>
      <h4 className="flex flex-wrap items-baseline gap-x-2 text-sm">
        <span className="font-semibold">{title}</span>
        <span className="font-mono text-xs text-muted">{packet.summary}</span>
        {first !== undefined && (
          <span className="font-mono text-xs text-faint">
            {addressOf(first.source, first.sourcePort)} →{' '}
            {addressOf(first.destination, first.destinationPort)}
          </span>
        )}
      </h4>
      {repeats > 0 && (
        <p className="mt-0.5 text-xs text-faint">
          Sent {repeats + 1} times in {formatMs(lastSentAtMs - packet.sentAtMs)}, each time with the same end.
        </p>
      )}
      <ol className="mt-2">
        {partsOf(flight, decisionsOnly).map((part, index) =>
          part.kind === 'through' ? (
            <li key={index} className="packet-place">
              <PassingWire lane={part.lane} lanes={flight.lanes} />
              <span className="font-normal text-faint">through {part.places.join(', ')}</span>
            </li>
          ) : (
            <StretchView
              key={index}
              stretch={part.stretch}
              hops={part.hops}
              flight={flight}
              first={index === 0}
            />
          ),
        )}
      </ol>
    </section>
  );
}

const PLACE_ICONS = { pod: Box, node: Server, elsewhere: Globe } as const;

type Part =
  | { readonly kind: 'stretch'; readonly stretch: Stretch; readonly hops: readonly Hop[] }
  /** Places at which nothing was decided, when only decisions are shown. */
  | { readonly kind: 'through'; readonly places: string[]; readonly lane: number };

function partsOf(flight: Flight, decisionsOnly: boolean): readonly Part[] {
  const parts: Part[] = [];
  for (const stretch of flight.stretches) {
    const hops = decisionsOnly ? stretch.hops.filter((hop) => !hop.quiet) : stretch.hops;
    const last = parts.at(-1);
    if (hops.length > 0) parts.push({ kind: 'stretch', stretch, hops });
    else if (last?.kind === 'through') last.places.push(stretch.where);
    else parts.push({ kind: 'through', places: [stretch.where], lane: stretch.hops[0]?.lane ?? 0 });
  }
  return parts;
}

interface StretchViewProps {
  readonly stretch: Stretch;
  readonly hops: readonly Hop[];
  readonly flight: Flight;
  readonly first: boolean;
}

function StretchView({ stretch, hops, flight, first }: StretchViewProps) {
  const Icon = PLACE_ICONS[stretch.place];
  const end = flight.stretches.at(-1)?.hops.at(-1);
  return (
    <li className="packet-stretch">
      <p className="packet-place">
        <PassingWire lane={first ? undefined : (stretch.hops[0]?.lane ?? 0)} lanes={flight.lanes} />
        <span className="flex items-center gap-1.5">
          <Icon aria-hidden="true" className="size-3.5 text-faint" />
          {stretch.where}
        </span>
      </p>
      <ol>
        {hops.map((hop, index) => (
          <HopLine
            key={hop.key}
            hop={hop}
            lanes={flight.lanes}
            begins={first && index === 0}
            ends={hop === end}
          />
        ))}
      </ol>
    </li>
  );
}
