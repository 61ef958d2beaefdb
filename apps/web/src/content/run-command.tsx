'use client';
import { CornerDownLeft, Play } from 'lucide-react';
import type { ReactNode } from 'react';
import { CopyButton } from '../design/copy-button.tsx';
import { useCommandPort } from './command-port.tsx';
import { CommandText } from './parameter.tsx';
import { fillParameters } from './parameters.ts';

interface CommandBlockProps {
  readonly command: string;
  /** The terminal it belongs into; otherwise the one that was used last. */
  readonly place?: string;
  /** Highlighted lines. */
  readonly children: ReactNode;
}

/** A command: in a lab one press types it into the terminal, in a lesson it can be copied. */
export function CommandBlock({ command, place, children }: CommandBlockProps) {
  const port = useCommandPort();
  const text = fillParameters(command, port?.parameters);
  const where = place === undefined ? undefined : fillParameters(place, port?.parameters);
  return (
    <div className="command-block group">
      <pre tabIndex={0} aria-label="Command">
        <code>{children}</code>
      </pre>
      <div className="flex shrink-0 items-start gap-1 p-1.5">
        {port === undefined ? (
          <CopyButton text={text} />
        ) : (
          <button
            type="button"
            className="needs-script inline-flex min-h-8 items-center gap-1.5 rounded-sm bg-accent-wash px-2.5 font-sans text-xs font-semibold text-accent-strong hover:bg-accent hover:text-on-accent"
            onClick={() => port.typeCommand(text, where)}
            aria-label={`Run in ${where === undefined ? 'the terminal' : wordsOf(where)}: ${text}`}
            title={where === undefined ? undefined : `In ${wordsOf(where)}`}
          >
            <CornerDownLeft aria-hidden="true" className="size-3.5" />
            Run
          </button>
        )}
      </div>
    </div>
  );
}

export function InlineCommand({ command, place }: { readonly command: string; readonly place?: string }) {
  const port = useCommandPort();
  const text = fillParameters(command, port?.parameters);
  const where = place === undefined ? undefined : fillParameters(place, port?.parameters);
  if (port === undefined)
    return (
      <code className="inline-code">
        <CommandText text={command} />
      </code>
    );
  return (
    <button
      type="button"
      className="inline-command"
      onClick={() => port.typeCommand(text, where)}
      aria-label={`Run in ${where === undefined ? 'the terminal' : wordsOf(where)}: ${text}`}
    >
      <Play aria-hidden="true" className="mr-1 inline size-[0.7em] fill-current align-baseline" />
      <CommandText text={command} />
    </button>
  );
}

/** `node/podwire-worker` → `node podwire-worker`. */
function wordsOf(place: string): string {
  const [kind, ...name] = place.split('/');
  return [kind, name.join('/')].filter((word) => word !== '').join(' ');
}

interface FileMentionProps {
  readonly path: string;
  readonly line: number | undefined;
}

export function FileMention({ path, line }: FileMentionProps) {
  const port = useCommandPort();
  const text = fillParameters(path, port?.parameters);
  const label = line === undefined ? text : `${text}, line ${line}`;
  if (port === undefined) return <code className="inline-code">{text}</code>;
  return (
    <button
      type="button"
      className="inline-command"
      onClick={() => port.openFile(text, line)}
      aria-label={`Open ${label} in the editor`}
    >
      {text}
      {line !== undefined && <span>:{line}</span>}
    </button>
  );
}
