'use client';
import { CornerDownLeft, Play } from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { CopyButton } from '../design/copy-button.tsx';
import { useCommandPort, useRan } from './command-port.tsx';
import { CommandText } from './parameter.tsx';
import { fillParameters } from './parameters.ts';

interface CommandBlockProps {
  readonly command: string;
  /** The terminal it belongs into; otherwise the one that was used last. */
  readonly place?: string;
  /** Where there is no terminal: what it printed when the page was made. */
  readonly output?: string;
  /** Highlighted lines. */
  readonly children: ReactNode;
}

/** A command: in a lab one press types it into the terminal, in a lesson it can be copied. */
export function CommandBlock({ command, place, output, children }: CommandBlockProps) {
  const [ran, setRan] = useState(false);
  const onRan = useRan();
  const port = useCommandPort();
  const text = fillParameters(command, port?.parameters);
  const where = place === undefined ? undefined : fillParameters(place, port?.parameters);
  const block = (
    <div className="command-block group">
      <pre tabIndex={0} aria-label="Command">
        <code>{children}</code>
      </pre>
      <div className="flex shrink-0 items-start gap-1 p-1.5">
        {port === undefined ? (
          <>
            {output !== undefined && (
              <button
                type="button"
                className={RUN_CLASS}
                aria-expanded={ran}
                aria-label={`${ran ? 'Hide what it prints' : 'Run in a simulated cluster'}: ${text}`}
                onClick={() => {
                  setRan(!ran);
                  onRan?.();
                }}
              >
                <CornerDownLeft aria-hidden="true" className="size-3.5" />
                {ran ? 'Hide' : 'Run'}
              </button>
            )}
            <CopyButton text={text} />
          </>
        ) : (
          <button
            type="button"
            className={RUN_CLASS}
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
  if (port !== undefined || output === undefined) return block;
  return (
    <>
      {block}
      <div aria-live="polite">
        {ran && (
          <div className="code-block command-output">
            <pre tabIndex={0} aria-label="What it prints">
              <code>{output === '' ? '(it prints nothing)' : output}</code>
            </pre>
          </div>
        )}
      </div>
    </>
  );
}

const RUN_CLASS =
  'needs-script inline-flex min-h-8 items-center gap-1.5 rounded-sm bg-accent-wash px-2.5 font-sans text-xs font-semibold text-accent-strong hover:bg-accent hover:text-on-accent';

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
