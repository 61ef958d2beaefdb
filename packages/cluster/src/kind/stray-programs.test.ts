import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { platform } from 'node:os';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { CLUSTER_VARIABLE, endStrayPrograms } from './stray-programs.ts';

describe.skipIf(platform() !== 'linux')('programs left at work for a cluster', () => {
  it('are ended with those they began, and others are not', async () => {
    const cluster = `podwire-stray${process.pid}-s1`;
    const begin = (name: string): ReturnType<typeof spawn> =>
      // The shell's child bears the name too.
      spawn('sh', ['-c', 'sleep 60 & echo begun; wait'], {
        env: { ...process.env, [CLUSTER_VARIABLE]: name },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    const ours = begin(cluster);
    const other = begin(`${cluster}0`);
    for (const { stdout } of [ours, other]) if (stdout !== null) await once(stdout, 'data');
    expect(await endStrayPrograms(cluster)).toBe(2);
    if (ours.signalCode === null) await once(ours, 'exit');
    expect(ours.signalCode).toBe('SIGKILL');
    expect(other.exitCode).toBeNull();
    expect(await endStrayPrograms(`${cluster}0`)).toBe(2);
    expect(await endStrayPrograms(cluster)).toBe(0);
  });
});
