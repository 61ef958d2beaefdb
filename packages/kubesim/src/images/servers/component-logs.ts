import type { DaemonContext } from '@podwire/machine';
import { KUBELET_VERSION } from '../../kubelet/node-status.ts';
import { IPTABLES_SAVE_SERVICE } from '../../proxy/iptables-save.ts';
import { klogLine } from '../log-line.ts';

/** Under which kube-controller-manager is told its controllers (`MachineView.service`). */
export const CONTROLLERS_SERVICE = 'controllers';

/** Source and text of a line of klog. */
type Line = readonly [source: string, text: string];

const GOLANG = '"Golang settings" GOGC="" GOMAXPROCS="" GOTRACEBACK=""';

/** What etcd writes when it starts, in zap's JSON. */
function logEtcdStart(daemon: DaemonContext): void {
  const url = daemon.argv.find((word) => word.startsWith('--advertise-client-urls='))?.split('=')[1] ?? '';
  const ts = new Date(daemon.nowMs()).toISOString().replace(/Z$/, '000Z');
  const line = (entry: object): void =>
    daemon.logError(`${JSON.stringify({ level: 'info', ts, ...entry })}\n`);
  line({ caller: 'etcdmain/etcd.go:64', msg: 'Running: ', args: daemon.argv });
  line({ caller: 'embed/serve.go:124', msg: 'ready to serve client requests' });
  for (const address of new Set(['127.0.0.1:2379', url.replace(/^https?:\/\//, '')]))
    line({
      caller: 'embed/serve.go:275',
      msg: 'serving client traffic securely',
      traffic: 'grpc+http',
      address,
    });
}

/** What a component writes when it starts, as far as its lines tell of what is so in the simulation. */
export function logStart(daemon: DaemonContext, program: string): void {
  if (program === 'etcd') logEtcdStart(daemon);
  for (const [source, text] of linesOf(daemon, program)) daemon.logError(klogLine(daemon, source, text));
}

function linesOf(daemon: DaemonContext, program: string): readonly Line[] {
  switch (program) {
    case 'kube-proxy':
      return proxyLines(daemon);
    case 'kube-scheduler':
      return [
        ['serving.go:386', 'Generated self-signed cert in-memory'],
        ['server.go:175', `"Starting Kubernetes Scheduler" version="${KUBELET_VERSION}"`],
        ['server.go:177', GOLANG],
        ['secure_serving.go:211', 'Serving securely on 127.0.0.1:10259'],
        ['tlsconfig.go:243', '"Starting DynamicServingCertificateController"'],
        ...leaderLines(program),
      ];
    case 'kube-controller-manager':
      return [
        ['serving.go:386', 'Generated self-signed cert in-memory'],
        ['controllermanager.go:191', `"Starting" version="${KUBELET_VERSION}"`],
        ['controllermanager.go:193', GOLANG],
        ['secure_serving.go:211', 'Serving securely on 127.0.0.1:10257'],
        ['tlsconfig.go:243', '"Starting DynamicServingCertificateController"'],
        ...leaderLines(program),
        ...controllers(daemon).map((name): Line => [
          'controllermanager.go:781',
          `"Started controller" controller="${name}"`,
        ]),
      ];
    case 'kube-apiserver':
      return [
        [
          'options.go:263',
          `external host was not specified, using ${nodeAddresses(daemon)[0] ?? '127.0.0.1'}`,
        ],
        ['server.go:150', `Version: ${KUBELET_VERSION}`],
        ['server.go:152', GOLANG],
        ['secure_serving.go:211', 'Serving securely on [::]:6443'],
        ['tlsconfig.go:243', '"Starting DynamicServingCertificateController"'],
      ];
    default:
      return [];
  }
}

/** The controllers that work here, as the controller manager itself names them. */
function controllers(daemon: DaemonContext): readonly string[] {
  const names: unknown = daemon.machine.service(CONTROLLERS_SERVICE);
  return Array.isArray(names) ? names.filter((name): name is string => typeof name === 'string') : [];
}

function leaderLines(program: string): readonly Line[] {
  return [
    ['leaderelection.go:257', `attempting to acquire leader lease kube-system/${program}...`],
    ['leaderelection.go:271', `successfully acquired lease kube-system/${program}`],
  ];
}

const waiting = (controller: string): Line => [
  'shared_informer.go:349',
  `"Waiting for caches to sync" controller="${controller}"`,
];
const synced = (controller: string): Line => [
  'shared_informer.go:356',
  `"Caches are synced" controller="${controller}"`,
];
const PROXY_CACHES = [
  ['config.go:200', 'service config'],
  ['config.go:106', 'endpoint slice config'],
  ['config.go:403', 'serviceCIDR config'],
  ['config.go:309', 'node config'],
] as const;

function proxyLines(daemon: DaemonContext): readonly Line[] {
  const addresses = nodeAddresses(daemon);
  const family = addresses[0]?.includes(':') === true ? 'IPv6' : 'IPv4';
  const usesIptables = daemon.machine.service(IPTABLES_SAVE_SERVICE) !== undefined;
  const proxier: Line = usesIptables
    ? ['server_linux.go:132', '"Using iptables Proxier"']
    : ['server_linux.go:246', '"Using nftables Proxier"'];
  return [
    waiting('node informer cache'),
    synced('node informer cache'),
    ['server.go:219', `"Successfully retrieved NodeIPs" NodeIPs=${JSON.stringify(addresses)}`],
    ['server.go:265', `"kube-proxy running in dual-stack mode" primary ipFamily="${family}"`],
    proxier,
    ['server.go:527', `"Version info" version="${KUBELET_VERSION}"`],
    ['server.go:529', GOLANG],
    ...PROXY_CACHES.flatMap(([source, name]): readonly Line[] => [
      [source, `"Starting ${name} controller"`],
      waiting(name),
    ]),
    ...PROXY_CACHES.map(([, name]) => synced(name)),
  ];
}

/** The node's own addresses: the containers of its components share its network. */
function nodeAddresses({ net }: DaemonContext): readonly string[] {
  const link = net.network.interfaces(net.netns).find(({ name }) => name === 'eth0');
  return (link?.addresses ?? [])
    .map((address) => address.split('/')[0] ?? '')
    .filter((address) => !address.startsWith('fe80:'));
}
