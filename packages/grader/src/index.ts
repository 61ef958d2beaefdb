export { gradeTask } from './grade.ts';
export type { GradeOptions, TaskGrade } from './grade.ts';
export type { Answers } from './answer-check.ts';
export type {
  Answer,
  CommandRequest,
  CommandResult,
  FetchRequest,
  FetchResult,
  FileRequest,
  FileResult,
  GradingCluster,
  HoldRequest,
  HoldResult,
  LookUpRequest,
  LookUpResult,
  ManifestsResult,
  ShownCertificate,
} from './cluster.ts';
export { firstDifference } from './match.ts';
export type { Difference } from './match.ts';
export { comparePolicies } from './policies/compare.ts';
export type { PolicyDifference } from './policies/compare.ts';
export type { PolicyScene } from './policies/view.ts';
export { answerLooks, lookRecorder, recordOf, replayedCluster, replayVerdict } from './evidence.ts';
export { scoreAfterHints } from './hint-cost.ts';
export type { Look, LookRecorder, ReplayOutcome, VerdictRecord } from './evidence.ts';
export { readManifestFiles } from './manifests.ts';
