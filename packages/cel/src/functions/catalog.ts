import { collectionLibrary } from './collections.ts';
import { formatLibrary } from './formats.ts';
import type { CelFunction, Library } from './function.ts';
import { addressLibrary } from './addresses.ts';
import { quantityLibrary } from './quantities.ts';
import { semverLibrary } from './semver.ts';
import { standardLibrary } from './standard.ts';
import { textLibrary } from './text.ts';
import { urlLibrary } from './urls.ts';

/** The libraries of Kubernetes 1.34 (k8s.io/apiserver pkg/cel/environment). The authorizer is not among them: it cannot be asked here. */
const LIBRARIES: readonly Library[] = [
  standardLibrary,
  textLibrary,
  collectionLibrary,
  quantityLibrary,
  addressLibrary,
  urlLibrary,
  formatLibrary,
  semverLibrary,
];

const GLOBALS = new Map(LIBRARIES.flatMap((library) => Object.entries(library.globals)));
/** A name may be a member of several types: each implementation refuses what is not its own. */
const MEMBERS = new Map<string, CelFunction[]>();
for (const library of LIBRARIES)
  for (const [name, implementation] of Object.entries(library.members))
    MEMBERS.set(name, [...(MEMBERS.get(name) ?? []), implementation]);

export function isFunction(name: string): boolean {
  return GLOBALS.has(name);
}

export function functionNamed(name: string, member: boolean): CelFunction | undefined {
  if (!member) return GLOBALS.get(name);
  const candidates = MEMBERS.get(name);
  if (candidates === undefined) return undefined;
  const [only] = candidates;
  if (candidates.length === 1) return only;
  return (args, meter) => {
    let last: unknown;
    for (const candidate of candidates) {
      try {
        return candidate(args, meter);
      } catch (error) {
        if (!(error instanceof Error) || error.message !== 'no such overload') throw error;
        last = error;
      }
    }
    throw last;
  };
}
