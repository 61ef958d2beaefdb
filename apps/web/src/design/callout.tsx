import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

export type CalloutTone = 'note' | 'warning' | 'error';

const LOOKS = {
  note: { icon: Info, frame: 'border-accent/35 bg-accent-wash/45', ink: 'text-accent-strong' },
  warning: { icon: TriangleAlert, frame: 'border-caution/40 bg-caution-wash', ink: 'text-caution' },
  error: { icon: CircleAlert, frame: 'border-denied/40 bg-denied-wash', ink: 'text-denied' },
} as const;

interface CalloutProps {
  readonly tone?: CalloutTone;
  readonly title: string;
  readonly className?: string;
  readonly children?: ReactNode;
  /** Announced as soon as it appears. */
  readonly live?: boolean;
}

export function Callout({ tone = 'note', title, className, children, live = false }: CalloutProps) {
  const look = LOOKS[tone];
  const Icon = look.icon;
  return (
    <div
      {...(live ? { role: tone === 'error' ? 'alert' : 'status' } : { role: 'note' })}
      className={classNames(
        'grid grid-cols-[auto_1fr] gap-x-3 rounded-md border px-4 py-3',
        look.frame,
        className,
      )}
    >
      <Icon aria-hidden="true" className={classNames('mt-[0.2em] size-[1.15em]', look.ink)} />
      <div className="min-w-0">
        <p className={classNames('font-semibold', look.ink)}>{title}</p>
        {children !== undefined && <div className="text-ink [&>p+p]:mt-2">{children}</div>}
      </div>
    </div>
  );
}
