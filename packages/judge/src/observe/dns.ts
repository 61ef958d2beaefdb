import type { Names } from '../apply/names.ts';
import { containerName } from '../apply/manifests.ts';
import type { Bench } from '../bench/bench.ts';
import { WATCH_NAMESPACE } from '../world/world.ts';
import type { World } from '../world/world.ts';
import type { Observation } from './observation.ts';

/** No policy of a world is made where it is. */
const ASKER = { namespace: WATCH_NAMESPACE, name: 'canary1', container: containerName(80) };
const ZONE = 'cluster.local';
const PATIENCE_SECONDS = 2;

/** `dig`'s own words for one question. */
function questionsOf(world: World): readonly string[] {
  const ofServices = world.services.flatMap(({ namespace, name, spec }) => {
    const service = `${name}.${namespace}.svc.${ZONE}`;
    const ports = (spec.ports ?? []).flatMap((port) =>
      port.name === undefined
        ? []
        : [`_${port.name}._${(port.protocol ?? 'TCP').toLowerCase()}.${service} SRV`],
    );
    return [
      `${service} A`,
      `${service} AAAA`,
      `${service} SRV`,
      `${service} TXT`,
      `below.${service} A`,
      `+search ${name}.${namespace} A`,
      `+search ${name} A`,
      `${name.toUpperCase()}.${namespace}.SVC.${ZONE} A`,
      `+tcp ${service} A`,
      ...ports,
      ...(spec.clusterIP === 'None' || spec.type === 'ExternalName'
        ? []
        : [`-x \${service:${namespace}/${name}}`]),
    ];
  });
  const ofPods = world.pods.flatMap(({ namespace, name, hostname, subdomain, hostNetwork }) => {
    if (hostNetwork) return [];
    const ip = `\${ip:${namespace}/${name}}`;
    return [
      `-x ${ip}`,
      ...(hostname === undefined || subdomain === undefined
        ? []
        : [
            `${hostname}.${subdomain}.${namespace}.svc.${ZONE} A`,
            `${hostname}.${subdomain}.${namespace}.svc.${ZONE} SRV`,
          ]),
    ];
  });
  return [
    ...ofServices,
    ...ofPods,
    `none-such.alpha.svc.${ZONE} A`,
    `alpha.svc.${ZONE} A`,
    `none-such.svc.${ZONE} A`,
    `svc.${ZONE} A`,
    `${ZONE} A`,
    `${ZONE} NS`,
    `${ZONE} SOA`,
    `dns-version.${ZONE} TXT`,
    `10-0-0-1.alpha.pod.${ZONE} A`,
    `10-0-0-1.none-such.pod.${ZONE} A`,
    `kubernetes.default.svc.${ZONE} A`,
    `_https._tcp.kubernetes.default.svc.${ZONE} SRV`,
  ];
}

/** Asks CoreDNS each question with `dig`, and keeps the status, the flags and the records. */
export async function observeDns(bench: Bench, names: Names, world: World): Promise<Observation> {
  const questions = [...new Set(questionsOf(world))].filter((question) => names.knows(question));
  const lines = questions.map(
    (question, index) =>
      `o=$(dig +tries=2 +time=${PATIENCE_SECONDS} ${names.fill(question)} | tr '\\n' '~'); echo "${index}|$o"`,
  );
  const run = await bench.exec(ASKER, ['sh', '-c', lines.join('\n')]);
  const observation: Record<string, readonly string[]> = {};
  for (const line of run.stdout.split('\n')) {
    const bar = line.indexOf('|');
    const question = questions[Number(line.slice(0, bar))];
    if (bar > 0 && question !== undefined)
      observation[`dns | ${question}`] = readAnswer(names, line.slice(bar + 1).split('~'));
  }
  return observation;
}

function readAnswer(names: Names, lines: readonly string[]): readonly string[] {
  const records: string[] = [];
  let header = 'no answer';
  let section = '';
  for (const line of lines) {
    const status = /status: (\w+)/.exec(line)?.[1];
    if (status !== undefined) header = status;
    const flags = /^;; flags: ([^;]*);/.exec(line)?.[1];
    if (flags !== undefined) header += ` flags ${flags}`;
    const heading = /^;; (\w+) SECTION:/.exec(line)?.[1];
    if (heading !== undefined) section = heading;
    else if (line !== '' && !line.startsWith(';')) {
      const [name = '', , ...rest] = line.split(/\s+/);
      if (section !== '') records.push(`${section} ${names.plain(plainName([name, ...rest].join(' ')))}`);
    }
  }
  return [header, ...records.sort()];
}

/** A SOA's serial is the time at which CoreDNS read the objects; endpoints without a hostname are named by address. */
function plainName(record: string): string {
  return record
    .replace(/(SOA \S+ \S+) \d+/, '$1 SERIAL')
    .replace(/(?<=\s|^)(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})(?=\.)/g, '$1.$2.$3.$4 dashed')
    .replace(/(?<=\s|^)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa/g, '$4.$3.$2.$1 reversed');
}
