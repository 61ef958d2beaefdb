export { gradeTask } from './grade.ts';
export type { GradeOptions, TaskGrade } from './grade.ts';
export type { Answers } from './answer-check.ts';
export type { FetchRequest, FetchResult, GradingCluster } from './cluster.ts';
export { firstDifference } from './match.ts';
export type { Difference } from './match.ts';
