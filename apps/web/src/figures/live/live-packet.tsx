'use client';
import { Send } from 'lucide-react';
import { createContext, useContext, useEffect, useRef, useState } from 'react';
import type { ComponentType, ReactNode } from 'react';
import type { PacketMention } from '../../content/command-port.tsx';
import { Button } from '../../design/button.tsx';
import type { LiveSource } from '../figure.ts';
import type { LivePanelProps } from './live-panel.tsx';

type State =
  | { readonly kind: 'drawn' | 'loading' | 'unavailable' | 'put-back' }
  | { readonly kind: 'live'; readonly Panel: ComponentType<LivePanelProps> };

interface Control {
  readonly kind: State['kind'];
  readonly open: () => void;
}

const ControlContext = createContext<Control | undefined>(undefined);

interface LivePacketProps {
  readonly mention: PacketMention;
  readonly live: LiveSource;
  /** The figure as it was drawn when the page was made. */
  readonly children: ReactNode;
}

/**
 * A drawn packet that can be sent again. What that takes (a panel, a worker with a cluster) is loaded when it is asked
 * for: most readers read on.
 */
export function LivePacket({ mention, live, children }: LivePacketProps) {
  const [state, setState] = useState<State>({ kind: 'drawn' });
  const open = (): void => {
    setState({ kind: 'loading' });
    import('./live-panel.tsx').then(
      ({ LivePanel }) => setState({ kind: 'live', Panel: LivePanel }),
      () => setState({ kind: 'unavailable' }),
    );
  };
  const { kind } = state;
  return (
    <ControlContext.Provider value={{ kind, open }}>
      {kind === 'unavailable' && (
        <p role="status" className="border-b border-line px-4 py-2.5 text-sm text-caution">
          What sends it did not load. Below is the same packet, sent when this page was made. Check your
          connection and send again, or reload the page.
        </p>
      )}
      {state.kind === 'live' ? (
        <state.Panel
          mention={mention}
          live={live}
          drawn={children}
          onPutBack={() => setState({ kind: 'put-back' })}
        />
      ) : (
        children
      )}
    </ControlContext.Provider>
  );
}

/** Beside the packet's name, in the drawing. */
export function SendAgain() {
  const control = useContext(ControlContext);
  const button = useRef<HTMLButtonElement>(null);
  const isPutBack = control?.kind === 'put-back';
  useEffect(() => {
    // Whoever put it back had the keyboard in what is gone.
    if (isPutBack) button.current?.focus();
  }, [isPutBack]);
  if (control === undefined || control.kind === 'live') return null;
  const loading = control.kind === 'loading';
  return (
    <Button
      ref={button}
      size="small"
      className="needs-script"
      aria-disabled={loading}
      onClick={() => {
        if (!loading) control.open();
      }}
    >
      <Send aria-hidden="true" /> Send it again
    </Button>
  );
}
