import { LOCALHOST_FILES } from './agnhost/localhost-certificate.ts';
import { defineImage } from './image.ts';
import type { ModelledImage } from './image.ts';
import { HTTPD_FILES } from './servers/httpd.ts';
import { NGINX_FILES } from './servers/nginx.ts';

/** The small tools that busybox and coreutils both bring. */
const BASIC_TOOLS = [
  'cat',
  'ls',
  'echo',
  'printf',
  'pwd',
  'mkdir',
  'rm',
  'rmdir',
  'cp',
  'mv',
  'touch',
  'head',
  'tail',
  'wc',
  'sort',
  'uniq',
  'cut',
  'tr',
  'grep',
  'sed',
  'awk',
  'tee',
  'xargs',
  'find',
  'seq',
  'sleep',
  'date',
  'env',
  'true',
  'false',
  'yes',
  'basename',
  'dirname',
  'base64',
  'md5sum',
  'sha256sum',
  'stat',
  'chmod',
  'ln',
  'id',
  'whoami',
  'hostname',
  'uname',
  'ps',
  'kill',
  'clear',
  'timeout',
  'nohup',
  'test',
  '[',
  'which',
  'readlink',
  'realpath',
  'mount',
  'uptime',
  'df',
  'free',
  'top',
  'tac',
  'tar',
  'rev',
  'expr',
  'diff',
  'less',
  'more',
  'time',
  'watch',
] as const;
/** Images made of BusyBox bring its own versions of some. */
const BUSYBOX_TOOLS = [
  ...BASIC_TOOLS.map((name) => (name === 'ps' ? 'ps=busybox-ps' : name)),
  'chroot',
  'hexdump',
];
const BUSYBOX_NET = [
  'wget',
  'nc=busybox-nc',
  'nslookup=busybox-nslookup',
  'ping=busybox-ping',
  'ip',
  'ifconfig',
  'netstat',
  'telnet',
  'traceroute',
  'vi',
  'arp',
  'route',
] as const;
/** Alpine builds its BusyBox with more of netcat. */
const ALPINE_NET = BUSYBOX_NET.map((name) => (name === 'nc=busybox-nc' ? 'nc=alpine-nc' : name));
const DEBIAN_NET = [
  'curl',
  'wget',
  'nc',
  'dig',
  'nslookup',
  'host',
  'ping',
  'ip',
  'ss',
  'tcpdump',
  'openssl',
] as const;
const ALL_NET = [
  'bridge',
  'lsof',
  'iptables',
  'curl',
  'openssl',
  'wget',
  'nc',
  'dig',
  'nslookup',
  'host',
  'ping',
  'traceroute',
  'ip',
  'ifconfig',
  'ss',
  'netstat',
  'tcpdump',
  'telnet',
  'conntrack',
  'iptables-save',
  'nft',
  'arp',
  'route',
  'ethtool',
  'mtr',
  'nmap',
  'nsenter',
  'sysctl',
  'tracepath',
] as const;
const EDITORS = ['vi', 'vim=vi', 'nano'] as const;

const NUMERIC_TAG = /^(latest|v?\d+(\.\d+){0,3}(-[a-z0-9.]+)*)$/;

/** Parts that serve more than an open port. */
const OWN_SERVERS: readonly string[] = ['kube-apiserver', 'kube-proxy'];

/** What a control plane's static pods and kube-proxy run, by program. */
function controlPlaneImage(program: string, tags: RegExp, sizeMegabytes: number): ModelledImage {
  return defineImage({
    repository: `registry.k8s.io/${program}`,
    tags,
    programs: { '/usr/local/bin': [OWN_SERVERS.includes(program) ? program : `${program}=control-plane`] },
    command: [program],
    sizeMegabytes,
  });
}
const KUBERNETES_TAG = /^v1\.34\.\d+$/;

const E2E = 'registry.k8s.io/e2e-test-images';

/** Images that upstream's own tests name, where they bring no more than others that stand here. */
function testImages(others: readonly ModelledImage[]): readonly ModelledImage[] {
  const as = (repository: string, name: string, tags: RegExp): ModelledImage => {
    const image = others.find((candidate) => candidate.repository === repository);
    if (image === undefined) throw new Error(`no image ${repository}`);
    return { ...image, repository: `${E2E}/${name}`, tags };
  };
  const fish = (name: string): ModelledImage =>
    defineImage({
      repository: `${E2E}/${name}`,
      programs: { '/': ['agnhost'], '/bin': ['sh', ...BASIC_TOOLS] },
      files: { '/data.json': `{"image": "${name}.jpg"}` },
      entrypoint: ['/agnhost', 'test-webserver'],
      sizeMegabytes: 49,
    });
  return [
    as('busybox', 'busybox', /^1\.\d+(\.\d+)?(-\d+)?$/),
    as('nginx', 'nginx', /^1\.1\d-\d$/),
    as('httpd', 'httpd', /^2\.4\.\d+-\d$/),
    fish('nautilus'),
    fish('kitten'),
  ];
}

const GENERAL: readonly ModelledImage[] = [
  controlPlaneImage('kube-apiserver', KUBERNETES_TAG, 27),
  controlPlaneImage('kube-controller-manager', KUBERNETES_TAG, 23),
  controlPlaneImage('kube-scheduler', KUBERNETES_TAG, 17),
  controlPlaneImage('kube-proxy', KUBERNETES_TAG, 26),
  controlPlaneImage('etcd', /^3\.6\.\d+-\d+$/, 22),
  defineImage({
    repository: 'envoyproxy/envoy',
    programs: { '/usr/local/bin': ['envoy=gateway-proxy'], '/bin': ['sh', ...BASIC_TOOLS] },
    entrypoint: ['envoy'],
    sizeMegabytes: 66,
  }),
  defineImage({
    repository: 'registry.k8s.io/ingress-nginx/controller',
    tags: /^v1\.\d+\.\d+$/,
    programs: {
      '/': ['nginx-ingress-controller'],
      '/bin': ['sh', 'bash', ...BASIC_TOOLS],
      '/usr/bin': ['curl', 'wget', 'nc', 'nslookup', 'ping', 'ip', 'netstat'],
    },
    // The real one's entrypoint is an init process that runs what it is given.
    command: ['/nginx-ingress-controller'],
    sizeMegabytes: 102,
  }),
  defineImage({
    repository: 'registry.k8s.io/pause',
    tags: NUMERIC_TAG,
    programs: { '/': ['pause'] },
    entrypoint: ['/pause'],
    user: '65535',
    sizeMegabytes: 0.3,
  }),
  defineImage({
    repository: 'registry.k8s.io/e2e-test-images/agnhost',
    tags: /^2\.\d{1,2}(\.\d+)?$/,
    programs: {
      '/': ['agnhost', 'agnhost-2=agnhost'],
      '/bin': ['sh', 'bash', ...BASIC_TOOLS],
      '/usr/bin': [...DEBIAN_NET, 'getent'],
    },
    files: LOCALHOST_FILES,
    directories: ['/uploads'],
    entrypoint: ['/agnhost'],
    command: ['pause'],
    sizeMegabytes: 52,
  }),
  defineImage({
    repository: 'registry.k8s.io/e2e-test-images/jessie-dnsutils',
    programs: {
      '/bin': ['sh', 'bash', ...BASIC_TOOLS],
      '/usr/bin': ['dig', 'nslookup', 'host', 'getent', 'ping', 'ip'],
    },
    command: ['sleep', 'infinity'],
    sizeMegabytes: 112,
  }),
  defineImage({
    repository: 'registry.k8s.io/coredns/coredns',
    tags: /^v1\.\d+\.\d+$/,
    programs: { '/': ['coredns'] },
    entrypoint: ['/coredns'],
    user: 'nonroot',
    sizeMegabytes: 22,
  }),
  defineImage({
    repository: 'nginx',
    tags: /^(latest|stable|mainline|alpine|perl|\d+(\.\d+){0,2})(-(alpine|alpine-slim|perl|bookworm|trixie))?$/,
    programs: { '/usr/sbin': ['nginx'], '/bin': ['sh', 'bash', ...BASIC_TOOLS], '/usr/bin': ['curl'] },
    files: NGINX_FILES,
    entrypoint: ['nginx'],
    command: ['-g', 'daemon off;'],
    env: { NGINX_VERSION: '1.29.3' },
    sizeMegabytes: 60,
  }),
  defineImage({
    repository: 'httpd',
    programs: { '/usr/local/bin': ['httpd-foreground=httpd'], '/bin': ['sh', 'bash', ...BASIC_TOOLS] },
    files: HTTPD_FILES,
    command: ['httpd-foreground'],
    workingDirectory: '/usr/local/apache2',
    sizeMegabytes: 45,
  }),
  defineImage({
    repository: 'redis',
    tags: /^(latest|alpine|bookworm|trixie|\d+(\.\d+){0,2})(-(alpine|bookworm|trixie))?$/,
    programs: { '/usr/local/bin': ['redis-server', 'redis-cli'], '/bin': ['sh', 'bash', ...BASIC_TOOLS] },
    command: ['redis-server'],
    workingDirectory: '/data',
    directories: ['/data'],
    sizeMegabytes: 53,
  }),
  defineImage({
    repository: 'postgres',
    tags: /^(latest|alpine|bookworm|trixie|\d+(\.\d+)?)(-(alpine|bookworm|trixie))?$/,
    programs: {
      '/usr/local/bin': ['docker-entrypoint.sh=postgres'],
      '/usr/lib/postgresql/18/bin': ['postgres', 'psql', 'pg_isready'],
      '/bin': ['sh', 'bash', ...BASIC_TOOLS],
    },
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/18/bin',
      PGDATA: '/var/lib/postgresql/18/docker',
    },
    entrypoint: ['docker-entrypoint.sh'],
    command: ['postgres'],
    directories: ['/var/lib/postgresql'],
    sizeMegabytes: 160,
  }),
  defineImage({
    repository: 'hashicorp/http-echo',
    programs: { '/': ['http-echo'] },
    entrypoint: ['/http-echo'],
    sizeMegabytes: 3,
  }),
  defineImage({
    repository: 'busybox',
    tags: /^(latest|stable|musl|glibc|uclibc|\d+(\.\d+){0,2})(-(musl|glibc|uclibc))?$/,
    programs: { '/bin': ['sh', ...BUSYBOX_TOOLS, ...BUSYBOX_NET] },
    command: ['sh'],
    sizeMegabytes: 2.2,
  }),
  defineImage({
    repository: 'alpine',
    programs: { '/bin': ['sh', ...BUSYBOX_TOOLS], '/usr/bin': ALPINE_NET },
    command: ['/bin/sh'],
    sizeMegabytes: 3.8,
  }),
  defineImage({
    repository: 'debian',
    tags: /^(latest|stable|bookworm|trixie|\d+)(-slim)?$/,
    programs: { '/bin': ['sh', 'bash', ...BASIC_TOOLS] },
    command: ['bash'],
    sizeMegabytes: 49,
  }),
  defineImage({
    repository: 'ubuntu',
    tags: /^(latest|noble|jammy|\d\d\.\d\d)$/,
    programs: { '/bin': ['sh', 'bash', ...BASIC_TOOLS] },
    command: ['/bin/bash'],
    sizeMegabytes: 30,
  }),
  defineImage({
    repository: 'curlimages/curl',
    programs: { '/usr/bin': ['curl'], '/bin': ['sh', ...BUSYBOX_TOOLS] },
    entrypoint: ['curl'],
    user: 'curl_user',
    sizeMegabytes: 10,
  }),
  defineImage({
    repository: 'nicolaka/netshoot',
    tags: /^(latest|v0\.\d+)$/,
    programs: { '/bin': ['sh', 'bash', ...BASIC_TOOLS], '/usr/bin': [...ALL_NET, 'jq', ...EDITORS] },
    command: ['bash'],
    sizeMegabytes: 180,
  }),
];

/** Every image that can be pulled in the simulation. */
export const IMAGES: readonly ModelledImage[] = [...GENERAL, ...testImages(GENERAL)];

/** The learner's own machine, outside the cluster: every tool there is. Not an image that a pod can name. */
export const TOOLBOX: ModelledImage = defineImage({
  repository: 'podwire/toolbox',
  programs: {
    '/bin': ['sh', 'bash', ...BASIC_TOOLS],
    '/usr/bin': [...ALL_NET, 'jq', ...EDITORS],
    '/usr/local/bin': ['kubectl', 'k=kubectl'],
  },
  files: {
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nlearner:x:1000:1000:learner:/home/learner:/bin/bash\n',
  },
  directories: ['/home/learner'],
  command: ['bash'],
  workingDirectory: '/home/learner',
  user: 'learner',
  sizeMegabytes: 200,
});

/** A node's own file system, for its shell. Not an image that a pod can name. */
export const NODE: ModelledImage = defineImage({
  repository: 'podwire/node',
  programs: {
    '/bin': ['sh', 'bash', 'systemctl', 'journalctl', ...BASIC_TOOLS],
    '/usr/bin': [...ALL_NET, 'jq', ...EDITORS, 'crictl'],
    '/usr/sbin': ['chroot'],
  },
  files: {
    '/etc/hosts':
      '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n',
  },
  directories: ['/etc/cni/net.d', '/etc/kubernetes/manifests', '/opt/cni/bin', '/var/lib/kubelet'],
  command: ['bash'],
  workingDirectory: '/root',
  sizeMegabytes: 400,
});
