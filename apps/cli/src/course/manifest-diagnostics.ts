import { createCluster, defaultConfig, rangesForNeeds } from '@podwire/kubesim';
import type { ApiTransport, ClusterConfig, SimulatedCluster } from '@podwire/kubesim';
import type { Course, Diagnostic, Lab, ManifestFile } from '@podwire/lab';
import { programs } from '@podwire/shell';
import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Document } from 'yaml';
import { createObject } from '../cluster/create-object.ts';

/** Every check of manifests begins at the same moment. */
const START_MS = Date.UTC(2026, 0, 1);
const BOOT_LIMIT_MS = 120_000;
/** As many as the parser of the course lets pass. */
const MAX_ALIASES = 50;

/**
 * Manifests under `setup/` that the API refuses, in the API's own words: a fresh cluster is asked for each lab, with the
 * addresses that the lab asks for. What is wrong with those is told elsewhere.
 */
export function manifestDiagnostics(course: Course): readonly Diagnostic[] {
  const labs = course.chapters.flatMap((chapter) => chapter.labs).filter((lab) => lab.setup.length > 0);
  const bases = new Map<string, SimulatedCluster>();
  return labs.flatMap((lab) => {
    const { podCidrs, serviceCidrs, problems } = rangesForNeeds(lab.cluster);
    if (problems.length > 0) return [];
    const key = [...podCidrs, ...serviceCidrs].join();
    const base = bases.get(key) ?? freshCluster({ podCidrs, serviceCidrs });
    bases.set(key, base);
    return diagnosticsOf(lab, base.fork() ?? base);
  });
}

function freshCluster(ranges: Pick<ClusterConfig, 'podCidrs' | 'serviceCidrs'>): SimulatedCluster {
  const config = { ...defaultConfig({ seed: 1, startMs: START_MS }), ...ranges };
  const cluster = createCluster({ config, programs });
  cluster.settle(BOOT_LIMIT_MS);
  return cluster;
}

function diagnosticsOf(lab: Lab, cluster: SimulatedCluster): readonly Diagnostic[] {
  return lab.setup.flatMap((file) => diagnosticsOfFile(lab, file, cluster));
}

function diagnosticsOfFile(lab: Lab, file: ManifestFile, cluster: SimulatedCluster): readonly Diagnostic[] {
  const lines = new LineCounter();
  const found: Diagnostic[] = [];
  const documents = parseAllDocuments(file.text, { lineCounter: lines, prettyErrors: false });
  if (!Array.isArray(documents)) return [];
  for (const document of documents) {
    // What is no YAML has been reported by the parser of the course.
    if (document.errors.length > 0 || document.contents === null || !expands(document)) continue;
    const start = document.contents.range[0];
    for (const object of objectsOf(document.toJS({ maxAliasCount: MAX_ALIASES }))) {
      const refusal = refusalOf(cluster.api, object);
      if ((object as { kind?: unknown }).kind === 'Namespace') cluster.settle(BOOT_LIMIT_MS);
      if (refusal === undefined) continue;
      const { line, col } = lines.linePos(placeOf(document, refusal) ?? start);
      found.push({
        code: 'PW0402',
        severity: 'error',
        file: `${lab.chapterId}/${lab.id}/setup/${file.path}`,
        line: Math.max(1, line),
        column: Math.max(1, col),
        message: refusal,
        remedy: 'Write what the API takes; kubectl explain tells the fields.',
      });
    }
  }
  return found;
}

/** Where the field stands that a refusal names (`spec.containers[0].image`), or as much of its path as there is. */
function placeOf(document: Document, refusal: string): number | undefined {
  const named =
    /unknown field "([^"]+)"/.exec(refusal)?.[1] ??
    /(?:^|[\s:[])([a-z]\w*(?:\[\d+\])?(?:\.\w+(?:\[\d+\])?)+): /.exec(refusal)?.[1];
  let [node, place]: [unknown, number | undefined] = [document.contents, undefined];
  for (const part of named?.split(/[.[\]]+/).filter((each) => each !== '') ?? []) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
      if (pair === undefined || !isScalar(pair.key)) break;
      [node, place] = [pair.value, pair.key.range?.[0]];
    } else if (isSeq(node)) node = node.items[Number(part)];
    else break;
  }
  return place;
}

function expands(document: Document): boolean {
  try {
    document.toJS({ maxAliasCount: MAX_ALIASES });
    return true;
  } catch {
    return false;
  }
}

function objectsOf(value: unknown): readonly unknown[] {
  const list = value as { readonly kind?: unknown; readonly items?: unknown } | null;
  return list?.kind === 'List' && Array.isArray(list.items) ? list.items : [value];
}

function refusalOf(api: ApiTransport, object: unknown): string | undefined {
  const created = createObject(api, object);
  // What is there already (the default namespace, CoreDNS's ConfigMap) is changed by a setup, not made.
  return created.ok || created.status === 409 ? undefined : created.message;
}
