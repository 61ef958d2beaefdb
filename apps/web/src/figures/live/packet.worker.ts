import type { ClusterOptions } from '@podwire/kubesim';
import { FigureClusters, objectsOf, probe, Refused } from '../figure-cluster.ts';
import type { LiveAnswer, LiveFault, LiveOrder } from './messages.ts';
import { placesOf } from './places.ts';

/** Clusters of figures in a thread of the reader's browser, made as the site's build makes them. */

/** By the reader's clock. A cluster boots within a second on a machine that is not busy. */
const ORDER_LIMIT_MS = 15_000;
/** A page's figures are drawn from one lab, seldom two. */
const MOST_KEPT = 4;

const scope = self as unknown as DedicatedWorkerGlobalScope;
const bare = new FigureClusters(new Map(), MOST_KEPT);
let withShell: FigureClusters | undefined;

class TooLong extends Error {}

function tell(answer: LiveAnswer): void {
  scope.postMessage(answer);
}

async function clustersFor({ shell }: LiveOrder): Promise<FigureClusters> {
  if (!shell) return bare;
  if (withShell === undefined) {
    const { programs }: { programs: ClusterOptions['programs'] } = await import('@podwire/shell');
    withShell = new FigureClusters(programs, MOST_KEPT);
  }
  return withShell;
}

async function carryOut(order: LiveOrder): Promise<void> {
  const { id, base, objects, request } = order;
  const clusters = await clustersFor(order);
  const startedMs = performance.now();
  const pace = (): void => {
    if (performance.now() - startedMs > ORDER_LIMIT_MS) throw new TooLong();
  };
  const isNew = !clusters.has(base);
  if (isNew) tell({ kind: 'booting', id });
  clusters.booted(base, pace);
  const bootedInMs = isNew ? performance.now() - startedMs : undefined;
  tell({ kind: 'sending', id });
  const cluster = clusters.cluster(base, objects, pace);
  const result = probe(cluster, request, pace);
  tell({
    kind: 'sent',
    id,
    sent: { result, places: placesOf(objectsOf(cluster), base.needs), bootedInMs },
  });
}

function faultOf(error: unknown): LiveFault {
  if (error instanceof TooLong) return 'too-long';
  return error instanceof Refused ? 'refused' : 'broken';
}

scope.addEventListener('message', ({ data: order }: MessageEvent<LiveOrder>) => {
  carryOut(order).catch((error: unknown) =>
    tell({
      kind: 'failed',
      id: order.id,
      fault: faultOf(error),
      message: error instanceof Error ? error.message : String(error),
    }),
  );
});
tell({ kind: 'ready' });
