'use client';
import { Laptop } from 'lucide-react';
import { useMemo, useRef } from 'react';
import type { ReactNode } from 'react';
import { Badge } from '../design/badge.tsx';
import { classNames } from '../design/class-names.ts';
import { VerdictMark } from '../design/verdict-mark.tsx';
import type { Mark } from '../design/verdict-mark.tsx';
import type { Door, PodPlace, Room, TopologyModel } from './topology-model.ts';
import type { TopologyPath } from './topology-path.ts';
import { legBetween, svgPath, useAnchors } from './use-wires.ts';
import type { Anchors, Point } from './use-wires.ts';

/** How a try ended, shown at the place that was tried. */
export interface Outcome {
  readonly mark: Mark;
  readonly word: string;
}

interface FloorPlanProps {
  readonly model: TopologyModel;
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly path: TopologyPath | undefined;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly onChoose: (key: string) => void;
  readonly withToolbox: boolean;
}

/** Nodes as rooms, pods in them, Services as doors; the wires between them carry the path of what was tried. */
export function FloorPlan({
  model,
  source,
  destination,
  path,
  outcomes,
  onChoose,
  withToolbox,
}: FloorPlanProps) {
  const plan = useRef<HTMLDivElement>(null);
  const anchors = useAnchors(plan, model);
  const choice = { source, destination, outcomes, onChoose };
  return (
    <div className="@container">
      {model.doors.length > 0 && (
        <ul aria-label="Services" className="mb-3 flex flex-wrap gap-2">
          {model.doors.map((door) => (
            <DoorButton key={door.key} door={door} lit={path?.door === door.key} {...choice} />
          ))}
        </ul>
      )}
      <div ref={plan} className="relative">
        <Wires anchors={anchors} model={model} path={path} withToolbox={withToolbox} />
        <div className="relative grid gap-4 @2xl:grid-cols-2 @6xl:grid-cols-3">
          {model.rooms.map((room) => (
            <RoomBox
              key={room.name}
              room={room}
              stopped={path?.through.at(-1) === `node/${room.name}` ? path.stopped : 'no'}
            >
              {room.pods.map((pod) => (
                <PodButton key={pod.key} pod={pod} {...choice} />
              ))}
            </RoomBox>
          ))}
        </div>
        <div data-corridor className="hidden h-9 @2xl:block" />
        {withToolbox && (
          <div className="relative mt-4 w-fit pl-[calc(1.75rem+1px)] @2xl:mt-0">
            <PlaceButton placeKey="toolbox" label="Your toolbox, outside the cluster" {...choice}>
              <Laptop aria-hidden="true" className="size-4 text-faint" />
              <span className="font-semibold">toolbox</span>
              <span className="text-xs text-faint">outside the cluster</span>
            </PlaceButton>
          </div>
        )}
      </div>
      {model.waiting.length > 0 && (
        <div className="mt-4">
          <h3 className="text-xs font-semibold text-faint">Waiting for a node</h3>
          <ul className="mt-1 flex flex-wrap gap-2">
            {model.waiting.map((pod) => (
              <li
                key={pod.key}
                className="rounded-sm border border-dashed border-control px-2.5 py-1 text-sm"
              >
                {pod.name} <span className="text-caution">{pod.status}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

interface Choice {
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly onChoose: (key: string) => void;
}

function RoomBox({
  room,
  stopped,
  children,
}: {
  readonly room: Room;
  readonly stopped: TopologyPath['stopped'];
  readonly children: ReactNode;
}) {
  return (
    <section
      data-room={`node/${room.name}`}
      aria-label={`Node ${room.name}${room.ready ? '' : ', not ready'}`}
      className={classNames(
        'flex flex-col rounded-md border bg-raised/70 pr-2.5 pb-5 pl-7',
        room.ready ? 'border-control/60' : 'border-dashed border-denied',
        stopped !== 'no' && 'border-denied',
      )}
    >
      <h3 className="flex flex-wrap items-baseline gap-x-2 py-1.5 text-sm">
        <span className="font-semibold">{room.name}</span>
        <span className="font-mono text-xs text-faint">{room.address}</span>
        {!room.ready && <span className="text-xs font-semibold text-denied">NotReady</span>}
      </h3>
      <ul className="grid gap-1.5">{children}</ul>
      {room.pods.length === 0 && <p className="py-2 text-sm text-faint">No pods here.</p>}
    </section>
  );
}

function PodButton({ pod, ...choice }: Choice & { readonly pod: PodPlace }) {
  const gates = [
    ...(pod.ingressPolicies.length > 0 ? [`in: ${pod.ingressPolicies.join(', ')}`] : []),
    ...(pod.egressPolicies.length > 0 ? [`out: ${pod.egressPolicies.join(', ')}`] : []),
  ];
  return (
    <li className="pod-appears">
      <PlaceButton
        placeKey={pod.key}
        label={`Pod ${pod.namespace === 'default' ? '' : `${pod.namespace}/`}${pod.name}, ${pod.ip ?? 'no address yet'}, ${pod.status}${gates.length > 0 ? `, isolated ${gates.join(', ')}` : ''}`}
        {...choice}
      >
        <PodGlyph pod={pod} />
        <span className="min-w-0 flex-1 text-left leading-tight">
          <span className="flex flex-wrap items-baseline gap-x-2.5">
            <span className="truncate font-semibold">
              {pod.namespace !== 'default' && (
                <span className="font-normal text-faint">{pod.namespace}/</span>
              )}
              {pod.name}
            </span>
            <span className="font-mono text-xs text-muted">
              {pod.hostNetwork ? 'on the node’s network' : (pod.ip ?? 'no address yet')}
            </span>
          </span>
          {gates.map((gate) => (
            <span key={gate} className="block truncate text-xs text-caution" title={`Isolated, ${gate}`}>
              {gate}
            </span>
          ))}
        </span>
        {(!pod.ready || pod.ending) && <span className="text-xs text-caution">{pod.status}</span>}
      </PlaceButton>
    </li>
  );
}

/** A pod; isolated ones have a gate on the side of the wire. */
function PodGlyph({ pod }: { readonly pod: PodPlace }) {
  const isolated = pod.ingressPolicies.length > 0 || pod.egressPolicies.length > 0;
  return (
    <svg
      viewBox="0 0 20 20"
      aria-hidden="true"
      className={classNames('size-5 shrink-0', pod.ready ? 'text-accent' : 'text-faint')}
    >
      <rect
        x="4"
        y="4"
        width="13"
        height="13"
        rx="3.5"
        fill={pod.ready ? 'currentColor' : 'none'}
        fillOpacity="0.16"
        stroke="currentColor"
        strokeWidth="1.75"
        strokeDasharray={pod.ready ? undefined : '2.5 2'}
      />
      {isolated && (
        <path
          d="M1.2 3.5v13"
          stroke="var(--caution)"
          strokeWidth="2"
          strokeLinecap="round"
          strokeDasharray="4.2 4.6"
        />
      )}
    </svg>
  );
}

interface PlaceButtonProps extends Choice {
  readonly placeKey: string;
  readonly label: string;
  readonly children: ReactNode;
}

function PlaceButton({
  placeKey,
  label,
  source,
  destination,
  outcomes,
  onChoose,
  children,
}: PlaceButtonProps) {
  const role = placeKey === source ? 'source' : placeKey === destination ? 'destination' : undefined;
  const outcome = outcomes.get(placeKey);
  return (
    <button
      type="button"
      data-place={placeKey}
      aria-pressed={role !== undefined}
      aria-label={`${label}${role === undefined ? '' : `, chosen as ${role}`}${outcome === undefined ? '' : `, ${outcome.word}`}`}
      onClick={() => onChoose(placeKey)}
      className={classNames(
        'flex min-h-9 w-full items-center gap-2 rounded-md border bg-raised px-2 py-1 text-sm transition-colors duration-[var(--motion-quick)]',
        role === undefined ? 'border-line hover:border-accent' : 'border-accent bg-accent-wash',
      )}
    >
      {children}
      {role !== undefined && <Badge>{role === 'source' ? 'from' : 'to'}</Badge>}
      {outcome !== undefined && role !== 'source' && (
        <span
          className={classNames(
            'flex items-center gap-1 text-xs font-semibold whitespace-nowrap',
            outcome.mark === 'allowed'
              ? 'text-allowed'
              : outcome.mark === 'waiting'
                ? 'text-faint'
                : 'text-denied',
          )}
        >
          <VerdictMark mark={outcome.mark} className="size-4" />
          {outcome.word}
        </span>
      )}
    </button>
  );
}

function DoorButton({ door, lit, ...choice }: Choice & { readonly door: Door; readonly lit: boolean }) {
  const open = door.ready.length > 0 || door.externalName !== undefined;
  const ports = door.ports
    .map((port) => `${port.port}${port.protocol === 'TCP' ? '' : `/${port.protocol}`}`)
    .join(', ');
  const behind =
    door.externalName ??
    (door.ready.length === 0
      ? 'nobody behind it'
      : `${door.ready.length} ${door.ready.length === 1 ? 'pod' : 'pods'} behind it`);
  return (
    <li className={classNames('min-w-48 rounded-md', lit && 'outline-2 outline-accent')}>
      <PlaceButton
        placeKey={door.key}
        label={`Service ${door.name}, ${door.clusterIp ?? 'headless'}, port ${ports}, ${behind}`}
        {...choice}
      >
        {/* A door: ajar with someone behind it, barred without. */}
        <svg
          viewBox="0 0 20 20"
          aria-hidden="true"
          className={classNames('size-5 shrink-0', open ? 'text-accent' : 'text-denied')}
        >
          <path
            d="M4.5 17.5V4.2c0-.8.7-1.5 1.5-1.5h8c.8 0 1.5.7 1.5 1.5v13.3M1.5 17.5h17"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.75"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
          {open ? (
            <path d="M4.5 2.9l6 2.4v12.2h-6z" fill="currentColor" fillOpacity="0.3" />
          ) : (
            <>
              <path d="M4.5 2.9h11v14.6h-11z" fill="currentColor" fillOpacity="0.16" />
              <path
                d="M7.4 8l5.2 5.2M12.6 8l-5.2 5.2"
                stroke="currentColor"
                strokeWidth="1.75"
                strokeLinecap="round"
              />
            </>
          )}
        </svg>
        <span className="grid min-w-0 flex-1 text-left leading-tight">
          <span className="flex items-baseline gap-x-2">
            <span className="truncate font-semibold">
              {door.namespace !== 'default' && (
                <span className="font-normal text-faint">{door.namespace}/</span>
              )}
              {door.name}
            </span>
            <span className={classNames('text-xs whitespace-nowrap', open ? 'text-faint' : 'text-denied')}>
              {behind}
            </span>
          </span>
          <span className="font-mono text-xs text-muted">
            {door.externalName ?? door.clusterIp ?? 'headless'}
            {ports !== '' && `:${ports}`}
          </span>
        </span>
      </PlaceButton>
    </li>
  );
}

interface WiresProps {
  readonly anchors: Anchors;
  readonly model: TopologyModel;
  readonly path: TopologyPath | undefined;
  readonly withToolbox: boolean;
}

/** The wires at rest, and over them the lit path. */
function Wires({ anchors, model, path, withToolbox }: WiresProps) {
  const resting = useMemo(() => {
    const lines: Point[][] = [];
    for (const room of model.rooms) {
      const exit = anchors.ends.get(`node/${room.name}`);
      if (exit === undefined) continue;
      for (const pod of room.pods) lines.push([...legBetween(anchors, pod.key, `node/${room.name}`)]);
      lines.push([exit, { x: exit.x, y: anchors.corridorY ?? exit.y }]);
    }
    const xs = model.rooms.flatMap((room) => anchors.risers.get(`node/${room.name}`) ?? []);
    const toolbox = withToolbox ? anchors.ends.get('toolbox') : undefined;
    const toolboxX = anchors.risers.get('toolbox');
    if (anchors.corridorY !== undefined && xs.length > 0) {
      const all = toolboxX === undefined ? xs : [...xs, toolboxX];
      lines.push([
        { x: Math.min(...all), y: anchors.corridorY },
        { x: Math.max(...all), y: anchors.corridorY },
      ]);
    } else if (xs.length > 0) {
      // Rooms one above the other share their riser, down to the last of them.
      const ys = [...anchors.ends.values()].map((point) => point.y);
      const x = Math.min(...xs);
      lines.push([
        { x, y: Math.min(...ys) },
        { x, y: Math.max(...ys) },
      ]);
    }
    if (toolbox !== undefined && toolboxX !== undefined && anchors.corridorY !== undefined)
      lines.push([toolbox, { x: toolboxX, y: toolbox.y }, { x: toolboxX, y: anchors.corridorY }]);
    return lines.map(svgPath).join('');
  }, [anchors, model, withToolbox]);
  const lit = useMemo(() => litPath(anchors, path), [anchors, path]);
  return (
    <svg
      aria-hidden="true"
      width={anchors.width}
      height={anchors.height}
      className="pointer-events-none absolute inset-0 z-10 overflow-visible"
    >
      <path
        d={resting}
        fill="none"
        stroke="var(--line-control)"
        strokeOpacity="0.55"
        strokeWidth="1.5"
        strokeLinejoin="round"
      />
      {lit !== undefined && (
        <>
          <path
            key={lit.d}
            d={lit.d}
            pathLength={1}
            fill="none"
            stroke={lit.stopped === 'no' ? 'var(--accent)' : 'var(--denied)'}
            strokeWidth="3.5"
            strokeLinejoin="round"
            strokeLinecap="round"
            className="wire-lit"
          />
          {lit.stopped !== 'no' && <StopMark at={lit.end} stopped={lit.stopped} />}
        </>
      )}
    </svg>
  );
}

function StopMark({ at, stopped }: { readonly at: Point; readonly stopped: 'dropped' | 'rejected' }) {
  return (
    <g transform={`translate(${at.x - 10} ${at.y - 10})`} className="wire-stop">
      <circle cx="10" cy="10" r="11.5" fill="var(--surface-raised)" />
      <path
        d="M6.6 1.9h6.8l4.7 4.7v6.8l-4.7 4.7H6.6l-4.7-4.7V6.6z"
        fill={stopped === 'dropped' ? 'var(--denied)' : 'var(--surface-raised)'}
        stroke="var(--denied)"
        strokeWidth="1.8"
      />
      {stopped === 'dropped' ? (
        <path d="M5.6 10h8.8" stroke="var(--surface-raised)" strokeWidth="2.4" strokeLinecap="round" />
      ) : (
        <path
          d="M13.5 7.5H7m0 0l2.4-2.3M7 7.5l2.4 2.3M13.5 7.5c1.4 2.4 0 5-3 5.4"
          fill="none"
          stroke="var(--denied)"
          strokeWidth="1.7"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      )}
    </g>
  );
}

function litPath(
  anchors: Anchors,
  path: TopologyPath | undefined,
): { readonly d: string; readonly end: Point; readonly stopped: TopologyPath['stopped'] } | undefined {
  if (path === undefined) return undefined;
  const points: Point[] = [];
  const known = path.through.filter((key) => anchors.ends.has(key));
  for (const [index, key] of known.entries()) {
    const next = known[index + 1];
    if (next === undefined) continue;
    points.push(...legBetween(anchors, key, next));
  }
  // A room is a way through, not an end, unless the packet stopped there: leave out the small detours to its exit.
  const drawn = withoutDetours(points);
  const end = drawn.at(-1) ?? anchors.ends.get(known[0] ?? '');
  return end === undefined
    ? undefined
    : { d: svgPath(drawn.length > 0 ? drawn : [end]), end, stopped: path.stopped };
}

/** Drops points where the line turns straight back on itself. */
export function withoutDetours(points: readonly Point[]): readonly Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    const last = kept.at(-1);
    if (last !== undefined && near(last, point)) continue;
    kept.push(point);
    for (;;) {
      const [a, b, c] = kept.slice(-3);
      if (a === undefined || b === undefined || c === undefined) break;
      const vertical = Math.abs(a.x - b.x) < 1 && Math.abs(b.x - c.x) < 1;
      const horizontal = Math.abs(a.y - b.y) < 1 && Math.abs(b.y - c.y) < 1;
      if (!vertical && !horizontal) break;
      kept.splice(-2, 1);
      if (near(a, c)) kept.pop();
    }
  }
  return kept;
}

function near(left: Point, right: Point): boolean {
  return Math.abs(left.x - right.x) < 1 && Math.abs(left.y - right.y) < 1;
}
