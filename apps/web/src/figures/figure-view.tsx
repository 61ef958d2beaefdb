import { ArrowRight, Box, DoorOpen, Server } from 'lucide-react';
import { nameOfKey } from '../topology/topology-path.ts';
import type { Door, PodPlace, Room, TopologyModel } from '../topology/topology-model.ts';
import type { Figure } from './figure.ts';
import { LivePacket, SendAgain } from './live/live-packet.tsx';
import { PacketFigure } from './packet-figure.tsx';

/** A figure of the simulation, drawn when the page was built: it needs no script. A packet can be sent again with one. */
export function FigureView({ figure }: { readonly figure: Figure }) {
  return (
    <figure className="drawn-figure">
      {figure.kind === 'packet' ? (
        <LivePacket mention={figure.mention} live={figure.live}>
          <PacketFigure mention={figure.mention} result={figure.result} action={<SendAgain />} />
        </LivePacket>
      ) : (
        <Diagram model={figure.model} />
      )}
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
