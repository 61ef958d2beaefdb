import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

interface SwitchProps {
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
  readonly disabled?: boolean;
  readonly children: ReactNode;
}

/** Something that is on or off at once. */
export function Switch({ on, onChange, disabled = false, children }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      disabled={disabled}
      onClick={() => onChange(!on)}
      className="flex items-center gap-2.5 rounded-md text-left text-sm disabled:opacity-55"
    >
      <span
        className={classNames(
          'relative h-5 w-9 shrink-0 rounded-full transition-colors duration-[var(--motion-quick)]',
          on ? 'bg-accent' : 'bg-control',
        )}
      >
        <span
          className={classNames(
            'absolute top-0.5 left-0.5 size-4 rounded-full bg-raised transition-transform duration-[var(--motion-quick)]',
            on && 'translate-x-4',
          )}
        />
      </span>
      <span>{children}</span>
    </button>
  );
}
