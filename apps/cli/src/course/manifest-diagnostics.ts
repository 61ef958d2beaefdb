import type { Course, Diagnostic } from '@podwire/lab';

/** Manifests that the API would refuse. */
export function manifestDiagnostics(_course: Course): readonly Diagnostic[] {
  return [];
}
