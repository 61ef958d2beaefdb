import type { ComponentProps, ReactNode } from 'react';
import { classNames } from './class-names.ts';

export type ButtonTone = 'primary' | 'plain' | 'quiet' | 'danger';
export type ButtonSize = 'small' | 'medium' | 'large';

const BASE =
  'inline-flex items-center justify-center gap-2 rounded-md font-semibold whitespace-nowrap select-none transition-colors duration-[var(--motion-quick)] disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:cursor-not-allowed aria-disabled:opacity-55 [&_svg]:shrink-0';

const TONES: Readonly<Record<ButtonTone, string>> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong',
  plain: 'border border-control bg-raised text-ink hover:bg-hover',
  quiet: 'text-muted hover:bg-hover hover:text-ink',
  danger: 'border border-denied bg-raised text-denied hover:bg-denied-wash',
};

const SIZES: Readonly<Record<ButtonSize, string>> = {
  small: 'min-h-8 px-2.5 text-sm [&_svg]:size-4',
  medium: 'min-h-10 px-4 text-sm [&_svg]:size-4',
  large: 'min-h-12 px-5 text-base [&_svg]:size-5',
};

export function buttonClass(
  tone: ButtonTone = 'plain',
  size: ButtonSize = 'medium',
  className?: string,
): string {
  return classNames(BASE, TONES[tone], SIZES[size], className);
}

interface ButtonProps extends ComponentProps<'button'> {
  readonly tone?: ButtonTone;
  readonly size?: ButtonSize;
}

export function Button({
  tone = 'plain',
  size = 'medium',
  className,
  type = 'button',
  ...rest
}: ButtonProps) {
  return <button type={type} className={buttonClass(tone, size, className)} {...rest} />;
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'aria-label' | 'children'> {
  /** What the button does, for those who do not see its icon. */
  readonly label: string;
  readonly children: ReactNode;
}

export function IconButton({ label, className, type = 'button', ...rest }: IconButtonProps) {
  return (
    <button
      type={type}
      aria-label={label}
      className={classNames(
        'inline-flex size-9 items-center justify-center rounded-md text-muted transition-colors duration-[var(--motion-quick)] hover:bg-hover hover:text-ink disabled:opacity-50 [&_svg]:size-[1.125rem]',
        className,
      )}
      {...rest}
    />
  );
}
