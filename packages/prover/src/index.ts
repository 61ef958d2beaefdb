export { proveLab } from './prove.ts';
export type { ProofStage, ProveOptions } from './prove.ts';
export { scoreOf } from './finding.ts';
export type { Finding, LabProof, MutationScore } from './finding.ts';
export type { BootOutcome, ProvingCluster, ProvingGround, ScriptOutcome } from './proving-ground.ts';
export { scriptParts } from './script-parts.ts';
export { Sealing } from './sealed/sealing.ts';
export type { SealedGrade, SealedRequest } from './sealed/sealing.ts';
export type { SealedSubmission } from './sealed/submission.ts';
