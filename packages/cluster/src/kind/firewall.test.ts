import { describe, expect, it } from 'vitest';
import { Firewall, firewallRules, resolversOf } from './firewall.ts';
import { sessionNames } from './names.ts';

const names = sessionNames('podwire', 's1');

/** Answers as the containers on the host's network would. */
class FakeHost {
  readonly asked: (readonly string[])[] = [];
  refusal = '';
  runOnHostNetwork(wish: { readonly words: readonly string[] }) {
    this.asked.push(wish.words);
    if (wish.words[0] === 'cat')
      return Promise.resolve({ exitCode: 0, stdout: 'nameserver 10.1.2.3\n', stderr: '' });
    return Promise.resolve({ exitCode: this.refusal === '' ? 0 : 1, stdout: '', stderr: this.refusal });
  }
}

describe('the firewall around a learner’s network', () => {
  it('keeps everything within when nothing may leave', () => {
    const rules = firewallRules(names, 'none', ['10.1.2.3']);
    const leaving = rules.slice(rules.indexOf('chain leaving'));
    expect(leaving).toMatch(/missing drop\s+drop\s+\}/u);
    expect(rules).not.toContain('10.1.2.3');
  });

  it('lets out what is public, and look-ups to the host’s own name servers', () => {
    const rules = firewallRules(names, 'public', ['10.1.2.3']);
    const leaving = rules.slice(rules.indexOf('chain leaving'));
    expect(leaving.indexOf('ip daddr 10.1.2.3 meta l4proto { tcp, udp } th dport 53 accept')).toBeLessThan(
      leaving.indexOf('10.0.0.0/8'),
    );
    for (const range of ['169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'])
      expect(leaving).toContain(range);
  });

  it('is bound to the one bridge, whose name Linux can take, and replaces itself whole', () => {
    const rules = firewallRules(names, 'public', []);
    expect(names.bridge).toMatch(/^pw[0-9a-f]{12}$/u);
    expect(rules.match(/[io]ifname (?:!= )?"pw[0-9a-f]{12}"/gu)?.length).toBe(6);
    expect(rules.startsWith(`table inet ${names.table}\ndelete table inet ${names.table}\n`)).toBe(true);
    expect(sessionNames('podwire', 's2').bridge).not.toBe(names.bridge);
  });

  it('reads the host’s name servers once, without those on its loopback', async () => {
    expect(resolversOf('# x\nnameserver 127.0.0.53\nnameserver 10.0.0.2\nnameserver fd00::1\n')).toEqual([
      '10.0.0.2',
    ]);
    const host = new FakeHost();
    const firewall = new Firewall(host, 'toolbox', 'public');
    await firewall.raise('s1', names);
    await firewall.raise('s1', names);
    expect(host.asked.map(([program]) => program)).toEqual(['cat', 'sh', 'sh']);
    expect(host.asked.at(-1)?.at(-1)).toContain('10.1.2.3');
  });

  it('gives no cluster out without its walls, and says why', async () => {
    const host = new FakeHost();
    host.refusal = 'Error: Could not process rule: Operation not supported\n';
    await expect(new Firewall(host, 'toolbox', 'none').raise('s1', names)).rejects.toMatchObject({
      kind: 'start-failed',
      message: expect.stringContaining('Operation not supported') as string,
    });
  });

  it('can be taken away though it never was', async () => {
    const host = new FakeHost();
    await new Firewall(host, 'toolbox', 'none').lower('s1', names);
    const script = host.asked[0]?.at(-1);
    expect(script).toContain(`add table inet ${names.table}; delete table inet ${names.table}`);
    expect(script).toContain(`ip route flush table ${names.routes}`);
  });
});
