import type { Task, TaskProgram } from '@podwire/machine';
import { IPTABLES_SAVE_SERVICE } from '@podwire/kubesim';
import type { IptablesSave } from '@podwire/kubesim';
import { renderRuleset } from '@podwire/netsim';
import type { ConntrackEntry } from '@podwire/netsim';
import { complain, print } from '../stdio/output.ts';

/** nft: lists what is there. Changing rules by hand is refused, since kube-proxy and the CNI own them. */
export const nft: TaskProgram = {
  kind: 'task',
  *run(process): Task {
    const words = process.argv.slice(1).filter((word) => !word.startsWith('-'));
    const tables = process.net.network.tables(process.net.netns);
    const command = words.join(' ');
    if (command === 'list ruleset') {
      yield* print(process, renderRuleset(tables));
      return 0;
    }
    if (command === 'list tables') {
      yield* print(process, [...tables.keys()].map((name) => `table ip ${name}\n`).join(''));
      return 0;
    }
    const name = /^list table (?:(?:ip|ip6|inet) )?(\S+)$/.exec(command)?.[1];
    if (name !== undefined) {
      const table = tables.get(name);
      if (table === undefined)
        return yield* complain(process, `Error: No such file or directory\n${command}`, 1);
      yield* print(process, renderRuleset(new Map([[name, table]])));
      return 0;
    }
    return yield* complain(
      process,
      `nft: "${command}" is not part of this simulation; "list ruleset", "list tables" and "list table" are`,
      1,
    );
  },
};

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

/** conntrack-tools: `-L`, with `-p` and `-d`, `-s`. */
export const conntrack: TaskProgram = {
  kind: 'task',
  *run(process): Task {
    const args = process.argv.slice(1);
    const list = args.includes('-L') || args.includes('--dump');
    if (args.includes('-F') || args.includes('--flush')) {
      process.net.network.flushConntrack(process.net.netns);
      return yield* complain(
        process,
        'conntrack v1.4.7 (conntrack-tools): connection tracking table has been emptied.',
        0,
      );
    }
    if (!list)
      return yield* complain(
        process,
        'conntrack: only -L (list) and -F (flush) are part of this simulation',
        2,
      );
    const after = (name: string): string | undefined =>
      args.includes(name) ? args[args.indexOf(name) + 1] : undefined;
    const protocol = after('-p');
    const source = after('-s');
    const destination = after('-d');
    const entries = process.net.network
      .conntrack(process.net.netns)
      .filter(
        (entry) =>
          (protocol === undefined || entry.protocol === protocol) &&
          (source === undefined || entry.original.source.address === source) &&
          (destination === undefined || entry.original.destination.address === destination),
      );
    yield* print(process, entries.map(conntrackLine).join(''));
    return yield* complain(
      process,
      `conntrack v1.4.7 (conntrack-tools): ${entries.length} flow entries have been shown.`,
      0,
    );
  },
};

const NUMBER = { tcp: 6, udp: 17, icmp: 1, sctp: 132 } as const;

function conntrackLine(entry: ConntrackEntry): string {
  const way = (tuple: ConntrackEntry['original']): string =>
    `src=${tuple.source.address} dst=${tuple.destination.address}${entry.protocol === 'icmp' ? '' : ` sport=${tuple.source.port} dport=${tuple.destination.port}`}`;
  const state = entry.state === undefined ? '' : `${entry.state} `;
  const unreplied = entry.assured || entry.state !== undefined ? '' : '[UNREPLIED] ';
  return `${entry.protocol.padEnd(8)} ${NUMBER[entry.protocol]} ${Math.round(entry.expiresInSeconds)} ${state}${way(entry.original)} ${unreplied}${way(entry.reply)} ${entry.assured ? '[ASSURED] ' : ''}mark=0 use=1\n`;
}
