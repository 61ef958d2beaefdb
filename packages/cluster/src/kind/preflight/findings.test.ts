import { describe, expect, it } from 'vitest';
import type { ProgramResult } from '../run-program.ts';
import { kindOffer } from '../kind-offer.ts';
import type { PreflightAnswers } from './answers.ts';
import { offersKind, preflightFindings } from './findings.ts';
import type { PreflightFinding } from './findings.ts';

const wish = { nodeImage: 'kindest/node:v1.34.0', toolboxImage: 'podwire/toolbox:latest' };

const said = (stdout: string): ProgramResult => ({ exitCode: 0, stdout, stderr: '', end: 'exited' });
const failed = (stderr: string, stdout = ''): ProgramResult => ({
  exitCode: 1,
  stdout,
  stderr,
  end: 'exited',
});
const notFound: ProgramResult = { stdout: '', stderr: '', end: 'not-found' };

const info = {
  ServerVersion: '20.10.24+dfsg1',
  OperatingSystem: 'Debian GNU/Linux 12 (bookworm)',
  KernelVersion: '6.18.44',
  Driver: 'overlay2',
  MemTotal: 25_274_793_984,
  NCPU: 2,
  CgroupVersion: '1',
  CgroupDriver: 'cgroupfs',
  MemoryLimit: true,
  SwapLimit: true,
  CpuCfsQuota: true,
  PidsLimit: true,
};

/** A machine with all it takes, as it answered: Debian 12, Docker 20.10, a kernel without IP in IP. */
const TRIAL = `nftables\tyes
veth\tyes
bridge\tyes
vxlan\tyes
ipip\tno: Error: Unknown device type.
net/bridge/bridge-nf-call-iptables\t1
net/netfilter/nf_conntrack_max\t262144
fs/inotify/max_user_instances\t128
fs/inotify/max_user_watches\t192493
kernel/pid_max\t32768
kernel\t6.18.44
disk\t10093173145
`;
const good: PreflightAnswers = {
  platform: 'linux',
  freeMemoryBytes: 15_461_882_265,
  docker: said(JSON.stringify(info)),
  kind: said('kind v0.33.0 go1.24.4 linux/amd64\n'),
  images: {
    [wish.nodeImage]: said('sha256:d0565589e75f\n'),
    [wish.toolboxImage]: said('sha256:766461558\n'),
  },
  trial: said(TRIAL),
};

function judged(changes: Partial<PreflightAnswers>): ReadonlyMap<string, PreflightFinding> {
  return new Map(preflightFindings({ ...good, ...changes }, wish).map((each) => [each.what, each]));
}
const withInfo = (changes: Partial<typeof info> & Record<string, unknown>): Partial<PreflightAnswers> => ({
  docker: said(JSON.stringify({ ...info, ...changes })),
});
const withTrial = (name: string, saw: string): Partial<PreflightAnswers> => ({
  trial: said(TRIAL.replace(new RegExp(`^${name}\t.*$`, 'mu'), `${name}\t${saw}`)),
});

describe('what kind clusters need', () => {
  it('is found on a machine that has it, with what makes it poorer', () => {
    const findings = preflightFindings(good, wish);
    expect(offersKind(findings)).toBe(true);
    expect(findings.filter(({ state }) => state === 'limited').map(({ what }) => what)).toEqual([
      'cgroups',
      'inotify limits',
      'kernel: ipip',
    ]);
    const saw = new Map(findings.map((each) => [each.what, each.saw]));
    expect(saw.get('memory')).toBe('14.4 GiB free of 23.5 GiB: room for 10 clusters of 2 nodes');
    expect(saw.get('disk')).toBe('9.4 GiB free for Docker: room for 3 clusters');
    expect(saw.get('inotify limits')).toBe('128 instances, 192493 watches: enough for some 3 clusters');
    expect(saw.get('kind')).toBe('0.33.0');
  });

  it.each<readonly [string, Partial<PreflightAnswers>, string, RegExp, RegExp]>([
    ['Docker is not installed', { docker: notFound }, 'Docker', /not installed/u, /Install Docker/u],
    [
      'Docker does not run',
      {
        docker: failed(
          'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.',
          '{"ServerErrors":["Cannot connect"]}',
        ),
      },
      'Docker',
      /does not run/u,
      /systemctl enable --now docker/u,
    ],
    [
      'Docker Desktop does not run',
      { platform: 'darwin', docker: failed('Cannot connect to the Docker daemon') },
      'Docker',
      /does not run/u,
      /Docker Desktop/u,
    ],
    [
      'the user may not use Docker',
      {
        docker: failed(
          '',
          JSON.stringify({
            ServerErrors: ['permission denied while trying to connect to the Docker daemon socket'],
          }),
        ),
      },
      'Docker',
      /may not use it/u,
      /usermod -aG docker/u,
    ],
    [
      'Docker hangs',
      { docker: { stdout: '', stderr: '', end: 'timed-out' } },
      'Docker',
      /does not answer/u,
      /restart/u,
    ],
    ['Docker is old', withInfo({ ServerVersion: '19.03.8' }), 'Docker', /19\.03\.8/u, /20\.10 or newer/u],
    ['kind is not installed', { kind: notFound }, 'kind', /not installed/u, /Install kind/u],
    ['kind is old', { kind: said('kind v0.9.0 go1.15\n') }, 'kind', /0\.9\.0/u, /0\.20 or newer/u],
    [
      'there is no node image',
      { images: { ...good.images, [wish.nodeImage]: failed('No such image') } },
      'node image',
      /kindest\/node:v1\.34\.0 is not on this machine/u,
      /docker pull/u,
    ],
    [
      'there is no toolbox image',
      { images: { ...good.images, [wish.toolboxImage]: failed('No such image') } },
      'toolbox image',
      /not on this machine/u,
      /docker build .*infra\/images\/toolbox/u,
    ],
    [
      'memory is short',
      { freeMemoryBytes: 1_500_000_000 },
      'memory',
      /room for 0 clusters/u,
      /1 GiB is kept/u,
    ],
    ['memory can’t be bounded', withInfo({ MemoryLimit: false }), 'limits', /memory/u, /controllers/u],
    ['processes can’t be bounded', withInfo({ PidsLimit: false }), 'limits', /processes/u, /delegate/u],
    ['the disk is full', withTrial('disk', '900000000'), 'disk', /room for 0/u, /docker system prune/u],
    [
      'inotify is short',
      withTrial('fs/inotify/max_user_instances', '40'),
      'inotify limits',
      /some 0 clusters/u,
      /sysctl fs\.inotify\.max_user_instances=512/u,
    ],
    [
      'the kernel has no nftables',
      withTrial('nftables', 'no: Error: Could not process rule: Operation not supported'),
      'kernel: nftables',
      /Operation not supported/u,
      /modprobe nf_tables/u,
    ],
    [
      'the kernel has no bridges',
      withTrial('bridge', 'no: Error: Unknown device type.'),
      'kernel: bridge',
      /Unknown device/u,
      /modprobe bridge/u,
    ],
    [
      'connections are not tracked',
      withTrial('net/netfilter/nf_conntrack_max', 'none'),
      'kernel: conntrack',
      /not loaded/u,
      /modprobe nf_conntrack/u,
    ],
  ])('is missing, with its remedy, where %s', (_, changes, what, saw, remedy) => {
    const findings = judged(changes);
    expect(findings.get(what)).toMatchObject({
      state: 'absent',
      saw: expect.stringMatching(saw) as string,
      remedy: expect.stringMatching(remedy) as string,
    });
    expect(offersKind([...findings.values()])).toBe(false);
  });

  it.each<readonly [string, Partial<PreflightAnswers>, string]>([
    ['swap can’t be bounded', withInfo({ SwapLimit: false }), 'limits'],
    [
      'there is no VXLAN, which the default CNI has no use for',
      withTrial('vxlan', 'no: Unknown device type'),
      'kernel: vxlan',
    ],
    [
      'br_netfilter is not loaded',
      withTrial('net/bridge/bridge-nf-call-iptables', 'none'),
      'kernel: br_netfilter',
    ],
  ])('is there, but poorer, where %s', (_, changes, what) => {
    const findings = judged(changes);
    expect(findings.get(what)?.state).toBe('limited');
    expect(offersKind([...findings.values()])).toBe(true);
  });

  it('says that the kernel was not seen where nothing could be tried', () => {
    expect(
      judged({ trial: failed('docker: Error response from daemon: no space left on device.') }).get('disk'),
    ).toMatchObject({ state: 'limited' });
    const { platform, freeMemoryBytes, docker, kind, images } = good;
    const findings = preflightFindings({ platform, freeMemoryBytes, docker, kind, images }, wish);
    expect(findings.find(({ what }) => what === 'kernel')).toMatchObject({ state: 'absent' });
  });
});

describe('the offer of kind clusters', () => {
  it('is made where nothing is missing but memory, which is waited for', async () => {
    const findings = preflightFindings({ ...good, freeMemoryBytes: 0 }, wish);
    expect(offersKind(findings)).toBe(false);
    expect(await kindOffer(wish, () => Promise.resolve(findings))).toEqual({ ok: true });
  });

  it('names what is missing', async () => {
    const findings = preflightFindings({ ...good, docker: notFound }, wish);
    expect(await kindOffer(wish, () => Promise.resolve(findings))).toMatchObject({
      ok: false,
      because: 'This server can’t run kind clusters now. Docker: not installed.',
    });
  });
});
