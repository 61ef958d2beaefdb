import type { PhrasingContent, RootContent, Table } from 'mdast';
import type { ContainerDirective, LeafDirective, TextDirective } from 'mdast-util-directive';
import type { ComponentType, ReactNode } from 'react';
import { Callout } from '../design/callout.tsx';
import { TextLink } from '../design/text-link.tsx';
import { isRun, outputOf, placeOfCode } from './code-meta.ts';
import { figureOf, mistakeOf } from '../figures/figure.ts';
import type { Figure } from '../figures/figure.ts';
import { readPacketMention } from './packet-attributes.ts';
import { PacketLink } from './packet-mention.tsx';
import { CommandText } from './parameter.tsx';
import { pageQuizOf } from './page-quiz.ts';
import type { QuizFieldProps } from './page-quiz.ts';
import { plainText, slugOf } from './plain-text.ts';
import { FileMention, InlineCommand } from './run-command.tsx';

/** A block of code, as the place where the text stands can draw it. */
type CodeView = ComponentType<{
  readonly code: string;
  readonly language: string | undefined;
  readonly runnable: boolean;
  readonly place: string | undefined;
  /** What the command printed when the page was made. */
  readonly output: string | undefined;
}>;

/**
 * A course's text as elements. Only what is listed here is drawn: raw HTML, unknown directives and addresses that
 * are not plain links are left out, so that no author's text can carry a script.
 */
export function contentWith(
  Code: CodeView,
  Quiz: ComponentType<QuizFieldProps>,
  FigureView: ComponentType<{ readonly figure: Figure }>,
): ComponentType<{ readonly nodes: readonly RootContent[] }> {
  function Content({ nodes }: { readonly nodes: readonly RootContent[] }) {
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
            runnable={isRun(node)}
            place={placeOfCode(node)}
            output={outputOf(node)}
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
      case 'quiz': {
        const quiz = pageQuizOf(node);
        return quiz === undefined ? null : (
          <Quiz
            quiz={quiz}
            prompt={<Content nodes={quiz.prompt} />}
            command={
              quiz.command === undefined ? undefined : (
                <Code code={quiz.command} language="sh" runnable place={undefined} output={quiz.output} />
              )
            }
            options={quiz.options.map(({ id, body: words }) => ({ id, body: <Content nodes={words} /> }))}
          />
        );
      }
      case 'hint':
      case 'solution':
        return (
          <details className="disclosure">
            <summary>{title ?? (node.name === 'hint' ? 'Show a hint' : 'Show the solution')}</summary>
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
      case 'mistake': {
        const mistake = mistakeOf(node);
        return mistake === undefined ? null : (
          <Callout tone="error" title={mistake.what}>
            <p>
              <span className="font-mono text-[0.85em] [overflow-wrap:anywhere]">{mistake.place}</span>
            </p>
            <p className="[overflow-wrap:anywhere] whitespace-pre-wrap">{mistake.why}</p>
            <Content nodes={body} />
          </Callout>
        );
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
        return <CommandText text={node.value} />;
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
            <CommandText text={node.value} />
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

  return Content;
}

/** Links to this site, to a place on the page, to the web and to mail; never `javascript:` and its kin. */
function isSafeAddress(url: string): boolean {
  return /^(https?:\/\/|mailto:|#|\/(?!\/))/i.test(url);
}
