import { describe, expect, it } from 'vitest';
import {
  choicesWith,
  experimentOf,
  isSame,
  manifestName,
  readExperiment,
  withDestination,
  withManifest,
} from './experiment.ts';

const MENTION = { from: 'pod/default/client', to: 'service/default/web', port: 80, protocol: 'tcp' } as const;
const OWN = experimentOf(MENTION);
const DENY = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'deny' } };
const WEB = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' } };

describe('a packet as an experiment', () => {
  it('is the lesson’s own at first', () => {
    expect(readExperiment(OWN, [DENY, WEB])).toEqual({
      ok: true,
      mention: MENTION,
      objects: [DENY, WEB],
      request: {
        from: { kind: 'pod', namespace: 'default', name: 'client' },
        to: { kind: 'service', namespace: 'default', name: 'web' },
        port: 80,
        protocol: 'tcp',
        timeoutMs: 3_000,
      },
    });
  });

  it('leaves out the manifests that are off, and takes them back', () => {
    const without = withManifest(OWN, 0, false);
    expect(readExperiment(without, [DENY, WEB])).toMatchObject({ objects: [WEB] });
    expect(isSame(without, OWN)).toBe(false);
    expect(isSame(withManifest(without, 0, true), OWN)).toBe(true);
  });

  it.each([
    ['0', '“0” is no port. Give a whole number from 1 to 65535.'],
    ['70000', '“70000” is no port. Give a whole number from 1 to 65535.'],
    ['http', '“http” is no port. Give a whole number from 1 to 65535.'],
    ['-1', '“-1” is no port. Give a whole number from 1 to 65535.'],
    ['80.5', '“80.5” is no port. Give a whole number from 1 to 65535.'],
    ['8e1', '“8e1” is no port. Give a whole number from 1 to 65535.'],
    [' ', 'Give a port: a whole number from 1 to 65535.'],
    ['9'.repeat(40), `“${'9'.repeat(20)}…” is no port. Give a whole number from 1 to 65535.`],
  ])('says what is wrong with the port %j', (port, portProblem) => {
    expect(readExperiment({ ...OWN, port }, [])).toEqual({ ok: false, portProblem });
  });

  it.each([' 443 ', '1', '65535'])('takes the port %j', (port) => {
    expect(readExperiment({ ...OWN, port }, [])).toMatchObject({ mention: { port: Number(port) } });
  });

  it('has no port as a ping, whatever was typed', () => {
    const ping = { ...OWN, protocol: 'icmp', port: 'nonsense' } as const;
    expect(readExperiment(ping, [])).toMatchObject({ request: { port: 0, protocol: 'icmp' } });
    expect(isSame(ping, { ...ping, port: '1' })).toBe(true);
    expect(experimentOf({ ...MENTION, protocol: 'icmp', port: 0 }).port).toBe('80');
  });

  it('goes to the first port of another destination, by its protocol', () => {
    const choices = [
      {
        key: 'service/default/dns',
        name: 'Service dns',
        group: 'Services',
        port: 53,
        protocol: 'udp',
      },
      { key: 'pod/default/mute', name: 'mute', group: 'Pods' },
    ] as const;
    expect(withDestination(OWN, 'service/default/dns', choices)).toMatchObject({
      to: 'service/default/dns',
      port: '53',
      protocol: 'udp',
    });
    expect(withDestination(OWN, 'pod/default/mute', choices)).toEqual({ ...OWN, to: 'pod/default/mute' });
    const ping = { ...OWN, protocol: 'icmp' } as const;
    expect(withDestination(ping, 'service/default/dns', choices).protocol).toBe('icmp');
  });

  it('keeps what is chosen among the choices though it is not there any more', () => {
    const choices = [{ key: 'pod/default/a', name: 'a', group: 'Pods' }] as const;
    expect(choicesWith(choices, 'pod/default/a')).toBe(choices);
    expect(choicesWith(choices, 'service/shop/web').at(-1)).toEqual({
      key: 'service/shop/web',
      name: 'Service shop/web',
      group: 'Services',
    });
  });

  it('names manifests as the rest of the site names objects', () => {
    expect([DENY, WEB].map(manifestName)).toEqual(['NetworkPolicy deny', 'Service shop/web']);
  });
});
