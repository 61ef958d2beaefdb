import { describe, expect, it } from 'vitest';
import { Stepper, StepTimes, stepOfLine } from './progress.ts';

describe('what kind says while it works', () => {
  it.each([
    [' • Ensuring node image (kindest/node:v1.34.4) 🖼  ...', 'node-image'],
    [' • Preparing nodes 📦 📦   ...', 'nodes'],
    [' • Writing configuration 📜  ...', 'configuration'],
    [' • Starting control-plane 🕹️  ...', 'control-plane'],
    [' • Installing CNI 🔌  ...', 'cni'],
    [' • Installing StorageClass 💾  ...', 'storage'],
    [' • Joining worker nodes 🚜  ...', 'workers'],
    [' ✓ Preparing nodes 📦 📦 ', undefined],
    [' ✗ Starting control-plane 🕹️', undefined],
    ['Creating cluster "x" ...', undefined],
  ])('%j', (line, step) => expect(stepOfLine(line)).toBe(step));
});

describe('expected times', () => {
  it('are unknown before the first run of a shape', () => {
    expect(new StepTimes().remainingMs('2 nodes', 'nodes')).toBeUndefined();
  });

  it('sum what is still ahead', () => {
    const times = new StepTimes();
    times.record('2 nodes', 'nodes', 4_000);
    times.record('2 nodes', 'control-plane', 10_000);
    times.record('2 nodes', 'setup', 1_000);
    expect(times.remainingMs('2 nodes', 'nodes')).toBe(15_000);
    expect(times.remainingMs('2 nodes', 'cni')).toBe(1_000);
  });

  it('are unknown where only what lies behind was measured', () => {
    const times = new StepTimes();
    times.record('2 nodes', 'nodes', 4_000);
    expect(times.remainingMs('2 nodes', 'setup')).toBeUndefined();
  });

  it('follow what is measured, one run by a part only', () => {
    const times = new StepTimes();
    times.record('1 node', 'nodes', 1_000);
    times.record('1 node', 'nodes', 11_000);
    expect(times.remainingMs('1 node', 'nodes')).toBe(4_000);
  });

  it('remember no more shapes than they may', () => {
    const times = new StepTimes(1);
    times.record('a', 'nodes', 1);
    times.record('b', 'nodes', 1);
    expect(times.remainingMs('b', 'nodes')).toBeUndefined();
  });

  it('are those of starts that came to their end', () => {
    const times = new StepTimes();
    const tell = (): void => undefined;
    const failed = new Stepper('1 node', times, tell);
    failed.begin('network');
    failed.begin('nodes');
    expect(times.remainingMs('1 node', 'network')).toBeUndefined();
    const whole = new Stepper('1 node', times, tell);
    whole.begin('network');
    whole.begin('nodes');
    whole.finish();
    expect(times.remainingMs('1 node', 'network')).toBeGreaterThanOrEqual(0);
  });
});
