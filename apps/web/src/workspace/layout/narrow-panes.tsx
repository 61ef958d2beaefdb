'use client';
import { BookOpen, FileText, Network, Route, SquareTerminal } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { classNames } from '../../design/class-names.ts';
import { usePanesPort } from './panes-port.ts';
import type { PanesHandle, PanesPort } from './panes-port.ts';
import { PaneContent } from './pane-content.tsx';
import { usePaneWorld } from './pane-context.tsx';
import { NewTerminal } from './panes.tsx';
import { TERMINAL_TAB_PREFIX } from './pane-model.ts';

type View = 'tasks' | 'terminal' | 'editor' | 'topology' | 'packets';

const VIEWS = [
  { id: 'tasks', title: 'Task', icon: BookOpen },
  { id: 'terminal', title: 'Terminal', icon: SquareTerminal },
  { id: 'editor', title: 'Editor', icon: FileText },
  { id: 'topology', title: 'Topology', icon: Network },
  { id: 'packets', title: 'Packets', icon: Route },
] as const;

interface NarrowPanesProps {
  readonly port: PanesPort;
  readonly tasks: ReactNode;
  /** Shown in place of a pane while there is no cluster. */
  readonly screen: ReactNode;
}

/** On a small screen each pane is a tab of its own, and so is the task. */
export function NarrowPanes({ port, tasks, screen }: NarrowPanesProps) {
  const [view, setView] = useState<View>('tasks');
  const [terminalId, setTerminalId] = useState('toolbox');
  const [mounted, setMounted] = useState<ReadonlySet<View>>(new Set(['tasks']));
  if (!mounted.has(view)) setMounted(new Set(mounted).add(view));
  const handle = useMemo<PanesHandle>(
    () => ({
      show: (tabId) => {
        if (tabId.startsWith(TERMINAL_TAB_PREFIX)) {
          setTerminalId(tabId.slice(TERMINAL_TAB_PREFIX.length));
          setView('terminal');
        } else if (tabId === 'editor' || tabId === 'topology' || tabId === 'packets') setView(tabId);
      },
      reset: () => setView('tasks'),
    }),
    [],
  );
  usePanesPort(port, handle);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="relative min-h-0 flex-1">
        <div hidden={view !== 'tasks'} className="h-full overflow-y-auto" data-area="tasks">
          {tasks}
        </div>
        {VIEWS.map(({ id, title }) =>
          id === 'tasks' || !mounted.has(id) ? null : (
            <div key={id} hidden={view !== id} className="h-full" data-area="panes">
              {screen === undefined && <h2 className="sr-only">{title}</h2>}
              {screen ??
                (id === 'terminal' ? (
                  <NarrowTerminals terminalId={terminalId} onChoose={setTerminalId} />
                ) : (
                  <PaneContent pane={{ kind: id }} />
                ))}
            </div>
          ),
        )}
      </div>
      <nav
        aria-label="Panes"
        className="grid shrink-0 grid-cols-5 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)]"
      >
        {VIEWS.map(({ id, title, icon: Icon }) => (
          <button
            key={id}
            type="button"
            aria-pressed={view === id}
            onClick={() => setView(id)}
            className={classNames(
              'grid justify-items-center gap-0.5 py-2 text-xs font-semibold',
              view === id ? 'text-accent shadow-[inset_0_2px_0_var(--accent)]' : 'text-muted',
            )}
          >
            <Icon aria-hidden="true" className="size-5" />
            {title}
          </button>
        ))}
      </nav>
    </div>
  );
}

function NarrowTerminals({
  terminalId,
  onChoose,
}: {
  readonly terminalId: string;
  readonly onChoose: (terminalId: string) => void;
}) {
  const { state } = usePaneWorld();
  const exists = state.terminals.some((terminal) => terminal.id === terminalId);
  useEffect(() => {
    if (!exists && state.terminals[0] !== undefined) onChoose(state.terminals[0].id);
  }, [exists, state.terminals, onChoose]);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex items-center gap-1 border-b border-line bg-sunken px-2">
        <div role="group" aria-label="Terminals" className="flex min-w-0 flex-1 gap-1 overflow-x-auto">
          {state.terminals.map((terminal) => (
            <button
              key={terminal.id}
              type="button"
              aria-pressed={terminal.id === terminalId}
              onClick={() => onChoose(terminal.id)}
              className={classNames(
                'rounded-sm px-2.5 py-1 text-sm font-semibold whitespace-nowrap',
                terminal.id === terminalId ? 'bg-raised text-ink' : 'text-muted',
              )}
            >
              {terminal.id}
            </button>
          ))}
        </div>
        <NewTerminal onOpened={onChoose} />
      </div>
      <div className="min-h-0 flex-1">
        {exists && <PaneContent key={terminalId} pane={{ kind: 'terminal', terminalId }} />}
      </div>
    </div>
  );
}
