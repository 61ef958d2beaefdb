import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { kindPreflight, offersKind } from '../src/index.ts';
import { kindTestOptions } from './kind-told.ts';

const { nodeImage, toolboxImage } = kindTestOptions('preflight');

describe('the preflight of kind clusters on this machine', () => {
  it('finds what the other tests of this project run with', async () => {
    const findings = await kindPreflight({ nodeImage, toolboxImage });
    expect(findings.filter(({ state, what }) => state === 'absent' && what !== 'memory')).toEqual([]);
    const what = findings.map((each) => each.what);
    for (const each of ['Docker', 'kind', 'memory', 'disk', 'cgroups', 'inotify limits', 'kernel: nftables'])
      expect(what).toContain(each);
    // Whatever is not as it should be comes with what to do about it.
    for (const { state, remedy } of findings) expect(remedy === undefined).toBe(state === 'ok');
    const left = execFileSync('docker', [
      'ps',
      '--all',
      '--quiet',
      '--filter',
      'label=io.podwire.part=preflight',
    ]);
    expect(left.toString()).toBe('');
  });

  it('misses an image that is not here, and a program', async () => {
    const findings = await kindPreflight({
      nodeImage: 'podwire/none:1',
      toolboxImage,
      kindProgram: '/nonexistent/kind',
    });
    expect(offersKind(findings)).toBe(false);
    expect(findings.filter(({ state }) => state === 'absent').map(({ what }) => what)).toEqual(
      expect.arrayContaining(['kind', 'node image']),
    );
  });
});
