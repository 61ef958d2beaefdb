import type { Task, TaskProgram } from '@podwire/machine';
import { IPTABLES_SAVE_SERVICE } from '@podwire/kubesim';
import type { IptablesSave } from '@podwire/kubesim';
import { renderRuleset, tableHeading } from '@podwire/netsim';
import type { ConntrackEntry, Table } from '@podwire/netsim';
import { complain, print } from '../stdio/output.ts';

/** nft: lists what is there. Changing rules by hand is refused, since kube-proxy and the CNI own them. */
export const nft: TaskProgram = {
  kind: 'task',
  *run(process): Task {
    const given = process.argv.slice(1);
    const unknown = given.find(
      (word) => word.startsWith('-') && !/^-(n+|s|y|-numeric|-stateless)$/.test(word),
    );
    if (unknown !== undefined)
      return yield* complain(process, `nft: option ${unknown} is not part of this simulation`, 1);
    const words = given.filter((word) => !word.startsWith('-'));
    const tables = process.net.network.tables(process.net.netns);
    const command = words.join(' ');
    if (command === 'list ruleset') {
      yield* print(process, renderRuleset(tables));
      return 0;
    }
    if (command === 'list tables') {
      yield* print(process, [...tables.values()].map((table) => `table ${tableHeading(table)}\n`).join(''));
      return 0;
    }
    const asked = /^list (table|chain|set|map) (?:(ip|ip6|inet) )?(\S+)(?: (\S+))?$/.exec(command);
    const [, what = '', family = 'ip', name = '', part = ''] = asked ?? [];
    if (asked === null || (what === 'table') !== (part === ''))
      return yield* complain(
        process,
        `nft: "${command}" is not part of this simulation; "list ruleset", "list tables", and "list" with a table, or a chain, set or map of one, are`,
        1,
      );
    const table = [...tables.values()].find((each) => tableHeading(each) === `${family} ${name}`);
    const shown = table === undefined ? undefined : onlyPart(table, what, part);
    if (shown === undefined) {
      const missing = table === undefined ? name : part;
      const before = command.slice(0, table === undefined ? -part.length || undefined : undefined).trimEnd();
      const marks = '^'.repeat(missing.length).padStart(before.length);
      return yield* complain(process, `Error: No such file or directory\n${command}\n${marks}`, 1);
    }
    yield* print(process, renderRuleset(new Map([[shown.name, shown]])));
    return 0;
  },
};

/** A table, or one chain, set or map of it alone; undefined when it has none of that name. */
function onlyPart(table: Table, what: string, part: string): Table | undefined {
  if (what === 'table') return table;
  const one = <Value>(all: ReadonlyMap<string, Value>, wanted: string): ReadonlyMap<string, Value> => {
    const value = what === wanted ? all.get(part) : undefined;
    return new Map(value === undefined ? [] : [[part, value]]);
  };
  const chains = one(table.chains, 'chain');
  const sets = one(table.sets, 'set');
  const maps = one(table.maps, 'map');
  return chains.size + sets.size + maps.size === 0 ? undefined : { ...table, chains, sets, maps };
}

/** kube-proxy's rules on a node of a cluster in iptables mode. What nftables mode writes, iptables-save would not see. */
export const iptablesSave: TaskProgram = {
  kind: 'task',
  *run(process): Task {
    const render = process.machine.service(IPTABLES_SAVE_SERVICE) as IptablesSave | undefined;
    if (render === undefined)
      return yield* complain(
        process,
        "iptables-save: this node's rules are kept in nftables; see them with: nft list ruleset",
        1,
      );
    yield* print(process, render(process.net.network.tables(process.net.netns)));
    return 0;
  },
};

const CONNTRACK_VERSION = 'conntrack v1.4.7 (conntrack-tools)';
/** Options that say which connections, each with a value. */
const CONNTRACK_FILTERS: Readonly<Record<string, string>> = {
  '-p': 'protocol',
  '--proto': 'protocol',
  '-s': 'source',
  '--src': 'source',
  '--orig-src': 'source',
  '-d': 'destination',
  '--dst': 'destination',
  '--orig-dst': 'destination',
  '--sport': 'sourcePort',
  '--orig-port-src': 'sourcePort',
  '--dport': 'destinationPort',
  '--orig-port-dst': 'destinationPort',
  '-r': 'replySource',
  '--reply-src': 'replySource',
  '-q': 'replyDestination',
  '--reply-dst': 'replyDestination',
  '--state': 'state',
  '-f': 'family',
  '--family': 'family',
};

/** conntrack-tools: lists, counts, deletes and flushes what a namespace remembers of connections. */
export const conntrack: TaskProgram = {
  kind: 'task',
  *run(process): Task {
    const wanted = new Map<string, string>();
    const commands: string[] = [];
    const args = process.argv.slice(1);
    for (let index = 0; index < args.length; index++) {
      const arg = args[index] ?? '';
      const filter = CONNTRACK_FILTERS[arg];
      const command = CONNTRACK_COMMANDS[arg];
      if (filter !== undefined) wanted.set(filter, args[++index] ?? '');
      else if (command !== undefined) commands.push(command);
      else if (arg === '-n' || arg === '--src-nat' || arg === '-g' || arg === '--dst-nat')
        wanted.set(arg.replace(/^-+/, ''), '');
      else if (arg !== 'conntrack')
        return yield* complain(
          process,
          `conntrack: ${arg} is not part of this simulation; -L, -C, -D and -F are, with ${Object.keys(CONNTRACK_FILTERS).join(', ')}`,
          2,
        );
    }
    const [command] = commands;
    const { network, netns } = process.net;
    const matches = (entry: ConntrackEntry): boolean => isWanted(entry, wanted);
    switch (command) {
      case 'flush':
        network.flushConntrack(netns);
        return yield* complain(
          process,
          `${CONNTRACK_VERSION}: connection tracking table has been emptied.`,
          0,
        );
      case 'count':
        yield* print(process, `${network.conntrack(netns).length}\n`);
        return 0;
      case 'list':
      case 'delete': {
        const entries = network.conntrack(netns).filter(matches);
        yield* print(process, entries.map(conntrackLine).join(''));
        if (command === 'delete') network.flushConntrack(netns, matches);
        const done = command === 'list' ? 'shown' : 'deleted';
        const code = command === 'delete' && entries.length === 0 ? 1 : 0;
        return yield* complain(
          process,
          `${CONNTRACK_VERSION}: ${entries.length} flow entries have been ${done}.`,
          code,
        );
      }
      case 'events':
        return yield* complain(
          process,
          'conntrack: -E (events) is not part of this simulation; watch conntrack -L shows what comes and goes',
          2,
        );
      default:
        return yield* complain(
          process,
          `${CONNTRACK_VERSION}: You need to supply parameters!\nTry \`conntrack -h' or 'conntrack --help' for more information.`,
          2,
        );
    }
  },
};

const CONNTRACK_COMMANDS: Readonly<Record<string, string>> = {
  '-L': 'list',
  '--dump': 'list',
  '-D': 'delete',
  '--delete': 'delete',
  '-F': 'flush',
  '--flush': 'flush',
  '-C': 'count',
  '--count': 'count',
  '-E': 'events',
  '--event': 'events',
};

function isWanted(entry: ConntrackEntry, wanted: ReadonlyMap<string, string>): boolean {
  const { original, reply } = entry;
  const told: Readonly<Record<string, string>> = {
    protocol: entry.protocol,
    source: original.source.address,
    destination: original.destination.address,
    sourcePort: String(original.source.port),
    destinationPort: String(original.destination.port),
    replySource: reply.source.address,
    replyDestination: reply.destination.address,
    state: entry.state ?? '',
    family: original.source.address.includes(':') ? 'ipv6' : 'ipv4',
  };
  const isTranslated = {
    source: original.source.address !== reply.destination.address,
    destination: original.destination.address !== reply.source.address,
  };
  return [...wanted].every(([name, value]) => {
    if (name === 'n' || name === 'src-nat') return isTranslated.source;
    if (name === 'g' || name === 'dst-nat') return isTranslated.destination;
    return told[name]?.toLowerCase() === value.toLowerCase();
  });
}

const NUMBER = { tcp: 6, udp: 17, icmp: 1, sctp: 132 } as const;

function conntrackLine(entry: ConntrackEntry): string {
  const way = (tuple: ConntrackEntry['original']): string =>
    `src=${tuple.source.address} dst=${tuple.destination.address}${entry.protocol === 'icmp' ? '' : ` sport=${tuple.source.port} dport=${tuple.destination.port}`}`;
  const state = entry.state === undefined ? '' : `${entry.state} `;
  const unreplied = entry.replied ? '' : '[UNREPLIED] ';
  return `${entry.protocol.padEnd(8)} ${NUMBER[entry.protocol]} ${Math.round(entry.expiresInSeconds)} ${state}${way(entry.original)} ${unreplied}${way(entry.reply)} ${entry.assured ? '[ASSURED] ' : ''}mark=0 use=1\n`;
}
