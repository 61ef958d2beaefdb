import { Fragment } from 'react';
import { classNames } from '../design/class-names.ts';
import { CopyButton } from '../design/copy-button.tsx';
import { FigureView } from '../figures/figure-view.tsx';
import { contentWith } from './blocks.tsx';
import { highlight } from './highlight.ts';
import type { Token } from './highlight.ts';
import { CommandText } from './parameter.tsx';
import { QuizField } from './quiz-field.tsx';
import { CommandBlock } from './run-command.tsx';

/** A course's text, drawn when the page is made. */
export const Content = contentWith(Code, QuizField, FigureView);

async function Code({
  code,
  language,
  runnable,
  place,
  output,
}: {
  readonly code: string;
  readonly language: string | undefined;
  readonly runnable: boolean;
  readonly place: string | undefined;
  readonly output: string | undefined;
}) {
  const lines = await highlight(code, language);
  const body = <Lines lines={lines} />;
  if (runnable)
    return (
      <CommandBlock
        command={code}
        {...(place === undefined ? {} : { place })}
        {...(output === undefined ? {} : { output })}
      >
        {body}
      </CommandBlock>
    );
  const copied = language !== undefined && language !== 'text' && language !== 'console';
  return (
    <div
      className={classNames(
        'code-block group',
        copied && 'code-block-copied',
        (language === 'sh' || language === 'shell' || language === 'bash') && 'code-block-shell',
      )}
    >
      <pre tabIndex={0} aria-label={language === undefined ? 'Output' : `${language} code`}>
        <code>{body}</code>
      </pre>
      {copied && (
        <div className="absolute top-1.5 right-1.5">
          <CopyButton text={code} className="bg-sunken" />
        </div>
      )}
    </div>
  );
}

function Lines({ lines }: { readonly lines: readonly (readonly Token[])[] }) {
  return lines.map((line, index) => (
    <Fragment key={index}>
      {index > 0 && '\n'}
      {line.map((token, position) =>
        token.token === undefined ? (
          <CommandText key={position} text={token.text} />
        ) : (
          <span key={position} className={`token-${token.token}`}>
            <CommandText text={token.text} />
          </span>
        ),
      )}
    </Fragment>
  ));
}
