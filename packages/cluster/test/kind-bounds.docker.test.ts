import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { PlaceView } from '@podwire/protocol';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KindProvider } from '../src/index.ts';
import { DockerHost } from '../src/kind/docker-host.ts';
import { DockerSocketProxy } from './docker-socket-proxy.ts';
import { kindTestOptions, smallOrigin, Told } from './kind-told.ts';

const INSTALLATION = `bounds${process.pid}`;
const CLUSTER = `podwire-${INSTALLATION}-s1`;
const NEIGHBOUR = `podwire-${INSTALLATION}-s2`;
const SETUP_TIMEOUT_MS = 240_000;

const docker = (...words: string[]): string =>
  execFileSync('docker', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
const inspected = (container: string, path: string): unknown =>
  JSON.parse(docker('inspect', '--format', `{{json ${path}}}`, container)) as unknown;
const gatewayOf = (network: string): string =>
  docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', network);
const addressOf = (container: string): string =>
  docker('inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', container);

/** As many processes as there can be, which rest: a fork bomb without its heat. */
const FORKS = 'for (1..9000) { my $p = fork; if (defined $p && $p == 0) { sleep 12; exit } } sleep 12';
/** More memory than a node may have. */
const HOG = 'my @kept; push @kept, "x" x (64 << 20) for 1..80';
const GIBIBYTE = 1_024 ** 3;

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 200));
}

describe('the bounds of a kind cluster', () => {
  const told = new Told();
  const neighbour = new Told();
  let provider: KindProvider;
  let host: DockerHost;
  let cluster: Awaited<ReturnType<KindProvider['create']>>;
  /** On the gateway's own address: what a careless service of the host's would be. */
  let careless: Server | undefined;
  let carelessPort = 0;
  /** What each container has beyond its own memory where Docker's files are memory too. */
  let filesBytes = 0;

  const socket = path.join(mkdtempSync(path.join(tmpdir(), 'podwire-socket-')), 'docker.sock');
  const proxy = new DockerSocketProxy(socket);

  beforeAll(async () => {
    await proxy.open();
    host = new DockerHost(INSTALLATION, new Docker({ socketPath: socket }));
    filesBytes = (await host.storesInMemory()) ? GIBIBYTE : 0;
    provider = new KindProvider(kindTestOptions(INSTALLATION), host);
    cluster = await provider.create('s1', smallOrigin, told);
    await provider.create('s2', smallOrigin, neighbour);
    const server = createServer((_, response) => response.end('of the host'));
    careless = server;
    await new Promise<void>((resolve) => server.listen(0, gatewayOf(CLUSTER), resolve));
    const address = server.address();
    carelessPort = typeof address === 'object' ? (address?.port ?? 0) : 0;
  }, SETUP_TIMEOUT_MS);
  afterAll(async () => {
    careless?.close();
    for (const session of await provider.owned()) await provider.remove(session);
    await provider.close();
    await proxy.close();
  }, SETUP_TIMEOUT_MS);

  /** How a TCP connection from a place ends, in the words of the C library. */
  const connect = async (from: PlaceView, address: string, port: number): Promise<string> => {
    const command = `timeout 3 bash -c 'exec 3<>/dev/tcp/${address}/${port}' 2>&1 && echo open || { [ $? = 124 ] && echo silence; }`;
    const result = await cluster.grading().execute({ from, command, timeoutMs: 10_000 });
    if (result.kind !== 'ended') return result.kind;
    return (
      /open|silence|No route to host|Permission denied|Connection refused|Network is unreachable/u.exec(
        result.output,
      )?.[0] ?? result.output
    );
  };

  describe.each<readonly [string, PlaceView]>([
    ['the toolbox', { kind: 'toolbox' }],
    ['a node', { kind: 'node', name: 'podwire-control-plane' }],
    ['a pod', { kind: 'pod', namespace: 'default', name: 'asker' }],
  ])('%s', (_, place) => {
    it('reaches its own API server', async () => {
      expect(await connect(place, addressOf(`${CLUSTER}-control-plane`), 6443)).toBe('open');
    });

    it('reaches no other learner’s cluster or toolbox', async () => {
      expect(await connect(place, addressOf(`${NEIGHBOUR}-control-plane`), 6443)).toBe('silence');
      expect(await connect(place, addressOf(`${NEIGHBOUR}-toolbox`), 22)).toBe('silence');
    });

    it('reaches no service of the host, at any of its addresses', async () => {
      const addresses = Object.values(networkInterfaces())
        .flatMap((each) => each ?? [])
        .filter(({ family, internal }) => family === 'IPv4' && !internal)
        .map(({ address }) => address);
      expect(addresses).toContain(gatewayOf(CLUSTER));
      expect(addresses).toContain(gatewayOf(NEIGHBOUR));
      const ends = await Promise.all(addresses.map((address) => connect(place, address, carelessPort)));
      expect(ends).toEqual(addresses.map(() => 'silence'));
      // Where the neighbour's API is published, on the host's loopback.
      const published = docker('port', `${NEIGHBOUR}-control-plane`, '6443/tcp');
      expect(published).toMatch(/^127\.0\.0\.1:/u);
      expect(await connect(place, gatewayOf(CLUSTER), Number(published.split(':')[1]))).toBe('silence');
    });

    it('reaches no link-local address, where clouds keep their metadata', async () => {
      expect(await connect(place, '169.254.169.254', 80)).toBe('silence');
    });
  });

  it('has no way around over IPv6, even for a node’s administrator', () => {
    const bridge = docker('network', 'inspect', '--format', '{{json .Options}}', CLUSTER);
    const name = /"com\.docker\.network\.bridge\.name":"(pw[0-9a-f]{12})"/u.exec(bridge)?.[1] ?? '';
    const local = networkInterfaces()[name]?.find(({ family }) => family === 'IPv6')?.address;
    if (local === undefined) return;
    const node = `${CLUSTER}-control-plane`;
    docker('exec', node, 'sysctl', '-qw', 'net.ipv6.conf.eth0.disable_ipv6=0');
    const said = docker(
      'exec',
      node,
      'bash',
      '-c',
      // The address is tentative for a second or two (RFC 4862).
      `for i in $(seq 30); do ip -6 addr show dev eth0 scope link | grep -q fe80 && ! ip -6 addr show dev eth0 | grep -q tentative && break; sleep 0.2; done
       timeout 3 bash -c 'exec 3<>/dev/tcp/${local}%eth0/${carelessPort}' 2>&1; echo $?`,
    );
    expect(said).toBe('124');
  });

  it('is walled by its rules and not by chance: without them the host is open', async () => {
    const table = CLUSTER.replaceAll('-', '_');
    const nft = (rules: string): string =>
      docker(
        ...['run', '--rm', '--network=host', '--cap-drop=ALL', '--cap-add=NET_ADMIN', '--user=root'],
        ...['--entrypoint=nft', kindTestOptions(INSTALLATION).toolboxImage, ...rules.split(' ')],
      );
    const rules = nft(`list table inet ${table}`);
    nft(`delete table inet ${table}`);
    expect(await connect({ kind: 'toolbox' }, gatewayOf(CLUSTER), carelessPort)).toBe('open');
    // Coming back raises them again: a host that was started anew has forgotten them.
    await cluster.suspend();
    cluster = await provider.create('s1', smallOrigin, told, { history: { records: [], clusterTimeMs: 0 } });
    expect(nft(`list table inet ${table}`)).toBe(rules);
    expect(await connect({ kind: 'toolbox' }, gatewayOf(CLUSTER), carelessPort)).toBe('silence');
  }, 60_000);

  it('gives the toolbox no privilege and no socket', async () => {
    expect(await cluster.readFile('/etc/shadow')).toMatchObject({ ok: false, errno: 'EACCES' });
    const toolbox = `${CLUSTER}-toolbox`;
    expect(inspected(toolbox, '.HostConfig')).toMatchObject({
      Privileged: false,
      CapDrop: ['ALL'],
      CapAdd: ['NET_RAW'],
      SecurityOpt: ['no-new-privileges'],
      PidMode: '',
      IpcMode: 'private',
      Memory: GIBIBYTE / 4 + filesBytes,
      MemorySwap: GIBIBYTE / 4 + filesBytes,
      NanoCpus: 1_000_000_000,
      PidsLimit: 256,
    });
    expect(inspected(toolbox, '.Mounts')).toEqual([]);
    expect(inspected(toolbox, '.Config.User')).toBe('learner');
    const mounts = JSON.stringify(inspected(`${CLUSTER}-control-plane`, '.Mounts'));
    expect(mounts).not.toContain('docker.sock');
    expect(mounts).toContain('/lib/modules');
  });

  it('binds the API to the host’s loopback alone', () => {
    expect(inspected(`${CLUSTER}-control-plane`, '.HostConfig.PortBindings')).toEqual({
      '6443/tcp': [{ HostIp: '127.0.0.1', HostPort: expect.any(String) as string }],
    });
  });

  it('bounds the processes of the toolbox, and gives it back to the learner', async () => {
    expect(await cluster.writeFile('/home/learner/kept.txt', 'kept\n')).toMatchObject({ ok: true });
    const before = (await host.processesOf(`${NEIGHBOUR}-toolbox`)).count;
    docker('exec', '--detach', `${CLUSTER}-toolbox`, 'perl', '-e', FORKS);
    await until(async () => {
      const { count, limit } = await host.processesOf(`${CLUSTER}-toolbox`);
      expect([limit, count <= 256]).toEqual([256, true]);
      return count > 245;
    });
    expect((await host.processesOf(`${NEIGHBOUR}-toolbox`)).count).toBe(before);
    const wish = { terminalId: 't1', place: { kind: 'toolbox' }, columns: 80, rows: 24 } as const;
    expect(await cluster.openTerminal(wish)).toEqual({ kind: 'opened' });
    cluster.sendInput('t1', 1, 'cat kept.txt; echo again-$((40+2))\r');
    await told.until(() => told.output('t1').includes('again-42'));
    expect(told.output('t1')).toContain('kept\r\n');
  }, 60_000);

  it('bounds the processes of a node', async () => {
    const node = `${CLUSTER}-control-plane`;
    docker('exec', '--detach', node, 'perl', '-e', FORKS);
    await until(async () => {
      const { count, limit } = await host.processesOf(node);
      expect([limit, count <= 4_096]).toEqual([4_096, true]);
      return count > 4_000;
    });
    // They end by themselves, and the node goes on.
    await until(async () => (await host.processesOf(node)).count < 1_000);
  }, 90_000);

  it('says when a node’s memory has run out, and the node goes on', async () => {
    const node = `${CLUSTER}-control-plane`;
    expect(inspected(node, '.HostConfig.Memory')).toBe(2 * GIBIBYTE + filesBytes);
    expect(() => docker('exec', node, 'perl', '-e', HOG)).toThrow();
    await told.until(() => told.output('t1').includes('has run out of memory'));
    expect(told.output('t1')).toContain('*** node podwire-control-plane has run out of memory');
  }, 60_000);

  it('lets a part of its control plane be stopped and started from a node’s terminal', async () => {
    const node = { kind: 'node', name: 'podwire-control-plane' } as const;
    expect(await cluster.openTerminal({ terminalId: 'n1', place: node, columns: 80, rows: 24 })).toEqual({
      kind: 'opened',
    });
    const scheduler = async (): Promise<string> =>
      (
        await cluster.inToolbox([
          'kubectl',
          'get',
          'pods',
          '-n',
          'kube-system',
          '-l',
          'component=kube-scheduler',
          '-o',
          'jsonpath={.items[*].status.containerStatuses[*].ready}',
        ])
      ).stdout;
    cluster.sendInput(
      'n1',
      1,
      'mv /etc/kubernetes/manifests/kube-scheduler.yaml /root/; echo moved-$((40+2))\r',
    );
    await told.until(() => told.output('n1').includes('moved-42'));
    await until(async () => (await scheduler()) === '');
    cluster.sendInput('n1', 2, 'mv /root/kube-scheduler.yaml /etc/kubernetes/manifests/\r');
    await until(async () => (await scheduler()) === 'true');
    cluster.closeTerminal('n1');
  }, 120_000);

  it('goes on when Docker was away, and says meanwhile what is missing', async () => {
    const before = told.ends.length;
    await proxy.close();
    const probe = {
      from: { kind: 'toolbox' },
      to: { kind: 'host', host: '127.0.0.1' },
      port: 1,
      protocol: 'tcp',
      timeoutMs: 500,
    } as const;
    await expect(cluster.probe(probe)).rejects.toMatchObject({
      name: 'ClusterError',
      message: 'Docker does not answer on this server, and a kind cluster needs it.',
    });
    await proxy.open();
    await until(async () => (await cluster.probe(probe).catch(() => undefined))?.verdict === 'refused');
    // Its terminals were connections of the Docker that went: new ones can be had.
    expect(
      await cluster.openTerminal({ terminalId: 't2', place: { kind: 'toolbox' }, columns: 80, rows: 24 }),
    ).toEqual({ kind: 'opened' });
    cluster.sendInput('t2', 1, 'cat kept.txt; echo back-$((40+2))\r');
    await told.until(() => told.output('t2').includes('back-42'));
    expect(told.output('t2')).toContain('kept\r\n');
    expect(told.ends.length).toBe(before);
  }, 60_000);

  it('is told to be lost when a node is killed, and comes back with what it had', async () => {
    docker('kill', `${CLUSTER}-control-plane`);
    await told.until(() => told.ends.length > 0);
    expect(told.ends[0]).toMatchObject({ kind: 'lost' });
    cluster = await provider.create('s1', smallOrigin, told, { history: { records: [], clusterTimeMs: 0 } });
    expect(await cluster.readFile('/home/learner/kept.txt')).toMatchObject({ ok: true });
    expect(await cluster.inToolbox(['kubectl', 'get', 'nodes', '-o', 'name'])).toMatchObject({
      stdout: 'node/podwire-control-plane\n',
    });
  }, 120_000);

  it('ends, and is gone, when its toolbox writes more than it may', async () => {
    const before = told.ends.length;
    const wrote = await cluster.inToolbox(['sh', '-c', 'head -c 1100M /dev/zero > /home/learner/big']);
    // Its memory is not what stopped it.
    expect(wrote).toMatchObject({ exitCode: 0 });
    await told.until(() => told.ends.length > before);
    expect(told.ends.at(-1)).toMatchObject({ kind: 'disk-exceeded' });
    expect(docker('ps', '--all', '--quiet', '--filter', `name=${CLUSTER}`)).toBe('');
    await expect(cluster.readFile('/home/learner/kept.txt')).rejects.toMatchObject({ kind: 'gone' });
  }, 90_000);

  it('ends, and is gone, when a node’s memory runs out again and again', async () => {
    const node = `${NEIGHBOUR}-control-plane`;
    for (let count = 0; count < 40 && neighbour.ends.length === 0; count++)
      await new Promise((resolve) => execFile('docker', ['exec', node, 'perl', '-e', HOG], resolve));
    await neighbour.until(() => neighbour.ends.length > 0);
    expect(neighbour.ends).toMatchObject([{ kind: 'memory-exceeded' }]);
    expect(docker('ps', '--all', '--quiet', '--filter', `name=${NEIGHBOUR}`)).toBe('');
    expect(docker('network', 'ls', '--quiet', '--filter', `name=podwire-${INSTALLATION}`)).toBe('');
  }, 240_000);

  it.runIf(existsSync('/sys/fs/cgroup/freezer'))(
    'is gone when it was removed, though a group of its processes was left standing still',
    async () => {
      // The test before has ended it; where this one runs alone there is no room for a third.
      await provider.remove('s2');
      await provider.create('s3', smallOrigin, new Told());
      const last = `podwire-${INSTALLATION}-s3`;
      // As a runtime leaves it that was killed while it changed a pod's control group.
      const freeze = [
        'group=/sys/fs/cgroup/freezer$(sed -n s/.*:freezer://p /proc/self/cgroup)/still',
        'mkdir "$group"',
        'sleep 600 >/dev/null 2>&1 & echo $! > "$group/cgroup.procs"',
        'echo FROZEN > "$group/freezer.state"',
      ].join('; ');
      docker('exec', `${last}-control-plane`, 'sh', '-c', freeze);
      await provider.remove('s3');
      expect(docker('ps', '--all', '--quiet', '--filter', `name=${last}`)).toBe('');
    },
    SETUP_TIMEOUT_MS,
  );
});
