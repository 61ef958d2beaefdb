import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import type { TerminalLink } from './terminal-link.ts';
import { readTerminalTheme } from './terminal-theme.ts';

/** A drawn terminal. It outlives its pane: a tab that moves keeps its text, selection and place. */
export interface Screen {
  readonly terminal: Terminal;
  readonly element: HTMLElement;
  readonly fit: FitAddon;
  readonly search: SearchAddon;
}

const screens = new WeakMap<TerminalLink, Screen>();

/** Lines kept here; the server keeps a megabyte of text for a page that comes back. */
const SCROLLBACK_LINES = 10_000;
const FONT_SIZE_PX = 14;
const NARROW_FONT_SIZE_PX = 12;
/** Below this width fewer columns than sixty of the usual size fit. */
const NARROW_BELOW_PX = 500;
/** Escape, then Tab within this time, leaves the terminal: the way out for those without a mouse. */
const WAY_OUT_MS = 1_500;
/** While old output is drawn again, programs' questions in it (cursor position, device) must not be answered anew. */
const REPLAY_MS = 1_000;

export function screenFor(link: TerminalLink): Screen {
  const known = screens.get(link);
  if (known !== undefined) return known;
  const terminal = new Terminal({
    allowProposedApi: true,
    cursorBlink: false,
    fontFamily: '"JetBrains Mono Variable", "Noto Sans Tamil Variable", ui-monospace, monospace',
    fontSize: FONT_SIZE_PX,
    lineHeight: 1.25,
    scrollback: SCROLLBACK_LINES,
    theme: readTerminalTheme(),
    minimumContrastRatio: 4.5,
    rightClickSelectsWord: true,
    // Escape sequences may set the clipboard or open windows elsewhere; here they only draw.
    windowOptions: {},
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.loadAddon(
    new WebLinksAddon((event, address) => {
      event.preventDefault();
      window.open(address, '_blank', 'noopener,noreferrer');
    }),
  );
  let replaying = true;
  setTimeout(() => {
    replaying = false;
  }, REPLAY_MS);
  for (const final of ['n', 'c']) {
    terminal.parser.registerCsiHandler({ final }, () => replaying);
    terminal.parser.registerCsiHandler({ final, prefix: '>' }, () => replaying);
    terminal.parser.registerCsiHandler({ final, prefix: '?' }, () => replaying);
  }
  terminal.onData((data) => link.type(data));
  terminal.onResize(({ cols, rows }) => link.resize(cols, rows));
  terminal.attachCustomKeyEventHandler(keyFilter(terminal));
  link.attach({
    write: (text, drawn) => terminal.write(text, drawn),
    size: () => ({ columns: terminal.cols, rows: terminal.rows }),
  });
  const element = document.createElement('div');
  element.className = 'terminal-screen';
  const screen = { terminal, element, fit, search };
  screens.set(link, screen);
  return screen;
}

/** Makes the terminal as large as its host; in a narrow one it is drawn smaller, and wider than what is seen of it. */
export function fitTo(screen: Screen, host: HTMLElement): void {
  if (host.clientWidth === 0 || host.clientHeight === 0) return;
  const narrow = host.clientWidth < NARROW_BELOW_PX;
  host.classList.toggle('terminal-narrow', narrow);
  screen.terminal.options.fontSize = narrow ? NARROW_FONT_SIZE_PX : FONT_SIZE_PX;
  screen.fit.fit();
}

export function setScreenReaderMode(screen: Screen, on: boolean): void {
  screen.terminal.options.screenReaderMode = on;
}

/** Keys that are not the shell's: the way out, copying a selection, and the workspace's own shortcuts. */
function keyFilter(terminal: Terminal): (event: KeyboardEvent) => boolean {
  let escapedAtMs = -Infinity;
  return (event) => {
    if (event.type !== 'keydown') return true;
    if (event.key === 'Escape') {
      escapedAtMs = event.timeStamp;
      return true;
    }
    if (event.key === 'Tab' && event.timeStamp - escapedAtMs < WAY_OUT_MS) {
      escapedAtMs = -Infinity;
      return false;
    }
    if (event.key !== 'Shift') escapedAtMs = -Infinity;
    const control = event.ctrlKey && !event.altKey && !event.metaKey;
    if (control && !event.shiftKey && event.key === 'c' && terminal.hasSelection()) {
      void navigator.clipboard.writeText(terminal.getSelection());
      terminal.clearSelection();
      event.preventDefault();
      return false;
    }
    // Pasting is the browser's: it brings the text as a paste event, which the shell can tell from typing.
    if (control && event.key.toLowerCase() === 'v') return false;
    if (control && event.shiftKey && event.key.toLowerCase() === 'f') return false;
    if (control && event.key === 'Enter') return false;
    return event.key !== 'F6' && event.key !== 'F1';
  };
}
