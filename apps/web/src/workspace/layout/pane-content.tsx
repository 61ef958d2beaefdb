'use client';
import dynamic from 'next/dynamic';
import { useCallback, useMemo } from 'react';
import { useStore } from '../../connection/store.ts';
import { Spinner } from '../../design/progress.tsx';
import { clusterTalk } from '../../packets/cluster-talk.ts';
import { PacketsPane } from '../../packets/packets-pane.tsx';
import { topologyOf } from '../../topology/topology-model.ts';
import { TopologyPane } from '../../topology/topology-pane.tsx';
import { sessionApi } from '../session/session-api.ts';
import type { PaneData } from './pane-model.ts';
import { usePaneWorld } from './pane-context.tsx';

// The terminal and the editor are the heaviest parts of the site, and only this page has them.
const TerminalPane = dynamic(
  () => import('../terminal/terminal-pane.tsx').then((module) => module.TerminalPane),
  { ssr: false, loading: Loading },
);
const EditorPane = dynamic(() => import('../editor/editor-pane.tsx').then((module) => module.EditorPane), {
  ssr: false,
  loading: Loading,
});

function Loading() {
  return (
    <p className="flex items-center gap-2 p-4 text-sm text-muted">
      <Spinner /> Loading
    </p>
  );
}

export function PaneContent({ pane }: { readonly pane: PaneData }) {
  switch (pane.kind) {
    case 'terminal':
      return <OneTerminal terminalId={pane.terminalId} />;
    case 'editor':
      return <Editor />;
    case 'topology':
      return <Topology />;
    case 'packets':
      return <Packets />;
  }
}

function OneTerminal({ terminalId }: { readonly terminalId: string }) {
  const { state, screenReader, onTerminalFocus, openAgain } = usePaneWorld();
  const link = state.terminals.find((terminal) => terminal.id === terminalId);
  if (link === undefined) return <Loading />;
  return (
    <TerminalPane
      key={link.key}
      link={link}
      screenReader={screenReader}
      onFocus={() => onTerminalFocus(terminalId)}
      onAgain={() => openAgain(terminalId)}
    />
  );
}

function Editor() {
  const { lab, session, wantedFile, typeCommand } = usePaneWorld();
  const active = useCallback(() => lab.active('editing'), [lab]);
  return <EditorPane sessionId={session.id} wanted={wantedFile} onCommand={typeCommand} onActive={active} />;
}

function Topology() {
  const { lab, showPackets } = usePaneWorld();
  const objects = useStore(lab.objects);
  return (
    <TopologyPane objects={objects} onProbe={(request) => lab.probe(request)} onShowPackets={showPackets} />
  );
}

function Packets() {
  const { lab, session, state, shownProbe } = usePaneWorld();
  const fetchPacket = useCallback(
    (packetId: number) => sessionApi.packet(session.id, packetId),
    [session.id],
  );
  const objects = useStore(lab.objects);
  const isClusterTalk = useMemo(() => clusterTalk(topologyOf(objects, true)), [objects]);
  const watch = useCallback((on: boolean) => lab.watchPackets(on), [lab]);
  return (
    <PacketsPane
      shown={shownProbe}
      recent={state.recentPackets}
      unseen={session.backend !== 'simulated'}
      isClusterTalk={isClusterTalk}
      onFetch={fetchPacket}
      onWatch={watch}
    />
  );
}
