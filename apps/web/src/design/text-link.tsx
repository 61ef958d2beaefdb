import Link from 'next/link';
import type { ComponentProps } from 'react';
import { buttonClass } from './button.tsx';
import type { ButtonSize, ButtonTone } from './button.tsx';
import { classNames } from './class-names.ts';

/** A link in running text: underlined, so that it is not known by colour alone. */
export function TextLink({ className, ...rest }: ComponentProps<typeof Link>) {
  return (
    <Link
      className={classNames(
        'text-accent underline decoration-accent/40 decoration-1 underline-offset-[0.2em] hover:text-accent-strong hover:decoration-current',
        className,
      )}
      {...rest}
    />
  );
}

interface ButtonLinkProps extends ComponentProps<typeof Link> {
  readonly tone?: ButtonTone;
  readonly size?: ButtonSize;
}

export function ButtonLink({ tone = 'plain', size = 'medium', className, ...rest }: ButtonLinkProps) {
  return <Link className={buttonClass(tone, size, className)} {...rest} />;
}
