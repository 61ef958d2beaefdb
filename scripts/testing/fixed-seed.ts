import fc from 'fast-check';

// A suite that draws other cases each time fails for whoever comes along, not for whoever broke it.
const DEFAULT_SEED = 20_260_101;

const asked = process.env['FUZZ_SEED'];
if (asked !== 'random') {
  const seed = Number(asked ?? DEFAULT_SEED);
  if (!Number.isInteger(seed)) throw new Error(`FUZZ_SEED is a whole number or "random", not "${asked}".`);
  fc.configureGlobal({ seed });
}
