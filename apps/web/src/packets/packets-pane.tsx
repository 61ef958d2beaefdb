'use client';
import { useEffect, useMemo, useState } from 'react';
import type { PacketTraceView, ProbeResultView, ServerEvent } from '@podwire/protocol';
import type { ApiResult } from '../connection/api.ts';
import { classNames } from '../design/class-names.ts';
import { Callout } from '../design/callout.tsx';
import { Spinner } from '../design/progress.tsx';
import { VerdictMark } from '../design/verdict-mark.tsx';
import { fateWords, formatMs } from './packet-model.ts';
import { PacketView, ProbeView } from './packet-view.tsx';

/** A connection that another pane wants shown. A new `request` shows it again. */
export interface ShownProbe {
  readonly title: string;
  readonly result: ProbeResultView;
  readonly expected?: string;
  readonly request: number;
}

interface PacketsPaneProps {
  readonly shown: ShownProbe | undefined;
  readonly recent: ServerEvent<'packets:recent'>['packets'];
  /** The cluster is a real one: nobody sees its packets. */
  readonly unseen: boolean;
  /** Whether the cluster said this to itself. */
  readonly isClusterTalk: (packet: { readonly from: string; readonly to: string }) => boolean;
  readonly onFetch: (packetId: number) => Promise<ApiResult<PacketTraceView>>;
  readonly onWatch: (on: boolean) => void;
}

type Choice =
  | { readonly kind: 'probe'; readonly request: number }
  | { readonly kind: 'packet'; readonly packetId: number };

/** The packet that was asked about, and beside it those of late. */
export function PacketsPane({ shown, recent, unseen, isClusterTalk, onFetch, onWatch }: PacketsPaneProps) {
  const [choice, setChoice] = useState<Choice>();
  const [packet, setPacket] = useState<ApiResult<PacketTraceView>>();
  const [seenRequest, setSeenRequest] = useState<number>();
  if (shown !== undefined && shown.request !== seenRequest) {
    // Another pane asks: its connection comes to the front.
    setSeenRequest(shown.request);
    setChoice({ kind: 'probe', request: shown.request });
  }
  useEffect(() => {
    onWatch(true);
    return () => onWatch(false);
  }, [onWatch]);
  const [everything, setEverything] = useState(false);
  const listed = useMemo(
    () => (everything ? recent : recent.filter((each) => !isClusterTalk(each))),
    [everything, recent, isClusterTalk],
  );
  const choose = (packetId: number): void => {
    setChoice({ kind: 'packet', packetId });
    setPacket(undefined);
    void onFetch(packetId).then(setPacket);
  };
  return (
    <div className="@container flex h-full min-h-0">
      <div
        className="min-w-0 flex-1 overflow-auto bg-raised"
        tabIndex={0}
        role="region"
        aria-label="The way of a packet"
      >
        {choice?.kind === 'probe' && shown !== undefined && (
          <ProbeView
            key={shown.request}
            title={shown.title}
            result={shown.result}
            {...(shown.expected === undefined ? {} : { expected: shown.expected })}
          />
        )}
        {choice?.kind === 'packet' && <Fetched packet={packet} />}
        {choice === undefined && <Empty unseen={unseen} />}
        <RecentList
          className="border-t border-line @3xl:hidden"
          recent={listed}
          everything={everything}
          onEverything={setEverything}
          chosen={choice?.kind === 'packet' ? choice.packetId : undefined}
          onChoose={choose}
        />
      </div>
      <RecentList
        className="hidden w-64 shrink-0 overflow-auto border-l border-line @3xl:block"
        recent={listed}
        everything={everything}
        onEverything={setEverything}
        chosen={choice?.kind === 'packet' ? choice.packetId : undefined}
        onChoose={choose}
      />
    </div>
  );
}

function Fetched({ packet }: { readonly packet: ApiResult<PacketTraceView> | undefined }) {
  if (packet === undefined) {
    return (
      <p className="flex items-center gap-2 p-4 text-sm text-muted" role="status">
        <Spinner /> Fetching the packet’s way
      </p>
    );
  }
  if (!packet.ok) {
    return (
      <Callout tone="warning" title="This packet can’t be shown" className="m-4">
        <p>{packet.error.message}</p>
      </Callout>
    );
  }
  return <PacketView packets={[packet.value]} />;
}

function Empty({ unseen }: { readonly unseen: boolean }) {
  if (unseen)
    return (
      <div className="max-w-md p-6 text-sm text-muted">
        <p className="font-semibold text-ink">These are the kernel’s packets</p>
        <p className="mt-1">
          A real cluster does not tell which way they go: look at them with tcpdump, in a terminal on a node.
          What you try in the topology, and what a check found closed, is explained by a simulated cluster
          with the same objects, and marked as inferred.
        </p>
      </div>
    );
  return (
    <div className="max-w-md p-6 text-sm text-muted">
      <p className="font-semibold text-ink">No packet chosen yet</p>
      <p className="mt-1">
        Send something in a terminal, or choose two places in the topology: every hop stands here then, with
        the object and the field that decided. After a check, “Show me the packet” leads here too.
      </p>
    </div>
  );
}

interface RecentListProps {
  readonly className: string;
  readonly recent: PacketsPaneProps['recent'];
  readonly everything: boolean;
  readonly onEverything: (on: boolean) => void;
  readonly chosen: number | undefined;
  readonly onChoose: (packetId: number) => void;
}

function RecentList({ className, recent, everything, onEverything, chosen, onChoose }: RecentListProps) {
  const newestMs = recent.at(-1)?.atMs ?? 0;
  return (
    <div className={className}>
      <div className="sticky top-0 flex items-center justify-between gap-2 bg-surface px-3 py-2 text-xs text-muted">
        <h3 className="font-semibold">Packets of late</h3>
        <label
          className="flex items-center gap-1.5"
          title="Also what the cluster says to itself, such as probes"
        >
          <input
            type="checkbox"
            className="size-4"
            checked={everything}
            onChange={(event) => onEverything(event.target.checked)}
          />
          All
        </label>
      </div>
      {recent.length === 0 ? (
        <p className="px-3 pb-3 text-sm text-faint">None of yours yet.</p>
      ) : (
        <ol>
          {[...recent].reverse().map((packet) => {
            const fate = fateWords(packet.fate);
            return (
              <li key={packet.packetId}>
                <button
                  type="button"
                  aria-pressed={packet.packetId === chosen}
                  onClick={() => onChoose(packet.packetId)}
                  className={classNames(
                    'grid w-full grid-cols-[1rem_1fr_auto] items-baseline gap-x-2 px-3 py-1.5 text-left text-xs',
                    packet.packetId === chosen ? 'bg-accent-wash' : 'hover:bg-hover',
                  )}
                >
                  <VerdictMark mark={fate.mark} className="size-3.5 translate-y-0.5" />
                  <span className="min-w-0">
                    <span className="block truncate font-semibold">
                      {packet.summary} <span className="sr-only">{fate.word}</span>
                    </span>
                    <span className="block font-mono break-all text-faint">{packet.from}</span>
                    <span className="block font-mono break-all text-faint">→ {packet.to}</span>
                  </span>
                  <span className="font-mono text-faint">
                    {packet.atMs === newestMs ? 'newest' : `−${formatMs(newestMs - packet.atMs)}`}
                  </span>
                </button>
              </li>
            );
          })}
        </ol>
      )}
    </div>
  );
}
