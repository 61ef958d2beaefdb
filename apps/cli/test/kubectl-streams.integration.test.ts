import { comparesWithKubectl } from '../../../packages/cluster/test/kubectl-differential/suite.ts';
import { StreamUpgrades } from '../src/serve/stream-upgrades.ts';
import { STREAM_SCRIPTS } from './kubectl-streams/scripts.ts';

comparesWithKubectl(
  'our kubectl and the real one, over streams',
  STREAM_SCRIPTS,
  (context) => new StreamUpgrades(context),
);
