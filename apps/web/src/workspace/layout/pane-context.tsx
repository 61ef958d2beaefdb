'use client';
import { createContext, useContext } from 'react';
import type { ProbeResultView, SessionView } from '@podwire/protocol';
import type { ShownProbe } from '../../packets/packets-pane.tsx';
import type { FileRequest } from '../editor/editor-pane.tsx';
import type { LabSession } from '../session/lab-session.ts';
import type { LabState } from '../session/lab-state.ts';

/** What every pane may need, so that a pane can be moved without being made anew. */
export interface PaneWorld {
  readonly lab: LabSession;
  readonly session: SessionView;
  readonly state: LabState;
  readonly screenReader: boolean;
  readonly shownProbe: ShownProbe | undefined;
  readonly wantedFile: FileRequest | undefined;
  readonly typeCommand: (command: string) => void;
  readonly showPackets: (title: string, result: ProbeResultView, expected?: string) => void;
  readonly onTerminalFocus: (terminalId: string) => void;
  readonly openAgain: (terminalId: string) => void;
}

export const PaneContext = createContext<PaneWorld | undefined>(undefined);

export function usePaneWorld(): PaneWorld {
  const world = useContext(PaneContext);
  if (world === undefined) throw new Error('a pane stands outside the workspace');
  return world;
}
