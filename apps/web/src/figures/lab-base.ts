import { defaultParameters, instantiate } from '@podwire/lab';
import type { Lab } from '@podwire/lab';
import { parseAllDocuments } from 'yaml';
import { BARE_BASE } from './cluster-base.ts';
import type { FigureBase, Manifest } from './cluster-base.ts';
import { deliveredBaseSchema } from './delivered-base.ts';
import type { DeliveredBase } from './delivered-base.ts';

/** Aliases that one manifest may expand to. */
const MAX_ALIASES = 50;

const known = new WeakMap<Lab, FigureBase>();

/** What figures of this lab begin with: its setup as learners get it, its parameters at their defaults. */
export function baseOf(lab: Lab | undefined): FigureBase {
  if (lab === undefined) return BARE_BASE;
  const before = known.get(lab);
  if (before !== undefined) return before;
  const setup = instantiate(lab, defaultParameters(lab)).setup.map(({ path, text }) => ({
    where: path,
    objects: manifestsIn(text),
  }));
  const base = { key: `${lab.id} ${lab.digest}`, needs: lab.cluster, setup };
  known.set(lab, base);
  return base;
}

/** The objects of a text of YAML, without its comments: what the API gets of it. */
export function manifestsIn(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (!('toJS' in document)) return [];
    const value = document.toJS({ maxAliasCount: MAX_ALIASES }) as Manifest | null;
    return value === null ? [] : [value];
  });
}

/**
 * The same for a browser: objects and needs, and nothing else of the lab. Comments and names of files are the
 * author's; a learner could not read them on their cluster.
 */
export function deliveredBase(lab: Lab): DeliveredBase {
  const { key, needs, setup } = baseOf(lab);
  return deliveredBaseSchema.parse({ key, needs, setup: setup.flatMap(({ objects }) => objects) });
}

/** The labs that packets of this page are sent in: those are delivered, and no others. `own`: the page's lab. */
export function labsOfPackets(page: unknown, own: string | undefined): ReadonlySet<string> {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (isPacketFigure(value)) {
      const lab = value.attributes?.['lab'] ?? own;
      if (lab !== undefined) found.add(lab);
    }
    Object.values(value).forEach(look);
  };
  look(page);
  return found;
}

function isPacketFigure(
  value: object,
): value is { readonly attributes?: Readonly<Record<string, string | null | undefined>> | null } {
  if (!('type' in value && 'name' in value && value.name === 'packet')) return false;
  return value.type === 'leafDirective' || value.type === 'containerDirective';
}
