import { SCRIPTS } from './kubectl-differential/scripts/index.ts';
import { comparesWithKubectl } from './kubectl-differential/suite.ts';

comparesWithKubectl('our kubectl and the real kubectl 1.34 on the same cluster', SCRIPTS);
