import path from 'node:path';
import { parseDocument } from 'yaml';

/** What `kubectl apply -k` looks for in a folder. */
const NAMES: readonly string[] = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
const MAX_ALIASES = 50;
/** Fields that lead to other folders. */
const LEADS: readonly string[] = ['resources', 'bases', 'components'];

export type Kustomizations =
  | { readonly kind: 'none' }
  /** The folder to build; empty is the submission's own. */
  | { readonly kind: 'one'; readonly folder: string }
  | { readonly kind: 'several'; readonly folders: readonly string[] };

/** Which kustomization a submission is: the one at its top, or the only one that no other builds on (an overlay without its base). */
export function kustomizationOf(
  files: readonly { readonly path: string; readonly text: string }[],
): Kustomizations {
  const found = new Map<string, string>();
  for (const { path: name, text } of files)
    if (NAMES.includes(path.posix.basename(name))) found.set(folderOf(name), text);
  if (found.size === 0) return { kind: 'none' };
  if (found.has('')) return { kind: 'one', folder: '' };
  const used = new Set([...found].flatMap(([folder, text]) => leadsOf(folder, text)));
  const tops = [...found.keys()].filter((folder) => !used.has(folder));
  const [top] = tops;
  if (tops.length === 1 && top !== undefined) return { kind: 'one', folder: top };
  return { kind: 'several', folders: tops.length === 0 ? [...found.keys()] : tops };
}

function folderOf(name: string): string {
  const folder = path.posix.dirname(name);
  return folder === '.' ? '' : folder;
}

/** One that can't be read leads nowhere; whoever builds it says what is wrong with it. */
function leadsOf(folder: string, text: string): readonly string[] {
  let value: unknown;
  try {
    value = parseDocument(text).toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    return [];
  }
  if (typeof value !== 'object' || value === null) return [];
  const fields = value as Readonly<Record<string, unknown>>;
  return LEADS.flatMap((field) => {
    const entries = fields[field];
    return Array.isArray(entries) ? entries.filter((entry) => typeof entry === 'string') : [];
  }).map((entry) => path.posix.join(folder, entry).replace(/\/+$/u, ''));
}
