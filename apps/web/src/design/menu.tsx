'use client';
import * as Radix from 'radix-ui/dropdown-menu';
import type { ReactNode } from 'react';

interface MenuProps {
  /** A button; it opens the menu. */
  readonly trigger: ReactNode;
  readonly children: ReactNode;
  readonly align?: 'start' | 'end';
  readonly onOpen?: () => void;
}

export function Menu({ trigger, children, align = 'end', onOpen }: MenuProps) {
  return (
    <Radix.Root
      modal={false}
      onOpenChange={(open) => {
        if (open) onOpen?.();
      }}
    >
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-h-[min(70dvh,32rem)] min-w-52 overflow-y-auto rounded-md border border-line bg-raised p-1 text-sm shadow-overlay"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface MenuItemProps {
  readonly onSelect: () => void;
  readonly disabled?: boolean;
  readonly icon?: ReactNode;
  readonly hint?: ReactNode;
  readonly children: ReactNode;
}

export function MenuItem({ onSelect, disabled = false, icon, hint, children }: MenuItemProps) {
  return (
    <Radix.Item
      onSelect={onSelect}
      disabled={disabled}
      className="flex cursor-default items-center gap-2.5 rounded-sm px-2.5 py-1.5 outline-none data-[disabled]:text-faint data-[highlighted]:bg-accent-wash data-[highlighted]:text-accent-strong [&_svg]:size-4 [&_svg]:shrink-0"
    >
      {icon}
      <span className="flex-1">{children}</span>
      {hint !== undefined && <span className="text-xs text-faint">{hint}</span>}
    </Radix.Item>
  );
}

export function MenuLabel({ children }: { readonly children: ReactNode }) {
  return <Radix.Label className="px-2.5 pt-2 pb-1 text-xs font-semibold text-faint">{children}</Radix.Label>;
}

export function MenuSeparator() {
  return <Radix.Separator className="mx-1 my-1 h-px bg-line" />;
}
