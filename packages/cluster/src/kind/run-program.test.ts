import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { runProgram } from './run-program.ts';

const node = (script: string, options: Partial<Parameters<typeof runProgram>[2]> = {}) =>
  runProgram(process.execPath, ['-e', script], { timeoutMs: 20_000, ...options });

describe('a program', () => {
  it('gives its exit code and both streams', async () => {
    expect(await node('console.log("out"); console.error("err"); process.exitCode = 3')).toEqual({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
      end: 'exited',
    });
  });

  it('reads its input', async () => {
    expect((await node('process.stdin.pipe(process.stdout)', { input: 'given' })).stdout).toBe('given');
  });

  it('tells its lines as they come', async () => {
    const lines: string[] = [];
    await node('console.error("one"); console.error("two")', { onLine: (line) => lines.push(line) });
    expect(lines).toEqual(['one', 'two']);
  });

  it('keeps the end of what is too long', async () => {
    const { stdout } = await node('process.stdout.write("x".repeat(200000) + "end")');
    expect(stdout).toHaveLength(65_536);
    expect(stdout.endsWith('end')).toBe(true);
  });

  it('is said to be missing when it is', async () => {
    expect(await runProgram('podwire-has-no-such-program', [], { timeoutMs: 1_000 })).toMatchObject({
      end: 'not-found',
    });
  });

  it('ends when its caller gives up, even if it will not', async () => {
    const abort = new AbortController();
    const result = node(
      'process.on("SIGTERM", () => process.exit(0)); console.error("up"); setInterval(() => 0, 1e6)',
      {
        signal: abort.signal,
        onLine: () => abort.abort(),
      },
    );
    expect((await result).end).toBe('aborted');
  });

  it('is not started when its caller gave up before', async () => {
    expect((await node('', { signal: AbortSignal.abort() })).end).toBe('aborted');
  });

  it('ends when its time is over', async () => {
    expect((await node('setInterval(() => 0, 1e6)', { timeoutMs: 300 })).end).toBe('timed-out');
  });
});
