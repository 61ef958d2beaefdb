import { describe, expect, it } from 'vitest';
import { defaultCorefile } from './corefile-default.ts';
import { readServerConfigs } from './server-config.ts';
import { clusterFirstResolvConf, expandSearch, parseResolvConf } from './search-list.ts';

const files = {
  readFile: (path: string) => (path === '/etc/resolv.conf' ? 'nameserver 172.18.0.1\n' : undefined),
};

function read(text: string): ReturnType<typeof readServerConfigs> {
  return readServerConfigs(text, files);
}

describe('Corefile', () => {
  it('kubeadm’s default', () => {
    const parsed = read(defaultCorefile('cluster.local'));
    expect(parsed).toMatchObject({
      ok: true,
      value: [
        {
          zone: '.',
          port: 53,
          errors: true,
          loadbalance: true,
          healthPort: 8080,
          readyPort: 8181,
          metricsPort: 9153,
          lameduckSeconds: 5,
          reloadSeconds: 30,
          kubernetes: {
            zones: ['cluster.local.', 'in-addr.arpa.', 'ip6.arpa.'],
            pods: 'insecure',
            ttlSeconds: 30,
            fallthrough: ['in-addr.arpa.', 'ip6.arpa.'],
          },
          forwards: [{ from: '.', to: [{ address: '172.18.0.1', port: 53 }] }],
          cache: { successSeconds: 30, denialSeconds: 30, noSuccess: ['cluster.local.'] },
        },
      ],
    });
  });

  it('several servers, several zones, comments and quotes', () => {
    const parsed = read(`# stub
example.org, example.net:1053 {
  forward . 10.0.0.53:5353 "10.0.0.54" # two
}
. { errors }
`);
    expect(parsed.ok && parsed.value.map(({ zone, port }) => `${zone} ${port}`)).toEqual([
      'example.org. 53',
      'example.net. 1053',
      '. 53',
    ]);
    expect(parsed.ok && parsed.value[0]?.forwards[0]?.to).toEqual([
      { address: '10.0.0.53', port: 5353 },
      { address: '10.0.0.54', port: 53 },
    ]);
  });

  it.each([
    ['an unknown plugin', '.:53 {\n  foo\n}', "2 - Error during parsing: Unknown directive 'foo'"],
    [
      'a plugin that is not modelled',
      '.:53 {\n\n  template\n}',
      '3 - Error during parsing: plugin template is not modelled by this cluster',
    ],
    ['a missing brace', '.:53 {\n  errors\n', "2 - Syntax error: Unexpected EOF, expecting '}'"],
    ['one brace too many', '.:53 {\n}\n}', "3 - Syntax error: Unexpected token '}', expecting '{'"],
    [
      'no upstream',
      '.:53 {\n  forward .\n}',
      "2 - Error during parsing: Wrong argument count or unexpected line ending after '.'",
    ],
    [
      'an upstream that is a name',
      '. {\n forward . dns.example.org\n}',
      '2 - Error during parsing: not an IP address or file: "dns.example.org"',
    ],
    [
      'TLS',
      '. {\n forward . tls://1.1.1.1\n}',
      '2 - Error during parsing: forward to tls://1.1.1.1 is not modelled by this cluster',
    ],
    [
      'a regular expression',
      '. {\n rewrite name regex (.*) x\n}',
      '2 - Error during parsing: rewrite name regex is not modelled by this cluster',
    ],
    [
      'the same zone twice',
      '. {\n}\n. {\n}',
      '3 - Error during parsing: cannot serve . - it is already defined',
    ],
    [
      'an odd pods mode',
      '. {\n kubernetes {\n pods maybe\n }\n}',
      '2 - Error during parsing: wrong value for pods: maybe,  must be one of: disabled, verified, insecure',
    ],
  ])('refuses %s', (_what, text, message) => {
    expect(read(text)).toEqual({ ok: false, message });
  });
});

describe('search lists (DNS10)', () => {
  const config = parseResolvConf(
    clusterFirstResolvConf({
      namespace: 'shop',
      clusterDomain: 'cluster.local',
      nameServers: ['10.96.0.10'],
    }),
  );

  it('ClusterFirst', () => {
    expect(config).toMatchObject({
      nameServers: ['10.96.0.10'],
      search: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      ndots: 5,
    });
  });

  it.each([
    ['web', ['web.shop.svc.cluster.local.', 'web.svc.cluster.local.', 'web.cluster.local.', 'web.']],
    [
      'web.other',
      [
        'web.other.shop.svc.cluster.local.',
        'web.other.svc.cluster.local.',
        'web.other.cluster.local.',
        'web.other.',
      ],
    ],
    ['example.org.', ['example.org.']],
    [
      'a.b.c.d.e.f',
      [
        'a.b.c.d.e.f.',
        'a.b.c.d.e.f.shop.svc.cluster.local.',
        'a.b.c.d.e.f.svc.cluster.local.',
        'a.b.c.d.e.f.cluster.local.',
      ],
    ],
  ])('%s', (name, expected) => {
    expect(expandSearch(name, config)).toEqual(expected);
  });

  it('reads odd files without complaint', () => {
    expect(
      parseResolvConf(
        'nameserver\n; x\noptions ndots:99 timeout:x attempts:0 use-vc\nsearch a\ndomain b c\n',
      ),
    ).toEqual({
      nameServers: [],
      search: ['b'],
      ndots: 15,
      timeoutSeconds: 5,
      attempts: 1,
      useTcp: true,
    });
  });
});
