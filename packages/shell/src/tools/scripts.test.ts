import { describe, expect, it } from 'vitest';
import { TOOL_SCRIPTS } from '../../test/tool-scripts.ts';
import { newBench } from '../testing/bench.ts';

describe('the everyday tools do as GNU’s do', () => {
  it.each(TOOL_SCRIPTS)('$script', ({ script, stdout, stderr, code }) => {
    expect(newBench().bash(script)).toEqual({ stdout, stderr, code });
  });
});
