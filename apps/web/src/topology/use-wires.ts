'use client';
import { useLayoutEffect, useState } from 'react';
import type { RefObject } from 'react';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where places stand on the drawn plan, in pixels from its upper left corner. */
export interface Anchors {
  readonly width: number;
  readonly height: number;
  /** Where a place's wire meets it. */
  readonly ends: ReadonlyMap<string, Point>;
  /** The vertical wire of the room a place is in. */
  readonly risers: ReadonlyMap<string, number>;
  /** The wire between rooms; undefined where rooms stand one above the other and share their riser. */
  readonly corridorY: number | undefined;
}

const NOWHERE: Anchors = { width: 0, height: 0, ends: new Map(), risers: new Map(), corridorY: undefined };
/** Distance of a riser from the edge of the places it serves. */
export const STUB_PX = 14;

/**
 * Measures the elements that carry `data-place` (pods, the toolbox), `data-room` (nodes) and `data-corridor`.
 * Measured anew when anything changes its size or `version` changes.
 */
export function useAnchors(plan: RefObject<HTMLElement | null>, version: unknown): Anchors {
  const [anchors, setAnchors] = useState<Anchors>(NOWHERE);
  useLayoutEffect(() => {
    const element = plan.current;
    if (element === null) return undefined;
    const measure = (): void => setAnchors(read(element));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [plan, version]);
  return anchors;
}

function read(plan: HTMLElement): Anchors {
  const origin = plan.getBoundingClientRect();
  const ends = new Map<string, Point>();
  const risers = new Map<string, number>();
  for (const place of plan.querySelectorAll<HTMLElement>('[data-place]')) {
    const box = place.getBoundingClientRect();
    const key = place.dataset['place'] ?? '';
    ends.set(key, { x: box.left - origin.left, y: box.top - origin.top + Math.min(box.height / 2, 20) });
    risers.set(key, box.left - origin.left - STUB_PX);
  }
  const roomXs = new Set<number>();
  for (const room of plan.querySelectorAll<HTMLElement>('[data-room]')) {
    const box = room.getBoundingClientRect();
    const inner = room.querySelector<HTMLElement>('[data-place]')?.getBoundingClientRect().left;
    // An empty room's riser stands where that of a full one would: inside its border.
    const x = (inner ?? box.left + room.clientLeft + 2 * STUB_PX) - origin.left - STUB_PX;
    const key = room.dataset['room'] ?? '';
    roomXs.add(Math.round(x));
    ends.set(key, { x, y: box.bottom - origin.top - STUB_PX });
    risers.set(key, x);
  }
  const corridor = plan.querySelector<HTMLElement>('[data-corridor]')?.getBoundingClientRect();
  const corridorY =
    corridor === undefined || roomXs.size < 2 ? undefined : corridor.top - origin.top + corridor.height / 2;
  return { width: origin.width, height: origin.height, ends, risers, corridorY };
}

/** The line from one place to the next along the plan's wires. */
export function legBetween(anchors: Anchors, from: string, to: string): readonly Point[] {
  const start = anchors.ends.get(from);
  const end = anchors.ends.get(to);
  const startX = anchors.risers.get(from);
  const endX = anchors.risers.get(to);
  if (start === undefined || end === undefined || startX === undefined || endX === undefined) return [];
  const points: Point[] = [start, { x: startX, y: start.y }];
  if (Math.abs(startX - endX) > 1) {
    const y = anchors.corridorY ?? Math.max(start.y, end.y);
    points.push({ x: startX, y }, { x: endX, y });
  }
  points.push({ x: endX, y: end.y }, end);
  return points;
}

export function svgPath(points: readonly Point[]): string {
  return points
    .map(
      (point, index) =>
        `${index === 0 ? 'M' : 'L'}${Math.round(point.x * 2) / 2} ${Math.round(point.y * 2) / 2}`,
    )
    .join('');
}
