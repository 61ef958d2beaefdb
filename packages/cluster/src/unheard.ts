import type { ClusterListener } from './port.ts';

/** For clusters that nobody watches: what they tell goes nowhere. */
export const unheard: ClusterListener = {
  onJournal: () => undefined,
  onClock: () => undefined,
  onTerminalOutput: () => undefined,
  onTerminalExit: () => undefined,
  onTopologySnapshot: () => undefined,
  onTopologyChanges: () => undefined,
  onPackets: () => undefined,
  onEnd: () => undefined,
};
