import type { Program, ProgramRegistry } from '@podwire/machine';
import { agnhostConnect } from './agnhost-connect.ts';
import { curl } from './curl/curl.ts';
import { dig } from './dns/dig.ts';
import { bridge } from './bridge.ts';
import { alpineNc, busyboxNc } from './busybox/nc.ts';
import { busyboxNslookup } from './busybox/nslookup.ts';
import { busyboxPing } from './busybox/ping.ts';
import { host, nslookup } from './dns/nslookup.ts';
import { ifconfig, ip } from './ip.ts';
import { getent } from './getent.ts';
import { iptables } from './iptables.ts';
import { lsof } from './lsof.ts';
import { nc } from './nc.ts';
import { arp, refusedTools, route } from './net-tools.ts';
import { nsenter } from './namespaces.ts';
import { openssl } from './openssl/openssl.ts';
import { pgIsReady, psql } from './databases/psql.ts';
import { redisCli } from './databases/redis-cli.ts';
import { ping } from './ping.ts';
import { conntrack, iptablesSave, nft } from './rules.ts';
import { netstat, ss } from './sockets.ts';
import { tcpdump } from './tcpdump/tcpdump.ts';
import { telnet } from './telnet.ts';
import { traceroute } from './traceroute.ts';
import { wget } from './busybox/wget.ts';

/** The network tools, by the name under which images install them. */
export const netPrograms: ProgramRegistry = new Map<string, Program>([
  ...refusedTools,
  ['agnhost-connect', agnhostConnect],
  ['arp', arp],
  ['bridge', bridge],
  ['alpine-nc', alpineNc],
  ['busybox-nc', busyboxNc],
  ['busybox-nslookup', busyboxNslookup],
  ['busybox-ping', busyboxPing],
  ['conntrack', conntrack],
  ['curl', curl],
  ['dig', dig],
  ['host', host],
  ['ifconfig', ifconfig],
  ['ip', ip],
  ['iptables', iptables],
  ['iptables-save', iptablesSave],
  ['lsof', lsof],
  ['getent', getent],
  ['nc', nc],
  ['netstat', netstat],
  ['nft', nft],
  ['nsenter', nsenter],
  ['nslookup', nslookup],
  ['openssl', openssl],
  ['ping', ping],
  ['pg_isready', pgIsReady],
  ['psql', psql],
  ['redis-cli', redisCli],
  ['route', route],
  ['ss', ss],
  ['tcpdump', tcpdump],
  ['telnet', telnet],
  ['traceroute', traceroute],
  ['wget', wget],
]);
