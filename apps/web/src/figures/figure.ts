import type { ProbeResultView } from '@podwire/protocol';
import type { ContainerDirective, LeafDirective } from 'mdast-util-directive';
import type { PacketMention } from '../content/command-port.tsx';
import type { TopologyModel } from '../topology/topology-model.ts';

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

export type FigureNode = ContainerDirective | LeafDirective;

/** What `withFigures` put there. */
export function figureOf(node: FigureNode): Figure | undefined {
  return (node.data as { readonly figure?: Figure } | undefined)?.figure;
}
