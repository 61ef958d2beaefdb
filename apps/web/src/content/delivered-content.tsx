'use client';
import type { TakenHint } from '@podwire/protocol';
import type { RootContent } from 'mdast';
import { contentWith } from './blocks.tsx';
import { CommandText } from './parameter.tsx';
import { CommandBlock } from './run-command.tsx';

/** Texts that come later ask nothing, and nobody has drawn their figures. */
function Nothing(): null {
  return null;
}

const Blocks = contentWith(
  ({ code, language, runnable, place }) =>
    runnable ? (
      <CommandBlock command={code} {...(place === undefined ? {} : { place })}>
        <CommandText text={code} />
      </CommandBlock>
    ) : (
      <div className="code-block">
        <pre tabIndex={0} aria-label={language === undefined ? 'Output' : `${language} code`}>
          <code>
            <CommandText text={code} />
          </code>
        </pre>
      </div>
    ),
  Nothing,
  Nothing,
);

/** A text of the course that came from the server after the page: a hint that cost something, a solution. */
export function DeliveredContent({ body }: { readonly body: TakenHint['body'] }) {
  return <Blocks nodes={body as unknown as readonly RootContent[]} />;
}
