'use client';
import { useEffect } from 'react';

/** What the rest of the workspace can ask of the panes, wide or narrow. */
export interface PanesHandle {
  readonly show: (tabId: string) => void;
  readonly reset: () => void;
}

/** Reaches whichever panes are on the screen now; without any, what is asked is not done. */
export class PanesPort {
  #lastTerminal = 'toolbox';
  #handle: PanesHandle | undefined;

  /** The terminal that had the focus last: commands go there. */
  get lastTerminal(): string {
    return this.#lastTerminal;
  }

  terminalFocused(terminalId: string): void {
    this.#lastTerminal = terminalId;
  }

  attach(handle: PanesHandle): () => void {
    this.#handle = handle;
    return () => {
      if (this.#handle === handle) this.#handle = undefined;
    };
  }

  show(tabId: string): void {
    this.#handle?.show(tabId);
  }

  reset(): void {
    this.#handle?.reset();
  }
}

/** For panes: answers to the port while they are on the screen. `handle` keeps its identity. */
export function usePanesPort(port: PanesPort, handle: PanesHandle): void {
  useEffect(() => port.attach(handle), [port, handle]);
}
