import { describe, expect, it } from 'vitest';
import { hostPort, parseAddresses, parsePorts, translatePodPorts, translateServicePorts } from './ports.ts';

const pod = {
  metadata: { name: 'web-1' },
  spec: {
    containers: [
      {
        name: 'a',
        ports: [
          { name: 'http', containerPort: 8080 },
          { containerPort: 53, protocol: 'UDP' },
        ],
      },
    ],
  },
};
const service = {
  metadata: { name: 'web' },
  spec: { clusterIP: '10.96.0.9', ports: [{ name: 'http', port: 80, targetPort: 'http' }, { port: 81 }] },
};

describe('ports that are forwarded', () => {
  it.each([
    [['80'], ['80:8080']],
    [['9000:80'], ['9000:8080']],
    [['http'], ['80:8080']],
    [['81'], ['81']],
    [[':80'], [':8080']],
  ])('%s of a Service become those of its pod', (texts, translated) => {
    expect(translateServicePorts(texts, service, pod)).toEqual(translated);
  });

  it.each([
    [['82'], 'Service web does not have a service port 82'],
    [['nope'], "Service 'web' does not have a named port 'nope'"],
  ])('%s, which the Service has not, are refused', (texts, message) => {
    expect(() => translateServicePorts(texts, service, pod)).toThrow(message);
  });

  it('of a headless Service are the pod’s own', () => {
    const headless = { ...service, spec: { ...service.spec, clusterIP: 'None' } };
    expect(translateServicePorts(['9000:80'], headless, pod)).toEqual(['9000:80']);
  });

  it('of pods may be named, and carry TCP alone', () => {
    expect(translatePodPorts(['9000:http'], pod)).toEqual(['9000:8080']);
    expect(() => translatePodPorts(['53'], pod)).toThrow('UDP protocol is not supported for 53');
  });

  it.each([
    ['80', [{ local: 80, remote: 80 }]],
    [':80', [{ local: 0, remote: 80 }]],
    ['0:80', [{ local: 0, remote: 80 }]],
  ])('%s is read as LOCAL:REMOTE', (text, ports) => {
    expect(parsePorts([text])).toEqual(ports);
  });

  it.each([
    ['1:2:3', "invalid port format '1:2:3'"],
    ['70000', 'error parsing local port \'70000\': strconv.ParseUint: parsing "70000": value out of range'],
    ['80:0', 'remote port must be > 0'],
    ['80:x', 'error parsing remote port \'x\': strconv.ParseUint: parsing "x": invalid syntax'],
  ])('%s is refused', (text, message) => {
    expect(() => parsePorts([text])).toThrow(message);
  });

  it('are listened on at both addresses of localhost, one being enough', () => {
    expect(
      parseAddresses(['localhost', '0.0.0.0']).map(({ address, failureMode }) => [address, failureMode]),
    ).toEqual([
      ['0.0.0.0', 'any'],
      ['127.0.0.1', 'all'],
      ['::1', 'all'],
    ]);
    expect(() => parseAddresses(['nope'])).toThrow('nope is not a valid IP');
    expect(hostPort('::1', 80)).toBe('[::1]:80');
  });
});
