import { ArrowRight, Box, DoorOpen, Server } from 'lucide-react';
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
import type { Door, PodPlace, Room, TopologyModel } from '../topology/topology-model.ts';
import type { Figure } from './figure.ts';

/** A figure of the simulation, drawn when the page was built: it needs no script. */
export function FigureView({ figure }: { readonly figure: Figure }) {
  return (
    <figure className="drawn-figure">
      {figure.kind === 'packet' ? <Packet figure={figure} /> : <Diagram model={figure.model} />}
      {figure.caption !== '' && <figcaption>{figure.caption}</figcaption>}
      {figure.own.length > 0 && (
        <details className="disclosure mt-2 text-sm">
          <summary>The manifests it was drawn with</summary>
          <pre className="mt-1 overflow-x-auto rounded-sm bg-sunken px-3 py-2 font-mono text-xs" tabIndex={0}>
            {figure.own.join('\n---\n')}
          </pre>
        </details>
      )}
    </figure>
  );
}

function Packet({ figure: { mention, result } }: { readonly figure: Extract<Figure, { kind: 'packet' }> }) {
  const { mark, word } = verdictWords(result.verdict);
  const exchange = mainExchange(exchangesOf(result.packets));
  const port = mention.protocol === 'icmp' ? 'ping' : `${mention.protocol} ${mention.port}`;
  return (
    <div className="@container">
      <div className="border-b border-line px-4 py-3">
        <p className="text-sm text-muted">
          {nameOfKey(mention.from)} <ArrowRight aria-label="to" className="inline size-3.5" />{' '}
          {nameOfKey(mention.to)} <span className="font-mono text-xs">{port}</span>
        </p>
        <p className="mt-1 flex items-center gap-2 font-semibold">
          <VerdictMark mark={mark} />
          {word}
          <span className="text-sm font-normal text-faint">after {formatMs(result.durationMs)}</span>
        </p>
        <p className="mt-1 text-sm">{result.because}</p>
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

function Diagram({ model }: { readonly model: TopologyModel }) {
  return (
    <div className="grid gap-3 p-4">
      {model.doors.length > 0 && (
        <ul aria-label="Services" className="grid gap-2">
          {model.doors.map((door) => (
            <DoorFigure key={door.key} door={door} />
          ))}
        </ul>
      )}
      <div className="grid gap-3 sm:grid-cols-2">
        {model.rooms.map((room) => (
          <RoomFigure key={room.name} room={room} />
        ))}
      </div>
      {model.waiting.length > 0 && (
        <ul aria-label="Waiting for a node" className="grid gap-1.5">
          {model.waiting.map((pod) => (
            <PodFigure key={pod.key} pod={pod} />
          ))}
        </ul>
      )}
    </div>
  );
}

function DoorFigure({ door }: { readonly door: Door }) {
  const ports = door.ports.map(
    ({ port, protocol, nodePort }) =>
      `${port}/${protocol}${nodePort === undefined ? '' : `, node port ${nodePort}`}`,
  );
  const pods = [...door.ready, ...door.notReady].map(nameOfKey);
  return (
    <li className="flex flex-wrap items-baseline gap-x-2.5 gap-y-0.5 rounded-md border border-control/60 px-3 py-2 text-sm">
      <DoorOpen aria-hidden="true" className="size-4 self-center text-accent" />
      <span className="font-semibold">{door.name}</span>
      <span className="text-xs text-faint">{door.type}</span>
      <span className="font-mono text-xs text-muted">
        {door.clusterIp ?? door.externalName ?? 'no address of its own'}
      </span>
      <span className="font-mono text-xs text-muted">{ports.join('; ')}</span>
      <span>
        <ArrowRight aria-label="leads to" className="mr-1 inline size-3.5 text-faint" />
        {pods.length === 0 ? <span className="text-caution">no pod</span> : pods.join(', ')}
      </span>
    </li>
  );
}

function RoomFigure({ room }: { readonly room: Room }) {
  return (
    <section
      aria-label={`Node ${room.name}`}
      className="rounded-md border border-control/60 bg-raised/70 px-3 pt-1.5 pb-3"
    >
      <p className="flex flex-wrap items-baseline gap-x-2 text-sm">
        <Server aria-hidden="true" className="size-3.5 self-center text-faint" />
        <span className="font-semibold">{room.name}</span>
        <span className="font-mono text-xs text-faint">{room.address}</span>
      </p>
      {room.pods.length === 0 ? (
        <p className="mt-1 text-sm text-faint">No pods here.</p>
      ) : (
        <ul className="mt-1.5 grid gap-1.5">
          {room.pods.map((pod) => (
            <PodFigure key={pod.key} pod={pod} />
          ))}
        </ul>
      )}
    </section>
  );
}

function PodFigure({ pod }: { readonly pod: PodPlace }) {
  const policies = [...new Set([...pod.ingressPolicies, ...pod.egressPolicies])];
  return (
    <li className="flex flex-wrap items-baseline gap-x-2 rounded-sm border border-line bg-surface px-2.5 py-1 text-sm">
      <Box aria-hidden="true" className="size-3.5 self-center text-faint" />
      <span className="font-semibold">{pod.name}</span>
      <span className="font-mono text-xs text-muted">{pod.ip ?? pod.status}</span>
      {pod.ports.length > 0 && <span className="font-mono text-xs text-faint">:{pod.ports.join(', :')}</span>}
      {!pod.ready && <span className="text-xs font-semibold text-caution">{pod.status}</span>}
      {policies.length > 0 && <span className="text-xs text-muted">isolated by {policies.join(', ')}</span>}
    </li>
  );
}
