import type { ProbeResultView } from '@podwire/protocol';
import type { RootContent } from 'mdast';
import type { ContainerDirective, LeafDirective } from 'mdast-util-directive';
import type { PacketMention } from '../content/command-port.tsx';
import type { TopologyModel } from '../topology/topology-model.ts';
import type { Manifest } from './cluster-base.ts';

/** What a reader's browser needs, beside the connection, to send a figure's packet again. */
export interface LiveSource {
  /** Whose setup its cluster has; without it, two bare nodes. */
  readonly labId: string | undefined;
  /** Its cluster starts programs of the shell. */
  readonly shell: boolean;
  /** The figure's own manifests. */
  readonly objects: readonly Manifest[];
}

/** A figure as the simulation draws it: nothing in it was written by hand but its caption. */
export type Figure =
  | {
      readonly kind: 'packet';
      readonly caption: string;
      readonly mention: PacketMention;
      readonly result: ProbeResultView;
      readonly own: readonly string[];
      readonly live: LiveSource;
    }
  | {
      readonly kind: 'diagram';
      readonly caption: string;
      readonly model: TopologyModel;
      readonly own: readonly string[];
    };

export type FigureNode = ContainerDirective | LeafDirective;

/** Something of a text that the simulation can't do. */
export interface Mistake {
  /** `chapter/lesson.md:12`, from the course's folder. */
  readonly place: string;
  readonly what: string;
  readonly why: string;
}

/** Stands in the place of what can't be drawn; a command or manifest stays readable below. */
export function mistakeNode(node: RootContent, mistake: Mistake): ContainerDirective {
  return {
    type: 'containerDirective',
    name: MISTAKE,
    // As text alone: there is nothing that a Run button could show.
    children: node.type === 'code' ? [{ ...node, meta: null }] : [],
    data: { mistake } as ContainerDirective['data'] & { readonly mistake: Mistake },
  };
}

export function mistakeOf(node: ContainerDirective): Mistake | undefined {
  if (node.name !== MISTAKE) return undefined;
  return (node.data as { readonly mistake?: Mistake } | undefined)?.mistake;
}

/** No directive of an author's has this name: the parser refuses those that it doesn't know. */
const MISTAKE = 'mistake';

/** What `withFigures` put there. */
export function figureOf(node: FigureNode): Figure | undefined {
  return (node.data as { readonly figure?: Figure } | undefined)?.figure;
}
