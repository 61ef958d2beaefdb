import { describe, expect, it } from 'vitest';
import { defaultCorefile } from './corefile-default.ts';
import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { utf8Encode } from '@podwire/sim';
import type { Parsed } from './corefile.ts';
import { readCorefile } from './server-config.ts';
import type { ServerConfig } from './plugin-config.ts';
import { clusterFirstResolvConf, expandSearch, parseResolvConf } from './search-list.ts';

const files = {
  readFile: (path: string) => (path === '/etc/resolv.conf' ? 'nameserver 172.18.0.1\n' : undefined),
};

function read(text: string): Parsed<readonly ServerConfig[]> {
  const parsed = readCorefile(text, 'Corefile', files);
  return parsed.ok ? { ok: true, value: parsed.value.servers } : parsed;
}

function hashOf(text: string): string {
  const parsed = readCorefile(text, '/etc/coredns/Corefile', files);
  return parsed.ok ? bytesToHex(sha512(utf8Encode(parsed.value.canonical))) : parsed.message;
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
          reload: { intervalSeconds: 30, jitterSeconds: 15 },
          loop: true,
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

  // What a real CoreDNS writes of kubeadm's Corefile, of today and of before `disable` was in it.
  it('DNS14 tells whether it changed by the same hash as CoreDNS', () => {
    const now = defaultCorefile('cluster.local');
    expect(hashOf(now)).toBe(
      '1b226df79860026c6a52e67daa10d7f0d57ec5b023288ec00c5e05f93523c894564e15b91770d3a07ae1cfbe861d15b37d4a0027e69c546ab112970993a3b03b',
    );
    expect(hashOf(now.replace(/ \{\n *disable[^}]*\}/, ''))).toBe(
      '591cf328cccc12bc490481273e738df59329c62c0b729d94e8b61db9961c2fa5f046dd37f1cf888b953814040d180f52594972691cd6ff41be96639138a43908',
    );
    expect(hashOf(now.replace('errors', 'errors # a comment'))).toBe(hashOf(now));
    expect(hashOf(now.replace('errors', 'errors\n    log'))).not.toBe(hashOf(now));
  });

  it('snippets stand where they are imported', () => {
    const parsed = read('(common) {\n errors\n log\n}\nexample.org {\n import common\n loadbalance\n}\n');
    expect(parsed).toMatchObject({
      ok: true,
      value: [
        { zone: 'example.org.', errors: true, loadbalance: true, logs: [{ scope: '.', classes: ['all'] }] },
      ],
    });
    expect(parsed.ok && parsed.value).toHaveLength(1);
  });

  it('several servers, several zones, comments and quotes', () => {
    const parsed = read(`# stub
example.org, example.net:1053 {
  forward . 10.0.0.53:5353 "10.0.0.54" # two
}
. {
  errors
}
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
    ['an unknown plugin', '.:53 {\n  foo\n}', "Corefile:2 - Error during parsing: Unknown directive 'foo'"],
    [
      'an unknown plugin before what another complains of',
      '.:53 {\n  forward .\n  foo\n}',
      "Corefile:3 - Error during parsing: Unknown directive 'foo'",
    ],
    [
      'a plugin that is not modelled',
      '.:53 {\n\n  autopath @kubernetes\n}',
      'plugin/autopath: Corefile:3 - Error during parsing: plugin autopath is not modelled by this cluster',
    ],
    [
      'a missing brace',
      '.:53 {\n  errors\n',
      "Corefile:2 - Syntax error: Unexpected token 'errors', expecting '}'",
    ],
    [
      'a brace on the line of a plugin',
      '. { errors }',
      "Corefile:1 - Error during parsing: Unexpected '}' because no matching opening brace",
    ],
    [
      'a block that is not closed',
      '.:53 {\n  health {\n',
      'Corefile:2 - Error during parsing: Unexpected EOF',
    ],
    [
      'no upstream',
      '.:53 {\n  forward .\n}',
      "plugin/forward: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after '.'",
    ],
    [
      'an upstream that is a name',
      '. {\n forward . dns.example.org\n}',
      'plugin/forward: not an IP address or file: "dns.example.org"',
    ],
    [
      'TLS',
      '. {\n forward . tls://1.1.1.1\n}',
      'plugin/forward: Corefile:2 - Error during parsing: forward to tls://1.1.1.1 is not modelled by this cluster',
    ],
    [
      'a pattern that is none',
      '. {\n rewrite name regex (.* x\n}',
      'plugin/rewrite: invalid regex matching pattern: (.*',
    ],
    [
      'a replacement with more groups than the pattern',
      '. {\n rewrite name regex (.*)\\.a {1}.{2}.b\n}',
      'plugin/rewrite: the rewrite regex pattern ({1}.{2}.b) uses more subexpressions than its corresponding matching regex pattern ((.*)\\.a)',
    ],
    [
      'the same zone twice',
      '. {\n}\n. {\n}',
      'Corefile:3 - Error during parsing: cannot serve dns://.:53 - it is already defined',
    ],
    [
      'an odd pods mode',
      '. {\n kubernetes cluster.local {\n pods maybe\n }\n}',
      'plugin/kubernetes: wrong value for pods: maybe,  must be one of: disabled, verified, insecure',
    ],
    [
      'an unknown option, with the line it stands in',
      '. {\n kubernetes cluster.local {\n pods insecure\n podz\n }\n}',
      "plugin/kubernetes: Corefile:4 - Error during parsing: unknown property 'podz'",
    ],
    [
      'a plugin that goes only once',
      '. {\n kubernetes cluster.local\n kubernetes other.local\n}',
      'plugin/kubernetes: this plugin can only be used once per Server Block',
    ],
    ['an unknown class of answers', '. {\n log {\n class good\n }\n}', 'plugin/log: invalid Class: good'],
    [
      'a template with actions that are not modelled',
      '. {\n template IN A {\n answer "{{ if .Name }}x{{ end }}"\n }\n}',
      'plugin/template: Corefile:3 - Error during parsing: template action "{{ if .Name }}" is not modelled by this cluster',
    ],
    [
      'snippets that import themselves',
      '(a) {\n import a\n}\n. {\n import a\n}',
      'Corefile:2 - Error during parsing: snippets import each other too often',
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
