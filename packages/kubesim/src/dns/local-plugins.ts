import { NEXT, replyTo } from './exchange.ts';
import type { DnsPlugin, Exchange, Handling } from './exchange.ts';
import { answerFromObjects } from './kubernetes-zone.ts';
import { addressOfReverseName, canonicalName, isInZone } from './names.ts';
import type { DnsObjects } from './objects.ts';
import { canonicalAddress } from '../nodes/address.ts';
import { CLASS_IN, RESPONSE_CODE } from './records.ts';
import type { DomainName, RecordData } from './records.ts';
import type { HostsConfig, KubernetesConfig } from './plugin-config.ts';

/** The most specific of the zones that holds the name. */
export function zoneFor(name: DomainName, zones: readonly DomainName[]): DomainName | undefined {
  return zones.filter((zone) => isInZone(name, zone)).sort((left, right) => right.length - left.length)[0];
}

/** Names of Services and pods. */
export const kubernetesPlugin: DnsPlugin = {
  name: 'kubernetes',
  onQuery(exchange, environment): Handling {
    const config = exchange.server.kubernetes;
    const zone = config === undefined ? undefined : zoneFor(exchange.question.name, config.zones);
    if (config === undefined || zone === undefined) return NEXT;
    const { name } = exchange.question;
    // The zone in the client's own spelling, as names in the answer are (DNS6).
    const spelled = name.slice(name.length - zone.length);
    const answer = answerFromObjects(exchange.question, spelled, visible(environment.objects, config), {
      zones: config.zones,
      ttlSeconds: config.ttlSeconds,
      pods: config.pods,
      serial: Math.floor(environment.nowMs / 1000),
      nameServers: environment.nameServers,
    });
    switch (answer.kind) {
      case 'records':
        return reply(exchange, { answers: answer.answers, additionals: answer.additionals });
      case 'no-data':
        return reply(exchange, { authorities: [answer.soa] });
      case 'no-name':
        if (zoneFor(name, config.fallthrough) !== undefined) return NEXT;
        return reply(exchange, { responseCode: RESPONSE_CODE.NXDOMAIN, authorities: [answer.soa] });
      case 'refused':
        return reply(exchange, { responseCode: RESPONSE_CODE.REFUSED });
    }
  },
};

function reply(exchange: Exchange, more: Parameters<typeof replyTo>[1]): Handling {
  return { kind: 'reply', response: replyTo(exchange, { authoritative: true, ...more }) };
}

function visible(objects: DnsObjects, { namespaces }: KubernetesConfig): DnsObjects {
  if (namespaces === undefined) return objects;
  return { ...objects, hasNamespace: (name) => namespaces.includes(name) && objects.hasNamespace(name) };
}

/** Names from an /etc/hosts-like list. */
export const hostsPlugin: DnsPlugin = {
  name: 'hosts',
  onQuery(exchange): Handling {
    const config = exchange.server.hosts;
    if (config === undefined || zoneFor(exchange.question.name, config.zones) === undefined) return NEXT;
    const found = hostsRecords(exchange, config);
    const exists =
      found.length > 0 ||
      config.entries.some(({ names }) => names.includes(canonicalName(exchange.question.name)));
    if (!exists) {
      // An unknown name is NXDOMAIN only for a server that answers for the hosts' zones alone.
      return zoneFor(exchange.question.name, config.fallthrough) === undefined
        ? reply(exchange, { responseCode: RESPONSE_CODE.NXDOMAIN })
        : NEXT;
    }
    const { name } = exchange.question;
    return reply(exchange, {
      answers: found.map((data) => ({ name, class: CLASS_IN, ttlSeconds: config.ttlSeconds, data })),
    });
  },
};

function hostsRecords({ question }: Exchange, config: HostsConfig): readonly RecordData[] {
  const name = canonicalName(question.name);
  if (question.type === 'PTR') {
    const address = config.reverse ? canonicalAddress(addressOfReverseName(question.name) ?? '') : undefined;
    return config.entries
      .filter((entry) => entry.address === address)
      .flatMap(({ names }) => names.map((target): RecordData => ({ type: 'PTR', target })));
  }
  if (question.type !== 'A' && question.type !== 'AAAA') return [];
  const type = question.type;
  return config.entries
    .filter((entry) => entry.names.includes(name) && entry.address.includes(':') === (type === 'AAAA'))
    .map(({ address }): RecordData => ({ type, address }));
}

/** Asks other servers for everything below a name. */
export const forwardPlugin: DnsPlugin = {
  name: 'forward',
  onQuery({ server, question }: Exchange): Handling {
    const zone = zoneFor(
      question.name,
      server.forwards.map(({ from }) => from),
    );
    const config = server.forwards.find(({ from }) => from === zone);
    if (config === undefined || zoneFor(question.name, config.except) !== undefined) return NEXT;
    return { kind: 'ask', upstreams: config.to };
  },
};
