'use client';
import { X } from 'lucide-react';
import * as Radix from 'radix-ui/toast';
import { createContext, useCallback, useContext, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { IconButton } from './button.tsx';

interface ToastMessage {
  readonly id: number;
  readonly title: string;
  readonly body?: string;
  readonly tone: 'plain' | 'error';
}

interface Toaster {
  readonly show: (title: string, body?: string) => void;
  readonly showError: (title: string, body?: string) => void;
}

const ToasterContext = createContext<Toaster | undefined>(undefined);
/** Long enough to read two lines; errors stay until they are closed. */
const SHOWN_FOR_MS = 6_000;
/** More than this at once is noise: the oldest goes. */
const MOST_AT_ONCE = 3;

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [messages, setMessages] = useState<readonly ToastMessage[]>([]);
  const nextId = useRef(1);
  const add = useCallback((tone: ToastMessage['tone'], title: string, body: string | undefined) => {
    const id = nextId.current++;
    setMessages((before) =>
      [...before, { id, title, tone, ...(body === undefined ? {} : { body }) }].slice(-MOST_AT_ONCE),
    );
  }, []);
  const toaster = useMemo<Toaster>(
    () => ({
      show: (title, body) => add('plain', title, body),
      showError: (title, body) => add('error', title, body),
    }),
    [add],
  );
  return (
    <ToasterContext.Provider value={toaster}>
      <Radix.Provider swipeDirection="right" duration={SHOWN_FOR_MS} label="Notice">
        {children}
        {messages.map((message) => (
          <Radix.Root
            key={message.id}
            duration={message.tone === 'error' ? Infinity : SHOWN_FOR_MS}
            onOpenChange={(open) => {
              if (!open) setMessages((before) => before.filter((other) => other.id !== message.id));
            }}
            className={`flex items-start gap-3 rounded-md border bg-raised py-2.5 pr-2 pl-4 shadow-overlay ${message.tone === 'error' ? 'border-denied' : 'border-line'}`}
          >
            <div className="min-w-0 flex-1">
              <Radix.Title
                className={`text-sm font-semibold ${message.tone === 'error' ? 'text-denied' : ''}`}
              >
                {message.title}
              </Radix.Title>
              {message.body !== undefined && (
                <Radix.Description className="text-sm text-muted">{message.body}</Radix.Description>
              )}
            </div>
            <Radix.Close asChild>
              <IconButton label="Close notice" className="size-7">
                <X />
              </IconButton>
            </Radix.Close>
          </Radix.Root>
        ))}
        <Radix.Viewport className="fixed right-0 bottom-0 z-50 flex w-96 max-w-full flex-col gap-2 p-4 outline-none" />
      </Radix.Provider>
    </ToasterContext.Provider>
  );
}

export function useToaster(): Toaster {
  const toaster = useContext(ToasterContext);
  if (toaster === undefined) throw new Error('useToaster needs a ToastProvider above it');
  return toaster;
}
