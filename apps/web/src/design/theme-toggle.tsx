'use client';
import { Monitor, Moon, Sun } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { IconButton } from './button.tsx';

type Theme = 'system' | 'light' | 'dark';

const STORAGE_KEY = 'podwire-theme';
const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };
const LABELS: Readonly<Record<Theme, string>> = { system: 'as your system', light: 'light', dark: 'dark' };
const ICONS = { system: Monitor, light: Sun, dark: Moon } as const;

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', fromOtherTab);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.removeEventListener('storage', fromOtherTab);
  };
}

function fromOtherTab(event: StorageEvent): void {
  if (event.key === STORAGE_KEY)
    apply(event.newValue === 'light' || event.newValue === 'dark' ? event.newValue : 'system');
}

function current(): Theme {
  const theme = document.documentElement.dataset['theme'];
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  for (const listener of listeners) listener();
}

function choose(theme: Theme): void {
  try {
    if (theme === 'system') localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // Storage is closed to us: the choice holds for this page.
  }
  apply(theme);
}

export function ThemeToggle() {
  const theme = useSyncExternalStore<Theme>(subscribe, current, () => 'system');
  const Icon = ICONS[theme];
  return (
    <IconButton
      className="needs-script"
      label={`Theme: ${LABELS[theme]}. Change to ${LABELS[NEXT[theme]]}.`}
      title={`Theme: ${LABELS[theme]}`}
      onClick={() => choose(NEXT[theme])}
    >
      <Icon aria-hidden="true" />
    </IconButton>
  );
}
