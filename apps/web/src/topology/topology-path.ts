import type { PacketTraceView, PlaceView, ProbeRequestView, ProbeResultView } from '@podwire/protocol';
import { exchangesOf, mainExchange } from '../packets/packet-model.ts';

/** A place on the floor plan that a packet went through: `pod/ns/name`, `node/name`, `toolbox`, `outside`. */
export interface TopologyPath {
  readonly through: readonly string[];
  /** It did not get further than the last of them. */
  readonly stopped: 'no' | 'dropped' | 'rejected';
  /** The Service whose address it was sent to. */
  readonly door: string | undefined;
}

/** The way of a probe's deciding packet over the floor plan. */
export function pathOf(request: ProbeRequestView, result: ProbeResultView): TopologyPath {
  const packet = mainExchange(exchangesOf(result.packets))?.request.packet;
  const door =
    request.to.kind === 'service' ? `service/${request.to.namespace}/${request.to.name}` : doorOf(packet);
  if (packet === undefined)
    return {
      through: [keyOfPlace(request.from)],
      stopped: result.verdict === 'open' ? 'no' : 'dropped',
      door,
    };
  const through: string[] = [];
  for (const step of packet.steps) {
    const key = keyOfWhere(step.where);
    if (key !== undefined && through.at(-1) !== key) through.push(key);
  }
  const stopped =
    packet.fate === 'dropped'
      ? 'dropped'
      : packet.fate === 'rejected' || (packet.fate === 'delivered' && result.verdict === 'refused')
        ? 'rejected'
        : 'no';
  return { through, stopped, door };
}

function doorOf(packet: PacketTraceView | undefined): string | undefined {
  const origin = packet?.steps.find(
    (step) => step.decision === 'dnat' && step.origin?.kind === 'Service',
  )?.origin;
  return origin === undefined ? undefined : `service/${origin.namespace ?? 'default'}/${origin.name}`;
}

/** `pod default/web`, `node podwire-worker`, `toolbox`… as traces label network namespaces. */
function keyOfWhere(where: string): string | undefined {
  const [kind, name] = where.split(' ', 2);
  if (kind === 'pod' && name !== undefined) return `pod/${name}`;
  if (kind === 'node' && name !== undefined) return `node/${name}`;
  if (kind === 'toolbox') return 'toolbox';
  return kind === 'outside' || kind === 'host' ? 'outside' : undefined;
}

export function keyOfPlace(place: PlaceView): string {
  switch (place.kind) {
    case 'pod':
      return `pod/${place.namespace}/${place.name}`;
    case 'node':
      return `node/${place.name}`;
    case 'toolbox':
      return 'toolbox';
    case 'outside':
      return 'outside';
  }
}

export function placeOfKey(key: string): PlaceView | undefined {
  const [kind, first, second] = key.split('/');
  if (kind === 'pod' && first !== undefined && second !== undefined)
    return { kind: 'pod', namespace: first, name: second };
  if (kind === 'node' && first !== undefined) return { kind: 'node', name: first };
  return kind === 'toolbox' ? { kind: 'toolbox' } : undefined;
}

/** What can be dialled: a pod, a Service, or a name or address typed by the learner. */
export function destinationOfKey(key: string): ProbeRequestView['to'] | undefined {
  const [kind, first, second] = key.split('/');
  if ((kind === 'pod' || kind === 'service') && first !== undefined && second !== undefined)
    return { kind, namespace: first, name: second };
  const host = kind === 'host' ? key.slice('host/'.length).trim() : '';
  return host === '' ? undefined : { kind: 'host', host };
}

export function nameOfKey(key: string): string {
  const [kind, first, second] = key.split('/');
  if (kind === 'host') return key.slice('host/'.length);
  if (kind === 'toolbox') return 'toolbox';
  if (second === undefined) return first ?? key;
  const name = first === 'default' ? second : `${first ?? ''}/${second}`;
  return kind === 'service' ? `Service ${name}` : name;
}
