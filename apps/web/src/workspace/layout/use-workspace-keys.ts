'use client';
import { useEffect, useRef } from 'react';

interface WorkspaceKeys {
  readonly onCheck: () => void;
  readonly onKeys: () => void;
}

/** F6 goes round the areas of the page, Ctrl+Enter checks, F1 tells the keys. They hold in terminals and editors too. */
export function useWorkspaceKeys(keys: WorkspaceKeys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key === 'F6') {
        event.preventDefault();
        focusNextArea(event.shiftKey ? -1 : 1);
      } else if (event.key === 'F1') {
        event.preventDefault();
        latest.current.onKeys();
      } else if (event.key === 'Enter' && event.ctrlKey && !event.altKey && !event.metaKey) {
        event.preventDefault();
        latest.current.onCheck();
      }
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

const FOCUSABLE =
  'textarea, [contenteditable="true"], button:not([disabled]), a[href], input:not([disabled]), select, [tabindex="0"]';

function focusNextArea(step: 1 | -1): void {
  const areas = [
    ...document.querySelectorAll<HTMLElement>(
      '[data-area="tasks"], [data-tabset-id], [data-area="panes"]:not(:has([data-tabset-id])), body header',
    ),
  ].filter((area) => area.offsetParent !== null);
  if (areas.length === 0) return;
  const at = areas.findIndex((area) => area.contains(document.activeElement));
  const next = areas[(at + step + areas.length) % areas.length];
  const inside = [...(next?.querySelectorAll<HTMLElement>(FOCUSABLE) ?? [])].filter(
    (element) => element.offsetParent !== null,
  );
  // In a pane its content comes before its tabs; a terminal's own input before anything else.
  const target =
    inside.find((element) => element.matches('textarea, [contenteditable="true"]')) ??
    (next?.matches('[tabindex]') === true ? next : inside[0]);
  target?.focus();
}
