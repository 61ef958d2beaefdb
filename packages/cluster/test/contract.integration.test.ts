import { SimulatedProvider } from '../src/index.ts';
import { describeBackend } from './contract.ts';

describeBackend({
  name: 'simulated',
  open: () => Promise.resolve(new SimulatedProvider({ workers: 1, maxClusters: 4 })),
  tellsProgress: false,
  outlivesProcess: false,
  hasStty: false,
  withdrawAfterMs: [1],
  leftBehind: () => [],
  startTimeoutMs: 60_000,
});
