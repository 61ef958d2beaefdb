import { IPTABLES_SAVE_SERVICE } from '@podwire/kubesim';
import type { IptablesSave } from '@podwire/kubesim';
import type { Process, TaskProgram } from '@podwire/machine';
import { complain, print } from '../stdio/output.ts';

const VERSION = '1.8.10';
const TABLES: Readonly<Record<string, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
};

/** The options of one call, as far as they are modelled. */
interface Call {
  readonly table: string;
  readonly action: 'list' | 'specify';
  readonly chain: string | undefined;
  readonly numbered: boolean;
}

/** iptables: looks only. What kube-proxy writes in nftables mode is in tables of its own, which this program does not see. */
export const iptables: TaskProgram = {
  kind: 'task',
  *run(process) {
    const call = readCall(process.argv.slice(1));
    if (typeof call === 'string') return yield* complain(process, call, 2);
    const base = Object.hasOwn(TABLES, call.table) ? TABLES[call.table] : undefined;
    if (base === undefined)
      return yield* complain(
        process,
        `iptables v${VERSION} (nf_tables): table '${call.table}' does not exist\nPerhaps iptables or your kernel needs to be upgraded.`,
        3,
      );
    const chains = chainsOf(process, call.table, base);
    if (call.chain !== undefined && !chains.has(call.chain))
      return yield* complain(process, 'iptables: No chain/target/match by that name.');
    const shown = [...chains].filter(([name]) => call.chain === undefined || name === call.chain);
    yield* print(
      process,
      call.action === 'specify'
        ? specification(shown, base)
        : shown.map(([name, rules]) => listing(name, rules, { base, chains, call })).join('\n'),
    );
    return 0;
  },
};

function readCall(args: readonly string[]): Call | string {
  let table = 'filter';
  let action: Call['action'] | undefined;
  let chain: string | undefined;
  let numbered = false;
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    const next = args[at + 1];
    const takesChain = next !== undefined && !next.startsWith('-');
    if (word === '-t' || word === '--table') {
      if (next === undefined) return `iptables v${VERSION}: option "-t" requires an argument`;
      table = next;
      at += 1;
    } else if (word === '--line-numbers') numbered = true;
    else if (word === '--list' || /^-[nwx]*L[nwx]*$/.test(word)) {
      action = 'list';
      if (takesChain) chain = args[++at];
    } else if (word === '--list-rules' || word === '-S') {
      action = 'specify';
      if (takesChain) chain = args[++at];
    } else if (!/^(-[nwx]+|--numeric|--wait)$/.test(word)) {
      return /v/.test(word) && /^-[A-Za-z]+$|^--verbose$/.test(word)
        ? 'iptables: rules are not counted in this simulation: leave -v out'
        : `iptables: ${word} is not part of this simulation; -t, -L, -S, -n and --line-numbers are`;
    }
  }
  if (action === undefined)
    return `iptables v${VERSION}: no command specified\nTry \`iptables -h' or 'iptables --help' for more information.`;
  return { table, action, chain, numbered };
}

/** Rules by chain, as iptables-save tells them. */
function chainsOf(process: Process, table: string, base: readonly string[]): Map<string, string[]> {
  const chains = new Map<string, string[]>(base.map((name) => [name, []]));
  const render = process.machine.service(IPTABLES_SAVE_SERVICE) as IptablesSave | undefined;
  const text = render?.(process.net.network.tables(process.net.netns)) ?? '';
  let section = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) section = line.slice(1);
    if (section !== table) continue;
    const declared = /^:(\S+)/.exec(line)?.[1];
    if (declared !== undefined && !chains.has(declared)) chains.set(declared, []);
    const [, name = '', rule = ''] = /^-A (\S+) (.*)$/.exec(line) ?? [];
    if (name !== '') chains.get(name)?.push(rule);
  }
  return chains;
}

function specification(
  chains: readonly (readonly [string, readonly string[]])[],
  base: readonly string[],
): string {
  const declared = chains.map(([name]) => (base.includes(name) ? `-P ${name} ACCEPT\n` : `-N ${name}\n`));
  const rules = chains.flatMap(([name, each]) => each.map((rule) => `-A ${name} ${rule}\n`));
  return [...declared, ...rules].join('');
}

interface Around {
  readonly base: readonly string[];
  readonly chains: ReadonlyMap<string, readonly string[]>;
  readonly call: Call;
}

function listing(name: string, rules: readonly string[], { base, chains, call }: Around): string {
  const references = [...chains.values()].flat().filter((rule) => rule.split(' ').includes(name)).length;
  const head = base.includes(name) ? '(policy ACCEPT)' : `(${references} references)`;
  const numbers = call.numbered ? 'num  ' : '';
  const rows = rules.map(
    (rule, at) => `${call.numbered ? `${String(at + 1).padEnd(4)} ` : ''}${ruleRow(rule)}\n`,
  );
  return `Chain ${name} ${head}\n${numbers}target     prot opt source               destination         \n${rows.join('')}`;
}

/** One rule in columns: what has no column of its own follows, in the words of its extension. */
function ruleRow(rule: string): string {
  const words = rule.match(/"[^"]*"|\S+/g) ?? [];
  const anywhere = '0.0.0.0/0';
  const row = { target: '', protocol: 'all', source: anywhere, destination: anywhere };
  const rest: string[] = [];
  let negated = '';
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const take = (): string => (words[++at] ?? '').replace(/^"|"$/g, '');
    const host = (): string => negated + take().replace(/\/32$/, '');
    if (word === '!') {
      negated = '!';
      continue;
    }
    if (word === '-j' || word === '-g') row.target = take();
    else if (word === '-p') row.protocol = take();
    else if (word === '-s') row.source = host();
    else if (word === '-d') row.destination = host();
    else if (word === '-m') take();
    else if (word === '--comment') rest.push(`/* ${take()} */`);
    else if (word === '--dport') rest.push(`${row.protocol} dpt:${negated}${take()}`);
    else if (word === '--mark') rest.push(`mark match ${negated}${negated === '' ? '' : ' '}${take()}`);
    else if (word === '--to-destination') rest.push(`to:${take()}`);
    else if (word === '--dst-type') rest.push(`ADDRTYPE match dst-type ${take()}`);
    else if (word === '--src-type') rest.push(`ADDRTYPE match src-type ${take()}`);
    else if (word === '--mode') rest.push(`statistic mode ${take()}`);
    else if (word === '--probability') rest.push(`probability ${take()}`);
    else if (word === '--ctstate') rest.push(`ctstate ${take()}`);
    else if (word === '--set-xmark') rest.push(`MARK xset ${take()}`);
    else if (word === '--reject-with') rest.push(`reject-with ${take()}`);
    else rest.push(word.replace(/^--/, ''));
    negated = '';
  }
  const columns = `${row.target.padEnd(9)}  ${row.protocol.padEnd(5)}--  ${row.source.padEnd(19)}  ${row.destination.padEnd(19)} `;
  return rest.length === 0 ? columns : `${columns} ${rest.join(' ')}`;
}
