'use client';
import { Box, FileText, Maximize2, Minimize2, Network, Plus, Route, SquareTerminal } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Separator, TabCloseButton, TabsetMaximizeButton, Workspace } from 'react-resizable-panels';
import type { TabNode, TabRenderProps, WorkspaceImperativeHandle } from 'react-resizable-panels';
import { useStore } from '../../connection/store.ts';
import { IconButton } from '../../design/button.tsx';
import { Kbd } from '../../design/kbd.tsx';
import { Menu, MenuItem, MenuLabel } from '../../design/menu.tsx';
import { podsOf, topologyOf } from '../../topology/topology-model.ts';
import type { PlaceView } from '@podwire/protocol';
import { usePanesPort } from './panes-port.ts';
import type { PanesHandle, PanesPort } from './panes-port.ts';
import { usePaneWorld } from './pane-context.tsx';
import { PaneContent } from './pane-content.tsx';
import {
  firstPanes,
  rememberedPanes,
  rememberPanes,
  TERMINAL_TAB_PREFIX,
  terminalTab,
} from './pane-model.ts';
import type { PaneData, PaneKind } from './pane-model.ts';

const ICONS: Readonly<Record<PaneKind, typeof Box>> = {
  terminal: SquareTerminal,
  editor: FileText,
  topology: Network,
  packets: Route,
};
const MIN_PANE_WIDTH = '240px';
const MIN_PANE_HEIGHT = '90px';

function renderTab(tab: TabNode<PaneData>, props: TabRenderProps) {
  const Icon = ICONS[tab.data.kind];
  return (
    <div {...props}>
      <Icon aria-hidden="true" className="size-4 text-faint" />
      {tab.title}
      {tab.disableClose !== true && (
        <TabCloseButton className="-mr-1.5 flex size-5 items-center justify-center rounded-sm text-faint hover:bg-hover hover:text-ink">
          ×
        </TabCloseButton>
      )}
    </div>
  );
}

function renderTabContent(tab: TabNode<PaneData>) {
  return <PaneContent pane={tab.data} />;
}

function renderSeparator() {
  return <Separator className="pane-handle" aria-label="Resize" />;
}

const CLASS_NAMES = {
  tabset: 'pane-set',
  header: 'pane-tabs',
  tab: 'pane-tab',
  tabList: 'flex min-w-0 overflow-x-auto',
  toolbar: 'ml-auto flex items-center px-1',
  tabPanels: 'pane-panels',
  tabContent: 'pane-content',
  dropIndicator: 'pane-drop',
  dragPreview: 'rounded-sm border border-accent bg-raised px-3 py-1.5 text-sm font-semibold shadow-overlay',
} as const;

/** Tabs side by side and one below the other; the learner drags them where they want them. */
export function Panes({ port }: { readonly port: PanesPort }) {
  const { lab, state } = usePaneWorld();
  const workspace = useRef<WorkspaceImperativeHandle<PaneData>>(null);
  const [model] = useState(rememberedPanes);
  const known = useRef(new Set(['toolbox']));

  const handle = useMemo<PanesHandle>(
    () => ({
      show: (tabId) => workspace.current?.selectTab(tabId),
      reset: () => {
        workspace.current?.setModel(firstPanes());
        rememberPanes(undefined);
        known.current = new Set(['toolbox']);
      },
    }),
    [],
  );

  usePanesPort(port, handle);

  useEffect(() => {
    // Terminals come from here and from the server's list; each gets a tab beside the toolbox's.
    for (const { id } of state.terminals) {
      if (known.current.has(id)) continue;
      known.current.add(id);
      workspace.current?.addTab(terminalTab(id, titleOf(id)), {
        select: false,
        ...tabsetOfToolbox(workspace.current),
      });
    }
  }, [state.terminals]);

  const renderToolbar = useCallback(
    (tabset: { readonly tabs: readonly TabNode<PaneData>[] }) => (
      <>
        <span className="way-out" aria-hidden="true">
          <Kbd>Esc</Kbd> then <Kbd>Tab</Kbd> leaves
        </span>
        {tabset.tabs.some((tab) => tab.data.kind === 'terminal') && (
          <NewTerminal
            onOpened={(id) => setTimeout(() => workspace.current?.selectTab(`${TERMINAL_TAB_PREFIX}${id}`))}
          />
        )}
        <TabsetMaximizeButton className="flex size-8 items-center justify-center rounded-md text-faint hover:bg-hover hover:text-ink">
          {({ isMaximized }) =>
            isMaximized ? (
              <Minimize2 aria-hidden="true" className="size-4" />
            ) : (
              <Maximize2 aria-hidden="true" className="size-4" />
            )
          }
        </TabsetMaximizeButton>
      </>
    ),
    [],
  );

  return (
    <Workspace<PaneData>
      workspaceRef={workspace}
      className="h-full min-h-0"
      classNames={CLASS_NAMES}
      defaultModel={model}
      lazyTabContent
      tabsetMinWidth={MIN_PANE_WIDTH}
      tabsetMinHeight={MIN_PANE_HEIGHT}
      renderTab={renderTab}
      renderTabContent={renderTabContent}
      renderTabsetToolbar={renderToolbar}
      renderSeparator={renderSeparator}
      onBeforeModelChange={({ reason, removedTabs }) => {
        if (reason !== 'close') return;
        for (const tab of removedTabs) {
          if (tab.data.kind !== 'terminal') continue;
          known.current.delete(tab.data.terminalId);
          lab.closeTerminal(tab.data.terminalId);
        }
      }}
      onModelChanged={(changed) => rememberPanes(changed)}
    />
  );
}

function tabsetOfToolbox(workspace: WorkspaceImperativeHandle<PaneData> | null): {
  readonly tabsetId?: string;
} {
  const find = (
    node: ReturnType<WorkspaceImperativeHandle<PaneData>['getModel']>['root'],
  ): string | undefined => {
    if (node.type === 'tabset')
      return node.tabs.some((tab) => tab.id === `${TERMINAL_TAB_PREFIX}toolbox`) ? node.id : undefined;
    for (const child of node.children) {
      const found = find(child);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const model = workspace?.getModel();
  const tabsetId = model === undefined ? undefined : find(model.root);
  return tabsetId === undefined ? {} : { tabsetId };
}

/** `node-podwire-worker-2` → `podwire-worker 2`. */
function titleOf(terminalId: string): string {
  const [, name = terminalId] = /^(?:node|pod)-(.+)$/.exec(terminalId) ?? [];
  return name.replace(/-(\d+)$/, ' $1');
}

export function NewTerminal({ onOpened }: { readonly onOpened: (terminalId: string) => void }) {
  const { lab } = usePaneWorld();
  const objects = useStore(lab.objects);
  const model = useMemo(() => topologyOf(objects, false), [objects]);
  const open = (place: PlaceView): void => {
    const link = lab.openTerminal(place);
    if (link !== undefined) onOpened(link.id);
  };
  return (
    <Menu
      trigger={
        <IconButton label="New terminal" className="size-8">
          <Plus />
        </IconButton>
      }
    >
      <MenuLabel>A terminal on</MenuLabel>
      <MenuItem icon={<SquareTerminal />} onSelect={() => open({ kind: 'toolbox' })}>
        the toolbox
      </MenuItem>
      {model.rooms.map((room) => (
        <MenuItem
          key={room.name}
          icon={<Network />}
          onSelect={() => open({ kind: 'node', name: room.name })}
          hint="node"
        >
          {room.name}
        </MenuItem>
      ))}
      {podsOf(model).map((pod) => (
        <MenuItem
          key={pod.key}
          icon={<Box />}
          disabled={!pod.ready}
          onSelect={() => open({ kind: 'pod', namespace: pod.namespace, name: pod.name })}
          hint={pod.namespace}
        >
          {pod.name}
        </MenuItem>
      ))}
    </Menu>
  );
}
