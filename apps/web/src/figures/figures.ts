import { isApplied } from '@podwire/lab';
import type { Lab } from '@podwire/lab';
import type { ProbeResultView } from '@podwire/protocol';
import type { RootContent } from 'mdast';
import type { ContainerDirective, LeafDirective } from 'mdast-util-directive';
import type { PacketMention } from '../content/command-port.tsx';
import { readPacketMention } from '../content/packet-attributes.ts';
import { plainText } from '../content/plain-text.ts';
import { selectsText } from '../topology/label-selector.ts';
import { withSnapshot } from '../topology/object-view.ts';
import { topologyOf } from '../topology/topology-model.ts';
import type { TopologyModel } from '../topology/topology-model.ts';
import { probeOfMention } from '../workspace/probe-of-mention.ts';
import { figureCluster, objectsOf, probe } from './figure-cluster.ts';

/** A figure as the simulation draws it: nothing in it was written by hand but its caption. */
export type Figure =
  | {
      readonly kind: 'packet';
      readonly caption: string;
      readonly mention: PacketMention;
      readonly result: ProbeResultView;
      readonly own: readonly string[];
    }
  | {
      readonly kind: 'diagram';
      readonly caption: string;
      readonly model: TopologyModel;
      readonly own: readonly string[];
    };

type FigureNode = ContainerDirective | LeafDirective;

/** Where a text stands, and which labs its figures may be drawn from. */
export interface FigureSetting {
  readonly file: string;
  /** Unless a figure names another. */
  readonly own: Lab | undefined;
  readonly labOf: (id: string) => Lab | undefined;
}

/** The same text; the directives that ask for a figure carry it. @throws what the simulation can't draw, with its place. */
export function withFigures(nodes: readonly RootContent[], setting: FigureSetting): RootContent[] {
  return nodes.map((node) => {
    if (!('children' in node)) return node;
    if (
      (node.type !== 'containerDirective' && node.type !== 'leafDirective') ||
      (node.name !== 'packet' && node.name !== 'diagram')
    )
      return { ...node, children: withFigures(node.children, setting) } as RootContent;
    try {
      return { ...node, data: { ...node.data, figure: draw(node, setting) } } as unknown as RootContent;
    } catch (error) {
      const line = node.position === undefined ? '' : `:${node.position.start.line}`;
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${setting.file}${line}: this ${node.name} can't be drawn: ${why}`, { cause: error });
    }
  });
}

/** What `withFigures` put there. */
export function figureOf(node: FigureNode): Figure | undefined {
  return (node.data as { readonly figure?: Figure } | undefined)?.figure;
}

function draw(node: FigureNode, { own, labOf }: FigureSetting): Figure {
  const attributes = node.attributes ?? {};
  const blocks =
    node.type === 'containerDirective' ? node.children.filter((child) => child.type === 'code') : [];
  const manifests = blocks.filter(isApplied).map((block) => block.value);
  const named = attributes['lab'];
  const lab = typeof named === 'string' ? labOf(named) : own;
  if (typeof named === 'string' && lab === undefined) throw new Error(`there is no lab "${named}"`);
  const cluster = figureCluster({ lab, manifests });
  const caption = captionOf(node);
  if (node.name === 'packet') {
    const mention = readPacketMention(attributes);
    const request = mention === undefined ? undefined : probeOfMention(mention);
    if (mention === undefined || request === undefined)
      throw new Error('it does not say from where to where');
    const result = probe(cluster, request);
    if (result.verdict === 'no-such-source' || result.verdict === 'no-such-destination')
      throw new Error(result.because);
    return { kind: 'packet', caption, mention, result, own: manifests };
  }
  const objects = objectsOf(cluster).filter(
    (object) => object.kind === 'Node' || isWanted(object, attributes['namespace'], attributes['select']),
  );
  const model = topologyOf(
    withSnapshot({ revision: 1, objects: [...objects] }),
    attributes['namespace'] === 'kube-system',
  );
  if (model.rooms.every((room) => room.pods.length === 0) && model.doors.length === 0)
    throw new Error('nothing in the cluster fits its namespace and selector');
  return { kind: 'diagram', caption, model, own: manifests };
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
