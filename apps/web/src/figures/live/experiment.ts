import type { ProbeRequestView } from '@podwire/protocol';
import type { PacketMention } from '../../content/command-port.tsx';
import { nameOfKey } from '../../topology/topology-path.ts';
import { probeOfMention } from '../../workspace/probe-of-mention.ts';
import type { Manifest } from '../cluster-base.ts';
import type { PlaceChoice } from './places.ts';

/** What a reader has made of a figure's packet. */
export interface Experiment {
  readonly from: string;
  readonly to: string;
  readonly protocol: PacketMention['protocol'];
  /** As it was typed. */
  readonly port: string;
  /** Which of the figure's manifests are left out, by their index. */
  readonly off: readonly number[];
}

const LARGEST_PORT = 65_535;
/** What a packet is sent to when a ping becomes a connection. */
const USUAL_PORT = '80';
/** A mistyped port is quoted, not a page of it. */
const MOST_QUOTED = 20;

export function experimentOf({ from, to, protocol, port }: PacketMention): Experiment {
  return { from, to, protocol, port: protocol === 'icmp' ? USUAL_PORT : String(port), off: [] };
}

type Reading =
  | {
      readonly ok: true;
      readonly request: ProbeRequestView;
      readonly mention: PacketMention;
      readonly objects: readonly Manifest[];
    }
  | { readonly ok: false; readonly portProblem: string };

/** The packet that an experiment sends, in a cluster with which of the figure's manifests. */
export function readExperiment(
  { from, to, protocol, port, off }: Experiment,
  objects: readonly Manifest[],
): Reading {
  const number = protocol === 'icmp' ? 0 : portOf(port);
  if (number === undefined) return { ok: false, portProblem: portProblem(port) };
  const mention = { from, to, protocol, port: number };
  const request = probeOfMention(mention);
  // Only what was listed can be chosen.
  if (request === undefined) throw new Error(`"${from}" to "${to}" is no connection`);
  return { ok: true, request, mention, objects: objects.filter((_, index) => !off.includes(index)) };
}

function portOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^\d{1,5}$/.test(trimmed)) return undefined;
  const port = Number(trimmed);
  return port >= 1 && port <= LARGEST_PORT ? port : undefined;
}

function portProblem(text: string): string {
  const trimmed = text.trim();
  const rule = `whole number from 1 to ${LARGEST_PORT}`;
  if (trimmed === '') return `Give a port: a ${rule}.`;
  const quoted = trimmed.length > MOST_QUOTED ? `${trimmed.slice(0, MOST_QUOTED)}…` : trimmed;
  return `“${quoted}” is no port. Give a ${rule}.`;
}

/** With another destination goes the port that its object names first. */
export function withDestination(
  experiment: Experiment,
  to: string,
  choices: readonly PlaceChoice[],
): Experiment {
  const { port, protocol } = choices.find(({ key }) => key === to) ?? {};
  if (port === undefined || experiment.protocol === 'icmp') return { ...experiment, to };
  return { ...experiment, to, port: String(port), protocol: protocol ?? experiment.protocol };
}

export function withManifest(experiment: Experiment, index: number, on: boolean): Experiment {
  const others = experiment.off.filter((each) => each !== index);
  return { ...experiment, off: on ? others : [...others, index].sort((left, right) => left - right) };
}

/** The same packet in the same cluster. */
export function isSame(left: Experiment, right: Experiment): boolean {
  return (
    left.from === right.from &&
    left.to === right.to &&
    left.protocol === right.protocol &&
    (left.protocol === 'icmp' || left.port.trim() === right.port.trim()) &&
    left.off.join() === right.off.join()
  );
}

/** What there is to choose from, with what is chosen in it though it is not there any more. */
export function choicesWith(choices: readonly PlaceChoice[], chosen: string): readonly PlaceChoice[] {
  if (choices.some(({ key }) => key === chosen)) return choices;
  const name = nameOfKey(chosen);
  return [
    ...choices,
    {
      key: chosen,
      name,
      group: chosen.startsWith('service/') ? 'Services' : chosen.startsWith('pod/') ? 'Pods' : 'Outside',
    },
  ];
}

/** `NetworkPolicy default/deny`, as the rest of the site names objects. */
export function manifestName({ kind, metadata: { name, namespace } }: Manifest): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
