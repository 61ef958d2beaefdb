import type { ObjectStore, StoredObject } from '../../store/store.ts';
import { BUILT_IN_VERSIONS, catalog, findResource } from '../resources/catalog.ts';
import type { Resource } from '../resources/resource.ts';
import { compareVersions, kindsOf } from './kind.ts';
import { DEFINITIONS } from './schema.ts';

export interface ServedGroup {
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly string[];
}

const BUILT_IN: readonly ServedGroup[] = [...new Set(BUILT_IN_VERSIONS.map(({ group }) => group))].map(
  (name) => ({
    name,
    versions: BUILT_IN_VERSIONS.filter(({ group }) => group === name).map(({ version }) => version),
  }),
);

/** All kinds that a cluster serves at the moment: those it is built with, and those that definitions add. */
export class ServedKinds {
  readonly #store: ObjectStore;
  #definitions: readonly StoredObject[] = [];
  #custom: readonly Resource[] = [];
  #byPath = new Map<string, Resource>();
  #groups: readonly ServedGroup[] = BUILT_IN;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  find(group: string, version: string, resource: string): Resource | undefined {
    const known = findResource(group, resource, version);
    if (known !== undefined) return known;
    this.#refresh();
    return this.#byPath.get(`${group}/${version}/${resource}`);
  }

  /** Kinds that definitions add, one a version. */
  custom(): readonly Resource[] {
    this.#refresh();
    return this.#custom;
  }

  all(): readonly Resource[] {
    const custom = this.custom();
    return custom.length === 0 ? catalog : [...catalog, ...custom];
  }

  of(group: string, version: string): readonly Resource[] {
    return this.all().filter((resource) => resource.group === group && resource.version === version);
  }

  groups(): readonly ServedGroup[] {
    this.#refresh();
    return this.#groups;
  }

  serves(group: string, version: string): boolean {
    return this.groups().some((each) => each.name === group && each.versions.includes(version));
  }

  #refresh(): void {
    const definitions = this.#store.list(DEFINITIONS).objects;
    const known = this.#definitions;
    if (definitions.length === known.length && definitions.every((each, index) => each === known[index]))
      return;
    this.#definitions = definitions;
    this.#custom = definitions.flatMap(kindsOf);
    this.#byPath = new Map(
      this.#custom.map((resource) => [
        `${resource.group}/${resource.version}/${resource.resource}`,
        resource,
      ]),
    );
    const versions = new Map<string, Set<string>>();
    for (const { group, version } of this.#custom)
      versions.set(group, (versions.get(group) ?? new Set()).add(version));
    const added = [...versions.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    this.#groups = [
      ...BUILT_IN,
      ...added.map(([name, names]) => ({ name, versions: [...names].sort(compareVersions) })),
    ];
  }
}
