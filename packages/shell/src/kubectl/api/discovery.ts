import { Failure, fail } from '../failure.ts';
import { goQuote } from '../values/go-text.ts';
import { flagAt, isObject, objectsAt, textAt, textsAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { pathSegment } from './api.ts';
import type { Api } from './api.ts';

/** A resource type that the server offers, in one version. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  /** Plural, as in paths: `pods`. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
}

export interface ApiGroupVersion {
  readonly group: string;
  readonly version: string;
  readonly types: readonly ResourceType[];
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

export function apiVersionOf(type: { readonly group: string; readonly version: string }): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** `deployments.apps`, `pods`. */
export function groupResourceOf(type: ResourceType): string {
  return type.group === '' ? type.resource : `${type.resource}.${type.group}`;
}

/** `deployment.apps`, `pod`: how success messages name an object's type. */
export function groupKindName(kind: string, group: string): string {
  return group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
}

export function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** The path of a collection, or of one object in it. */
export function resourcePath(
  type: ResourceType,
  namespace: string,
  name?: string,
  subresource?: string,
): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const scope = type.namespaced && namespace !== '' ? `/namespaces/${pathSegment(namespace)}` : '';
  const tail =
    (name === undefined ? '' : `/${pathSegment(name)}`) +
    (subresource === undefined || subresource === '' ? '' : `/${subresource}`);
  return `${root}${scope}/${type.resource}${tail}`;
}

/** What the server offers, asked once per run. The server's order is the order of priority. */
export class Discovery {
  readonly api: Api;
  private known: readonly ApiGroupVersion[] | undefined;

  constructor(api: Api) {
    this.api = api;
  }

  /** Group versions, the preferred version of each group first. */
  groupVersions(): readonly ApiGroupVersion[] {
    this.known ??= [...this.read('/api'), ...this.read('/apis')];
    return this.known;
  }

  types(): readonly ResourceType[] {
    return this.groupVersions().flatMap((each) => each.types);
  }

  private read(path: '/api' | '/apis'): readonly ApiGroupVersion[] {
    const answer = this.api.call('GET', path, { accept: AGGREGATED });
    if (textAt(answer, 'kind') === 'APIGroupDiscoveryList')
      return objectsAt(answer, 'items').flatMap(readAggregated);
    if (path === '/api')
      return textsAt(answer, 'versions').map((version) => this.readLegacy('', version, `/api/${version}`));
    return objectsAt(answer, 'groups').flatMap((group) =>
      objectsAt(group, 'versions').map((version) => {
        const name = textAt(group, 'name');
        return this.readLegacy(name, textAt(version, 'version'), `/apis/${textAt(version, 'groupVersion')}`);
      }),
    );
  }

  private readLegacy(group: string, version: string, path: string): ApiGroupVersion {
    const reply = this.api.send('GET', path);
    const resources = reply.ok ? objectsAt(reply.object, 'resources') : [];
    const types = resources
      .filter((resource) => !textAt(resource, 'name').includes('/'))
      .map((resource) =>
        typeOf(resource, group, version, textAt(resource, 'name'), flagAt(resource, 'namespaced') === true, {
          kind: textAt(resource, 'kind'),
          singular: textAt(resource, 'singularName'),
          subresources: resources.flatMap((other) => {
            const name = textAt(other, 'name');
            const prefix = `${textAt(resource, 'name')}/`;
            return name.startsWith(prefix) ? [name.slice(prefix.length)] : [];
          }),
        }),
      );
    return { group, version, types };
  }

  /** The type that a word on the command line means: `po`, `pods`, `deployments.apps`, `deployments.v1.apps`, `Pod`. */
  find(word: string): ResourceType | undefined {
    const dots = word.split('.');
    const [resource = ''] = dots;
    if (dots.length >= 3) {
      const exact = this.match(resource, dots.slice(2).join('.'), dots[1]);
      if (exact !== undefined) return exact;
    }
    return this.match(resource, dots.slice(1).join('.'), undefined);
  }

  /** As `find`, but a word that means nothing ends the command. */
  require(word: string): ResourceType {
    const found = this.find(word);
    return found ?? fail(`the server doesn't have a resource type ${goQuote(word.split('.')[0] ?? '')}`);
  }

  /** As `require`, for commands that look the word up by themselves and say it without `error: `. */
  expect(word: string): ResourceType {
    const found = this.find(word);
    if (found !== undefined) return found;
    const message = `the server doesn't have a resource type ${goQuote(word.split('.')[0] ?? '')}`;
    throw new Failure({ kind: 'no-resource', message });
  }

  private match(word: string, group: string, version: string | undefined): ResourceType | undefined {
    if (word === '') return undefined;
    const types = this.types();
    const inGroup = (type: ResourceType): boolean => group === '' || type.group === group;
    const byName = (candidates: readonly ResourceType[], name: string): ResourceType | undefined =>
      candidates.find(
        (type) =>
          (type.resource === name || type.singular === name) &&
          (version === undefined || type.version === version),
      );
    const isFullName = types.some(
      (type) => inGroup(type) && (type.resource === word || type.singular === word),
    );
    const short = isFullName
      ? undefined
      : types.find((type) => inGroup(type) && type.shortNames.includes(word));
    const name = (short?.resource ?? word).toLowerCase();
    const wanted = short === undefined ? group : short.group;
    const exact = byName(
      types.filter((type) => (wanted === '' && short === undefined) || type.group === wanted),
      name,
    );
    if (exact !== undefined || group === '') return exact;
    // A group may be cut short, as long as no group has exactly that name: `deploy.app`.
    const prefixed = types.filter((type) => type.group.startsWith(group));
    const expanded = prefixed.find((type) => type.shortNames.includes(word))?.resource ?? name;
    return byName(prefixed, expanded);
  }

  /** The type of a manifest's apiVersion and kind. */
  forKind(kind: string, apiVersion: string): ResourceType | undefined {
    const { group, version } = splitApiVersion(apiVersion);
    return this.types().find(
      (type) => type.group === group && type.version === version && type.kind === kind,
    );
  }

  /** Members of a category such as `all`. */
  inCategory(word: string): readonly ResourceType[] {
    const seen = new Set<string>();
    return this.types().filter((type) => {
      const name = groupResourceOf(type);
      if (!type.categories.includes(word) || seen.has(name)) return false;
      seen.add(name);
      return true;
    });
  }
}

interface Naming {
  readonly kind: string;
  readonly singular: string;
  readonly subresources: readonly string[];
}

function typeOf(
  source: JsonObject,
  group: string,
  version: string,
  resource: string,
  namespaced: boolean,
  naming: Naming,
): ResourceType {
  return {
    group,
    version,
    resource,
    singular: naming.singular === '' ? naming.kind.toLowerCase() : naming.singular,
    kind: naming.kind,
    namespaced,
    shortNames: textsAt(source, 'shortNames'),
    categories: textsAt(source, 'categories'),
    verbs: textsAt(source, 'verbs'),
    subresources: naming.subresources,
  };
}

function readAggregated(item: JsonObject): readonly ApiGroupVersion[] {
  const group = textAt(item, 'metadata', 'name');
  return objectsAt(item, 'versions').map((entry) => {
    const version = textAt(entry, 'version');
    const types = objectsAt(entry, 'resources')
      // Parents of nothing but subresources carry no kind of their own.
      .filter(
        (resource) => isObject(resource['responseKind']) && textAt(resource, 'responseKind', 'kind') !== '',
      )
      .map((resource) =>
        typeOf(
          resource,
          group,
          version,
          textAt(resource, 'resource'),
          textAt(resource, 'scope') === 'Namespaced',
          {
            kind: textAt(resource, 'responseKind', 'kind'),
            singular: textAt(resource, 'singularResource'),
            subresources: objectsAt(resource, 'subresources').map((sub) => textAt(sub, 'subresource')),
          },
        ),
      );
    return { group, version, types };
  });
}
