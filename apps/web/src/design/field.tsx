import { useId } from 'react';
import type { ComponentProps, ReactNode } from 'react';
import { classNames } from './class-names.ts';

export const INPUT_CLASS =
  'w-full rounded-md border border-control bg-raised px-3 py-2 text-base text-ink placeholder:text-faint aria-invalid:border-denied';

/** For toolbars: as high as a small button. */
export const SMALL_INPUT_CLASS =
  'h-8 w-full rounded-md border border-control bg-raised px-2 text-sm text-ink placeholder:text-faint disabled:opacity-55';

interface FieldProps extends ComponentProps<'input'> {
  readonly label: ReactNode;
  readonly help?: string;
  readonly error?: string | undefined;
}

export function Field({ label, help, error, className, ...rest }: FieldProps) {
  const id = useId();
  const described = [help === undefined ? '' : `${id}-help`, error === undefined ? '' : `${id}-error`].filter(
    (part) => part !== '',
  );
  return (
    <div className={classNames('grid gap-1', className)}>
      <label htmlFor={id} className="text-sm font-semibold">
        {label}
      </label>
      <input
        id={id}
        className={INPUT_CLASS}
        aria-invalid={error !== undefined}
        {...(described.length > 0 ? { 'aria-describedby': described.join(' ') } : {})}
        {...rest}
      />
      {help !== undefined && (
        <p id={`${id}-help`} className="text-xs text-faint">
          {help}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} className="text-sm font-semibold text-denied">
          {error}
        </p>
      )}
    </div>
  );
}
