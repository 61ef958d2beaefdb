import { fail } from '../failure.ts';
import type { Session } from '../session.ts';

export function buildKustomization(_session: Session, directory: string): string {
  return fail(`kustomization in ${directory} is not modelled yet`);
}
