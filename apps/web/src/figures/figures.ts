import { isApplied, quizOf } from '@podwire/lab';
import type { Lab } from '@podwire/lab';
import type { SimulatedCluster } from '@podwire/kubesim';
import type { Code, RootContent } from 'mdast';
import { isRun, placeOfCode, withOutput } from '../content/code-meta.ts';
import { readPacketMention } from '../content/packet-attributes.ts';
import { plainText } from '../content/plain-text.ts';
import { selectsText } from '../topology/label-selector.ts';
import { withSnapshot } from '../topology/object-view.ts';
import { topologyOf } from '../topology/topology-model.ts';
import { probeOfMention } from '../workspace/probe-of-mention.ts';
import { withPageQuiz } from '../content/page-quiz.ts';
import { drawingCluster, withShellNoted } from './drawing-clusters.ts';
import { applyManifests, objectsOf, printedBy, probe } from './figure-cluster.ts';
import { mistakeNode } from './figure.ts';
import type { Figure, FigureNode, Mistake } from './figure.ts';
import { manifestsIn } from './lab-base.ts';

/** Where a text stands, and which labs its figures may be drawn from. */
export interface FigureSetting {
  readonly file: string;
  /** Of the lesson or lab, under which answers to its quizzes are kept. */
  readonly pageId: string;
  readonly locale: string | undefined;
  /**
   * Lessons have no terminal: what their commands print is shown in its stead. They run one after the other in one
   * cluster, into which `yaml apply` blocks between them go.
   */
  readonly story: { cluster?: SimulatedCluster } | undefined;
  /** Unless a figure names another. */
  readonly own: Lab | undefined;
  readonly labOf: (id: string) => Lab | undefined;
  /** What the simulation can't do stands in the page, for an author who previews it. Else it stops the build. */
  readonly mistakesInPage?: boolean;
}

/** Something of a text that the simulation can't do, with its place. */
class NotDrawn extends Error {
  readonly mistake: Mistake;

  constructor(mistake: Mistake, cause: unknown) {
    super(`${mistake.place}: ${mistake.what}: ${mistake.why}`, { cause });
    this.name = 'NotDrawn';
    this.mistake = mistake;
  }
}

/**
 * The same text with what only the simulation knows: figures, and what the commands of lessons print. Quizzes learn
 * which page they are on. @throws what the simulation can't do, with its place, unless that is to stand in the page.
 */
export function withFigures(nodes: readonly RootContent[], setting: FigureSetting): RootContent[] {
  return nodes.map((node): RootContent => {
    try {
      return withFigure(node, setting);
    } catch (error) {
      if (!(error instanceof NotDrawn) || setting.mistakesInPage !== true) throw error;
      return mistakeNode(node, error.mistake);
    }
  });
}

function withFigure(node: RootContent, setting: FigureSetting): RootContent {
  if (node.type === 'code') return withStory(node, setting);
  if (!('children' in node)) return node;
  const quiz = node.type === 'containerDirective' ? quizOf(node) : undefined;
  if (node.type === 'containerDirective' && quiz !== undefined) {
    const { pageId, locale } = setting;
    const output = quiz.command === undefined ? undefined : printed(quiz.command, undefined, node, setting);
    return withPageQuiz(node, { ...quiz, pageId, locale, output });
  }
  if (
    (node.type !== 'containerDirective' && node.type !== 'leafDirective') ||
    (node.name !== 'packet' && node.name !== 'diagram')
  )
    return { ...node, children: withFigures(node.children, setting) } as RootContent;
  const figure = told(node, setting, `This ${node.name} can't be drawn`, () => draw(node, setting));
  return { ...node, data: { ...node.data, figure } } as unknown as RootContent;
}

function withStory(node: Code, setting: FigureSetting): Code {
  if (isRun(node)) {
    const output = printed(node.value, placeOfCode(node), node, setting);
    return output === undefined ? node : withOutput(node, output);
  }
  if (isApplied(node))
    told(node, setting, "This can't be applied", () => {
      const cluster = storyCluster(setting);
      if (cluster !== undefined) applyManifests(cluster, manifestsIn(node.value));
    });
  return node;
}

function printed(
  command: string,
  place: string | undefined,
  node: RootContent,
  setting: FigureSetting,
): string | undefined {
  return told(node, setting, "This command can't be run", () => {
    const cluster = storyCluster(setting);
    return cluster === undefined ? undefined : printedBy(cluster, command, place);
  });
}

function storyCluster({ story, own }: FigureSetting): SimulatedCluster | undefined {
  if (story === undefined || own === undefined) return undefined;
  return (story.cluster ??= drawingCluster(own, []));
}

function told<Result>(node: RootContent, { file }: FigureSetting, what: string, make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    const line = node.position === undefined ? '' : `:${node.position.start.line}`;
    const why = error instanceof Error ? error.message : String(error);
    throw new NotDrawn({ place: `${file}${line}`, what, why }, error);
  }
}

function draw(node: FigureNode, setting: FigureSetting): Figure {
  const attributes = node.attributes ?? {};
  const blocks =
    node.type === 'containerDirective' ? node.children.filter((child) => child.type === 'code') : [];
  const own = blocks.filter(isApplied).map((block) => block.value);
  const manifests = own.flatMap(manifestsIn);
  const named = attributes['lab'];
  const lab = typeof named === 'string' ? setting.labOf(named) : setting.own;
  if (typeof named === 'string' && lab === undefined) throw new Error(`there is no lab "${named}"`);
  const caption = captionOf(node);
  if (node.name === 'packet') {
    const mention = readPacketMention(attributes);
    const request = mention === undefined ? undefined : probeOfMention(mention);
    if (mention === undefined || request === undefined)
      throw new Error('it does not say from where to where');
    const { drawn: result, shell } = withShellNoted(lab, () =>
      probe(drawingCluster(lab, manifests), request),
    );
    if (result.verdict === 'no-such-source' || result.verdict === 'no-such-destination')
      throw new Error(result.because);
    return {
      kind: 'packet',
      caption,
      mention,
      result,
      own,
      live: { labId: lab?.id, shell, objects: manifests },
    };
  }
  const cluster = drawingCluster(lab, manifests);
  const objects = objectsOf(cluster).filter(
    (object) => object.kind === 'Node' || isWanted(object, attributes['namespace'], attributes['select']),
  );
  const model = topologyOf(
    withSnapshot({ revision: 1, objects: [...objects] }),
    attributes['namespace'] === 'kube-system',
  );
  if (model.rooms.every((room) => room.pods.length === 0) && model.doors.length === 0)
    throw new Error('nothing in the cluster fits its namespace and selector');
  return { kind: 'diagram', caption, model, own };
}

/** Pods by the selector; Services and what belongs to them by the namespace alone. */
function isWanted(
  { kind, namespace: own, object }: ReturnType<typeof objectsOf>[number],
  namespace: string | null | undefined,
  select: string | null | undefined,
): boolean {
  if (typeof namespace === 'string' && own !== namespace) return false;
  if (kind !== 'Pod' || typeof select !== 'string') return true;
  const { metadata } = object as {
    readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  };
  return selectsText(select, metadata?.labels ?? {});
}

function captionOf(node: FigureNode): string {
  if (node.type === 'leafDirective') return node.children.map(plainText).join('');
  const [label] = node.children;
  return label?.type === 'paragraph' && label.data?.directiveLabel === true ? plainText(label) : '';
}
