'use client';
import '@xterm/xterm/css/xterm.css';
import { ChevronDown, ChevronUp, RotateCw, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useStore } from '../../connection/store.ts';
import { Button, IconButton } from '../../design/button.tsx';
import { Spinner } from '../../design/progress.tsx';
import { SMALL_INPUT_CLASS } from '../../design/field.tsx';
import { placeName } from '../session/session-api.ts';
import type { TerminalLink } from './terminal-link.ts';
import { fitTo, screenFor, setScreenReaderMode } from './terminal-screens.ts';
import type { Screen } from './terminal-screens.ts';
import { onThemeChange, readTerminalTheme } from './terminal-theme.ts';

interface TerminalPaneProps {
  readonly link: TerminalLink;
  readonly screenReader: boolean;
  readonly onFocus: () => void;
  /** After the shell has ended: a new one at the same place. */
  readonly onAgain: () => void;
}

export function TerminalPane({ link, screenReader, onFocus, onAgain }: TerminalPaneProps) {
  const host = useRef<HTMLDivElement>(null);
  const [screen, setScreen] = useState<Screen>();
  const [finding, setFinding] = useState(false);
  const status = useStore(link.status);

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    let left = false;
    let observer: ResizeObserver | undefined;
    const show = (): void => {
      if (left) return;
      const own = screenFor(link);
      element.append(own.element);
      if (own.terminal.element === undefined) own.terminal.open(own.element);
      setScreen(own);
      const fit = (): void => fitTo(own, element);
      fit();
      observer = new ResizeObserver(fit);
      observer.observe(element);
    };
    // Cells are measured when the terminal opens: the font has to be there.
    document.fonts.load('14px "JetBrains Mono Variable"').then(show, show);
    const forget = onThemeChange(() => {
      screenFor(link).terminal.options.theme = readTerminalTheme();
    });
    return () => {
      left = true;
      observer?.disconnect();
      forget();
    };
  }, [link]);

  useEffect(() => {
    if (screen !== undefined) setScreenReaderMode(screen, screenReader);
  }, [screen, screenReader]);

  return (
    <div
      className="relative flex h-full min-h-0 flex-col bg-terminal"
      onFocusCapture={onFocus}
      onKeyDown={(event) => {
        if (event.ctrlKey && event.shiftKey && event.key.toLowerCase() === 'f') {
          event.preventDefault();
          setFinding(true);
        }
      }}
    >
      {finding && screen !== undefined && (
        <FindBar
          screen={screen}
          onClose={() => {
            setFinding(false);
            screen.search.clearDecorations();
            screen.terminal.focus();
          }}
        />
      )}
      <div
        ref={host}
        className="terminal-host min-h-0 flex-1"
        role="group"
        aria-label={`Terminal: ${placeName(link.place)}. Escape, then Tab, leaves it.`}
      />
      {status.kind === 'open' && <TouchKeys onKey={(sequence) => link.type(sequence)} />}
      {status.kind === 'opening' && (
        <p role="status" className="absolute top-3 left-4 flex items-center gap-2 text-sm text-muted">
          <Spinner /> Opening a shell on {placeName(link.place)}
        </p>
      )}
      {(status.kind === 'exited' || status.kind === 'failed') && (
        <div
          role="status"
          className="flex flex-wrap items-center justify-between gap-2 border-t border-line bg-raised px-4 py-2 text-sm"
        >
          <span>{status.message}</span>
          <Button size="small" onClick={onAgain}>
            <RotateCw aria-hidden="true" /> Open a new shell
          </Button>
        </div>
      )}
    </div>
  );
}

/** What keyboards on glass lack, and what is slow to find on them. */
const TOUCH_KEYS = [
  { name: 'Tab', sequence: '\t' },
  { name: 'Esc', sequence: '\u001b' },
  { name: 'Ctrl C', sequence: '\u0003' },
  { name: '↑', label: 'Earlier command', sequence: '\u001b[A' },
  { name: '↓', label: 'Later command', sequence: '\u001b[B' },
  { name: '|', label: 'Pipe', sequence: '|' },
  { name: '-', label: 'Hyphen', sequence: '-' },
] as const;

function TouchKeys({ onKey }: { readonly onKey: (sequence: string) => void }) {
  return (
    <div
      role="group"
      aria-label="Keys"
      className="hidden shrink-0 gap-1.5 overflow-x-auto border-t border-line bg-surface px-2 py-1.5 pointer-coarse:flex"
    >
      {TOUCH_KEYS.map((key) => (
        <button
          key={key.name}
          type="button"
          aria-label={'label' in key ? key.label : key.name}
          className="min-h-9 min-w-10 flex-1 rounded-sm border border-line bg-raised px-2 font-mono text-xs font-semibold whitespace-nowrap text-ink active:bg-accent-wash"
          // The keyboard on the screen stays open.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onKey(key.sequence)}
        >
          {key.name}
        </button>
      ))}
    </div>
  );
}

function FindBar({ screen, onClose }: { readonly screen: Screen; readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const find = (direction: 'next' | 'previous'): void => {
    if (direction === 'next') screen.search.findNext(text);
    else screen.search.findPrevious(text);
  };
  return (
    <search className="absolute top-2 right-4 z-10 flex items-center gap-1 rounded-md border border-line bg-raised p-1 shadow-overlay">
      <input
        ref={(input) => input?.focus()}
        aria-label="Find in this terminal"
        className={SMALL_INPUT_CLASS}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          screen.search.findPrevious(event.target.value, { incremental: true });
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') find(event.shiftKey ? 'next' : 'previous');
          else if (event.key === 'Escape') onClose();
        }}
      />
      <IconButton label="Earlier" className="size-8" onClick={() => find('previous')}>
        <ChevronUp />
      </IconButton>
      <IconButton label="Later" className="size-8" onClick={() => find('next')}>
        <ChevronDown />
      </IconButton>
      <IconButton label="Close" className="size-8" onClick={onClose}>
        <X />
      </IconButton>
    </search>
  );
}
