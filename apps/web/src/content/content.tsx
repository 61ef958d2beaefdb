import type { PhrasingContent, RootContent, Table } from 'mdast';
import type { ContainerDirective, LeafDirective, TextDirective } from 'mdast-util-directive';
import { Fragment } from 'react';
import type { ReactNode } from 'react';
import { Callout } from '../design/callout.tsx';
import { classNames } from '../design/class-names.ts';
import { CopyButton } from '../design/copy-button.tsx';
import { TextLink } from '../design/text-link.tsx';
import { placeOfCode } from '@podwire/lab';
import { figureOf } from '../figures/figures.ts';
import { FigureView } from '../figures/figure-view.tsx';
import { highlight } from './highlight.ts';
import type { Token } from './highlight.ts';
import { readPacketMention } from './packet-attributes.ts';
import { PacketLink } from './packet-mention.tsx';
import { Parameter } from './parameter.tsx';
import { splitAtParameters } from './parameters.ts';
import { plainText, slugOf } from './plain-text.ts';
import { CommandBlock, FileMention, InlineCommand } from './run-command.tsx';

/**
 * A course's text as elements. Only what is listed here is drawn: raw HTML, unknown directives and addresses that
 * are not plain links are left out, so that no author's text can carry a script.
 */
export function Content({ nodes }: { readonly nodes: readonly RootContent[] }) {
  return (
    <>
      {nodes.map((node, index) => (
        <Block key={index} node={node} />
      ))}
    </>
  );
}

function Block({ node }: { readonly node: RootContent }): ReactNode {
  switch (node.type) {
    case 'paragraph':
      return (
        <p>
          <Inline nodes={node.children} />
        </p>
      );
    case 'heading': {
      // A page's own title is its only h1.
      const Heading = node.depth <= 2 ? 'h2' : node.depth === 3 ? 'h3' : 'h4';
      return (
        <Heading id={slugOf(plainText(node))}>
          <Inline nodes={node.children} />
        </Heading>
      );
    }
    case 'list': {
      const items = node.children.map((item, index) => (
        <li key={index}>
          {node.spread === true || item.spread === true ? (
            <Content nodes={item.children} />
          ) : (
            item.children.map((child, position) =>
              child.type === 'paragraph' ? (
                <Inline key={position} nodes={child.children} />
              ) : (
                <Block key={position} node={child} />
              ),
            )
          )}
        </li>
      ));
      return node.ordered === true ? <ol start={node.start ?? 1}>{items}</ol> : <ul>{items}</ul>;
    }
    case 'blockquote':
      return (
        <blockquote>
          <Content nodes={node.children} />
        </blockquote>
      );
    case 'code':
      return (
        <Code
          code={node.value}
          language={node.lang ?? undefined}
          runnable={(node.meta ?? '').split(/\s+/).includes('run')}
          place={placeOfCode(node.meta)}
        />
      );
    case 'thematicBreak':
      return <hr />;
    case 'table':
      return <DataTable node={node} />;
    case 'containerDirective':
      return <Container node={node} />;
    case 'leafDirective': {
      const figure = figureOf(node);
      return figure === undefined ? (
        <p>
          <Directive node={node} />
        </p>
      ) : (
        <FigureView figure={figure} />
      );
    }
    case 'text':
    case 'emphasis':
    case 'strong':
    case 'inlineCode':
    case 'link':
    case 'textDirective':
      return <Inline nodes={[node]} />;
    default:
      return null;
  }
}

function Container({ node }: { readonly node: ContainerDirective }) {
  const label = node.children[0];
  const title =
    label?.type === 'paragraph' && label.data?.directiveLabel === true
      ? plainText(label)
      : node.attributes?.['title'];
  const body =
    label?.type === 'paragraph' && label.data?.directiveLabel === true
      ? node.children.slice(1)
      : node.children;
  switch (node.name) {
    case 'note':
      return (
        <Callout tone="note" title={title ?? 'Note'}>
          <Content nodes={body} />
        </Callout>
      );
    case 'warning':
      return (
        <Callout tone="warning" title={title ?? 'Take care'}>
          <Content nodes={body} />
        </Callout>
      );
    case 'hint':
      return (
        <details className="disclosure">
          <summary>{title ?? 'Show a hint'}</summary>
          <div>
            <Content nodes={body} />
          </div>
        </details>
      );
    case 'packet':
    case 'diagram': {
      const figure = figureOf(node);
      return figure === undefined ? <Content nodes={body} /> : <FigureView figure={figure} />;
    }
    default:
      // The parser refuses unknown directives; what it lets through is prose.
      return <Content nodes={body} />;
  }
}

function placeOf(node: TextDirective | LeafDirective): { place?: string } {
  const place = node.attributes?.['in'];
  return typeof place === 'string' ? { place } : {};
}

function Directive({ node }: { readonly node: TextDirective | LeafDirective }): ReactNode {
  const text = node.children.map(plainText).join('');
  switch (node.name) {
    case 'run':
      return <InlineCommand command={text} {...placeOf(node)} />;
    case 'file': {
      const line = Number(node.attributes?.['line']);
      return <FileMention path={text} line={Number.isInteger(line) && line > 0 ? line : undefined} />;
    }
    case 'packet': {
      const mention = readPacketMention(node.attributes ?? {});
      const words = text === '' ? 'Show me the packet' : text;
      return mention === undefined ? <>{words}</> : <PacketLink mention={mention}>{words}</PacketLink>;
    }
    default:
      // remark-directive reads `10:30` or `node:port` in prose as a directive: give the author's characters back.
      return (
        <>
          :{node.name}
          {text === '' ? '' : <Inline nodes={node.children} />}
        </>
      );
  }
}

function Inline({ nodes }: { readonly nodes: readonly PhrasingContent[] }): ReactNode {
  return nodes.map((node, index) => <Phrase key={index} node={node} />);
}

function Phrase({ node }: { readonly node: PhrasingContent }): ReactNode {
  switch (node.type) {
    case 'text':
      return <Filled text={node.value} />;
    case 'emphasis':
      return (
        <em>
          <Inline nodes={node.children} />
        </em>
      );
    case 'strong':
      return (
        <strong>
          <Inline nodes={node.children} />
        </strong>
      );
    case 'delete':
      return (
        <del>
          <Inline nodes={node.children} />
        </del>
      );
    case 'inlineCode':
      return (
        <code className="inline-code">
          <Filled text={node.value} />
        </code>
      );
    case 'break':
      return <br />;
    case 'link':
      return isSafeAddress(node.url) ? (
        <TextLink href={node.url} {...(node.url.startsWith('http') ? { rel: 'noreferrer' } : {})}>
          <Inline nodes={node.children} />
        </TextLink>
      ) : (
        <Inline nodes={node.children} />
      );
    case 'image':
      return node.url.startsWith('/') && !node.url.startsWith('//') ? (
        <img src={node.url} alt={node.alt ?? ''} loading="lazy" />
      ) : (
        <>{node.alt}</>
      );
    case 'textDirective':
      return <Directive node={node} />;
    default:
      return null;
  }
}

/** Links to this site, to a place on the page, to the web and to mail; never `javascript:` and its kin. */
function isSafeAddress(url: string): boolean {
  return /^(https?:\/\/|mailto:|#|\/(?!\/))/i.test(url);
}

function Filled({ text }: { readonly text: string }) {
  return splitAtParameters(text).map((part, index) =>
    part.kind === 'text' ? (
      <Fragment key={index}>{part.text}</Fragment>
    ) : (
      <Parameter key={index} name={part.name} />
    ),
  );
}

async function Code({
  code,
  language,
  runnable,
  place,
}: {
  readonly code: string;
  readonly language: string | undefined;
  readonly runnable: boolean;
  readonly place: string | undefined;
}) {
  const lines = await highlight(code, language);
  const body = <Lines lines={lines} />;
  if (runnable)
    return (
      <CommandBlock command={code} {...(place === undefined ? {} : { place })}>
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
          <Filled key={position} text={token.text} />
        ) : (
          <span key={position} className={`token-${token.token}`}>
            <Filled text={token.text} />
          </span>
        ),
      )}
    </Fragment>
  ));
}

function DataTable({ node }: { readonly node: Table }) {
  const [head, ...rows] = node.children;
  const align = (column: number) =>
    node.align?.[column] === 'right'
      ? 'text-right'
      : node.align?.[column] === 'center'
        ? 'text-center'
        : 'text-left';
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Table">
      <table>
        <thead>
          <tr>
            {head?.children.map((cell, column) => (
              <th key={column} scope="col" className={align(column)}>
                <Inline nodes={cell.children} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.children.map((cell, column) => (
                <td key={column} className={align(column)}>
                  <Inline nodes={cell.children} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
