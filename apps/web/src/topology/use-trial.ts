'use client';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ProbeRequestView, ProbeResultView } from '@podwire/protocol';
import type { ApiResult } from '../connection/api.ts';
import { verdictWords } from '../packets/packet-model.ts';
import type { Outcome } from './floor-plan.tsx';
import { podsOf } from './topology-model.ts';
import type { TopologyModel } from './topology-model.ts';
import { destinationOfKey, pathOf, placeOfKey } from './topology-path.ts';

/** Tries a connection in whatever cluster the floor plan shows. */
export type Probe = (request: ProbeRequestView) => Promise<ApiResult<ProbeResultView>>;

export interface Tried {
  readonly request: ProbeRequestView;
  readonly sourceKey: string;
  readonly destinationKey: string;
  readonly result: ProbeResultView;
  /** The objects it was tried on: with others it may end otherwise. */
  readonly revision: number;
}

type Protocol = 'tcp' | 'udp' | 'icmp';

const DEFAULT_PORT = 80;
/** A probe waits this long for an answer before it says timed out. */
const PROBE_TIMEOUT_MS = 3_000;
/** "Who can it reach?" asks one by one; more than this takes too long to wait for. */
const MOST_REACHED = 24;

export type Trial = ReturnType<typeof useTrial>;

/** What is chosen, what was tried, and what came of it. */
export function useTrial(model: TopologyModel, revision: number, onProbe: Probe) {
  const [source, setSource] = useState<string>();
  const [destination, setDestination] = useState<string>();
  const [port, setPort] = useState(DEFAULT_PORT);
  const [protocol, setProtocol] = useState<Protocol>('tcp');
  const [tried, setTried] = useState<Tried>();
  const [reached, setReached] = useState<ReadonlyMap<string, Outcome>>(new Map());
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();

  const turn = useRef(0);
  const attempt = async (from: string, to: string, toPort: number, by: Protocol): Promise<void> => {
    const place = placeOfKey(from);
    const target = destinationOfKey(to);
    if (place === undefined || target === undefined) return;
    const mine = ++turn.current;
    const request: ProbeRequestView = {
      from: place,
      to: target,
      port: by === 'icmp' ? 0 : toPort,
      protocol: by,
      timeoutMs: PROBE_TIMEOUT_MS,
    };
    setBusy(true);
    setError(undefined);
    const answer = await onProbe(request);
    // A later try has taken over.
    if (turn.current !== mine) return;
    setBusy(false);
    if (answer.ok) setTried({ request, sourceKey: from, destinationKey: to, result: answer.value, revision });
    else setError(answer.error.message);
  };

  const choose = (key: string): void => {
    setReached(new Map());
    if (key === source) {
      setSource(undefined);
      setDestination(undefined);
      setTried(undefined);
      return;
    }
    const canSend = placeOfKey(key) !== undefined;
    if (source === undefined) {
      if (canSend) setSource(key);
      else setError('A Service does not send anything itself: start from a pod or the toolbox.');
      return;
    }
    setError(undefined);
    if (destinationOfKey(key) === undefined) {
      // The toolbox listens on nothing: choosing it means starting from it.
      setSource(key);
      setDestination(undefined);
      setTried(undefined);
      return;
    }
    const toPort = portOf(model, key) ?? port;
    setDestination(key);
    setPort(toPort);
    void attempt(source, key, toPort, protocol);
  };

  const reachAll = async (): Promise<void> => {
    const from = source === undefined ? undefined : placeOfKey(source);
    if (from === undefined || busy) return;
    const mine = ++turn.current;
    setBusy(true);
    setTried(undefined);
    setDestination(undefined);
    setError(undefined);
    const targets = [...model.doors.map((door) => door.key), ...podsOf(model).map((pod) => pod.key)]
      .filter((key) => key !== source)
      .slice(0, MOST_REACHED);
    const outcomes = new Map<string, Outcome>(
      targets.map((key) => [key, { mark: 'waiting', word: 'trying' }]),
    );
    setReached(new Map(outcomes));
    for (const key of targets) {
      const to = destinationOfKey(key);
      if (to === undefined) continue;
      const answer = await onProbe({
        from,
        to,
        port: protocol === 'icmp' ? 0 : (portOf(model, key) ?? port),
        protocol,
        timeoutMs: PROBE_TIMEOUT_MS,
      });
      if (turn.current !== mine) return;
      if (!answer.ok) {
        setError(answer.error.message);
        outcomes.delete(key);
      } else outcomes.set(key, lowerCase(verdictWords(answer.value.verdict)));
      setReached(new Map(outcomes));
    }
    setBusy(false);
  };

  const latest = useRef({ attempt, tried, protocol });
  useEffect(() => {
    latest.current = { attempt, tried, protocol };
  });
  /** Tries this connection, or the last one once more: after something in the cluster has changed. */
  const again = useCallback(
    (given?: { readonly from: string; readonly to: string; readonly port: number }) => {
      const before = latest.current.tried;
      if (given !== undefined) {
        setSource(given.from);
        setDestination(given.to);
        setPort(given.port);
        void latest.current.attempt(given.from, given.to, given.port, latest.current.protocol);
      } else if (before !== undefined)
        void latest.current.attempt(
          before.sourceKey,
          before.destinationKey,
          before.request.port,
          latest.current.protocol,
        );
    },
    [],
  );

  const path = useMemo(
    () => (tried === undefined ? undefined : pathOf(tried.request, tried.result)),
    [tried],
  );
  const outcomes = useMemo(
    () =>
      tried === undefined
        ? reached
        : new Map([[tried.destinationKey, lowerCase(verdictWords(tried.result.verdict))]]),
    [tried, reached],
  );
  return {
    source,
    setSource,
    destination,
    setDestination,
    port,
    setPort,
    protocol,
    setProtocol,
    tried,
    setTried,
    busy,
    error,
    attempt,
    again,
    choose,
    reachAll,
    path,
    outcomes,
  };
}

function lowerCase({ mark, word }: Outcome): Outcome {
  return { mark, word: word.toLowerCase() };
}

/** The port that its object names first. */
function portOf(model: TopologyModel, key: string): number | undefined {
  return (
    model.doors.find((door) => door.key === key)?.ports[0]?.port ??
    podsOf(model).find((pod) => pod.key === key)?.ports[0]
  );
}
