import type { Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import type { Session } from '../session.ts';
import type { Problem } from '../failure.ts';
import { buildKustomization } from '../kustomize/build.ts';
import type { FlagValues } from '../command/flag-values.ts';
import { errnoText } from '../values/errno-text.ts';
import { goQuote, goSprint } from '../values/go-text.ts';
import { baseName, extensionOf, joinPath } from '../values/path.ts';
import { attempt } from '../failure.ts';

/** What a command asks for: types, names, selectors, files. Mirrors the choices of cli-runtime's builder. */
export interface ResourceQuery {
  readonly args?: readonly string[];
  /** Names without a type are of this one: `logs web` is `logs pods/web`. */
  readonly defaultType?: string;
  /** A type alone means all of its objects. */
  readonly emptySelectorIsAll?: boolean;
  readonly filenames?: readonly string[];
  readonly kustomize?: string;
  readonly recursive?: boolean;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly selectAll?: boolean;
  readonly namespace: string;
  readonly allNamespaces?: boolean;
  /** Objects in files must be of the namespace that the user named. */
  readonly requireNamespace?: boolean;
  readonly continueOnError?: boolean;
  /** Objects from files are replaced by what the server has. */
  readonly latest?: boolean;
  readonly keepLists?: boolean;
  readonly chunkSize?: number;
  readonly accept?: string;
  readonly requestQuery?: readonly (readonly [string, string])[];
  readonly singleType?: boolean;
  readonly local?: boolean;
  readonly subresource?: string;
  /** Objects named on the command line are not fetched. */
  readonly withoutObject?: boolean;
  /** `strict`, `warn` or `ignore`: whether manifests must name their type before anything is asked. */
  readonly validation?: string;
}

/** A source of manifests whose bytes have been read. */
export interface ManifestSource {
  readonly name: string;
  readonly data: Uint8Array;
}

export interface Sources {
  readonly manifests: readonly ManifestSource[];
  /** Mistakes in what the user asked for, found before anything is visited. */
  readonly problems: readonly Problem[];
  readonly hasPaths: boolean;
  readonly singleItemImplied: boolean;
}

/** The query of the flags that most commands share. */
export function fileQuery(flags: FlagValues): Pick<ResourceQuery, 'filenames' | 'kustomize' | 'recursive'> {
  return {
    filenames: flags.listIfAny('filename'),
    kustomize: flags.textIfAny('kustomize'),
    recursive: flags.toggleIfAny('recursive'),
  };
}

export function namespaceQuery({
  session,
}: Invocation): Pick<ResourceQuery, 'namespace' | 'requireNamespace'> {
  return { namespace: session.namespace(), requireNamespace: session.namespaceIsExplicit() };
}

const MANIFEST_EXTENSIONS = ['.json', '.yaml', '.yml'];
/** Directories below directories are followed this deep: loops of links end there. */
const MAX_DEPTH_DIRECTORIES = 32;

const plain = (message: string): Problem => ({ kind: 'plain', message });

/** Reads every file, directory and standard input that the query names. */
export function* readSources(session: Session, query: ResourceQuery): Step<Sources> {
  const filenames = query.filenames ?? [];
  const kustomize = query.kustomize ?? '';
  const problems: Problem[] = [];
  const manifests: ManifestSource[] = [];
  if (filenames.length > 0 && kustomize !== '') problems.push(plain('only one of -f or -k can be specified'));
  if (kustomize !== '' && query.recursive === true)
    problems.push(plain("the -k flag can't be used with -f or -R"));
  if (problems.length > 0) return { manifests, problems, hasPaths: true, singleItemImplied: false };
  let usesInput = false;
  for (const filename of filenames) {
    if (filename === '-') {
      if (usesInput) {
        problems.push(plain('standard input cannot be used for multiple arguments'));
        continue;
      }
      usesInput = true;
      manifests.push({ name: 'STDIN', data: yield* session.readInput() });
    } else if (/^https?:\/\//.test(filename)) {
      const host = filename.replace(/^https?:\/\//, '').replace(/[/:].*$/, '');
      problems.push(plain(`Get ${goQuote(filename)}: dial tcp: lookup ${host}: no such host`));
    } else {
      for (const path of expandPattern(session, filename))
        readPath(session, path, query.recursive === true, manifests, problems);
    }
  }
  if (kustomize !== '') {
    const built = attempt(() => buildKustomization(session, kustomize));
    if (built.ok) manifests.push({ name: kustomize, data: new TextEncoder().encode(built.value) });
    else problems.push(built.problem);
  }
  const hasPaths = filenames.length > 0 || kustomize !== '';
  return {
    manifests,
    problems,
    hasPaths,
    singleItemImplied: hasPaths && !usesInput && manifests.length === 1,
  };
}

/** Shell patterns that the shell left alone, in the last element of the path. */
function expandPattern(session: Session, pattern: string): readonly string[] {
  if (session.process.fs.stat(session.path(pattern)).ok || !/[*?[]/.test(pattern)) return [pattern];
  const slash = pattern.lastIndexOf('/');
  const directory = slash < 0 ? '.' : pattern.slice(0, slash) || '/';
  const listed = session.process.fs.list(session.path(directory));
  const source = baseName(pattern)
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  let expression: RegExp;
  try {
    expression = new RegExp(`^${source}$`);
  } catch {
    return [pattern];
  }
  const matches = listed.ok ? listed.value.filter((name) => expression.test(name)).sort() : [];
  return matches.length === 0
    ? [pattern]
    : matches.map((name) => (slash < 0 ? name : joinPath(directory, name)));
}

function readPath(
  session: Session,
  path: string,
  recursive: boolean,
  manifests: ManifestSource[],
  problems: Problem[],
): void {
  const found = session.process.fs.stat(session.path(path));
  if (!found.ok) {
    problems.push(
      plain(
        found.errno === 'ENOENT'
          ? `the path ${goQuote(path)} does not exist`
          : `the path ${goQuote(path)} cannot be accessed: stat ${path}: ${errnoText(found.errno)}`,
      ),
    );
    return;
  }
  const before = manifests.length;
  walk(session, path, path, recursive, manifests, problems, 0);
  if (manifests.length === before && problems.length === 0) {
    problems.push(
      plain(
        `error reading ${goSprint([path])}: recognized file extensions are ${goSprint(MANIFEST_EXTENSIONS)}`,
      ),
    );
  }
}

function walk(
  session: Session,
  root: string,
  path: string,
  recursive: boolean,
  manifests: ManifestSource[],
  problems: Problem[],
  depth: number,
): void {
  const { fs } = session.process;
  const found = fs.stat(session.path(path));
  if (!found.ok || depth > MAX_DEPTH_DIRECTORIES) return;
  if (found.value.kind === 'directory') {
    if (path !== root && !recursive) return;
    const listed = fs.list(session.path(path));
    if (!listed.ok) return;
    for (const name of [...listed.value].sort())
      walk(session, root, joinPath(path, name), recursive, manifests, problems, depth + 1);
    return;
  }
  if (path !== root && !MANIFEST_EXTENSIONS.includes(extensionOf(path))) return;
  const read = fs.readFile(session.path(path));
  if (read.ok) manifests.push({ name: path, data: read.value });
  else problems.push(plain(`open ${path}: ${errnoText(read.errno)}`));
}
