import type { Simulation } from '@podwire/sim';
import type { ClusterConfig } from '../../config.ts';
import type { ObjectStore } from '../../store/store.ts';
import type { ServedKinds } from '../custom/served.ts';
import type { ApiRequest } from '../http.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../resources/resource.ts';
import type { NodeOperations } from '../server.ts';
import type { Tokens } from '../tokens.ts';

/** What request handlers work with. */
export interface ServerParts {
  readonly registry: Registry;
  readonly store: ObjectStore;
  readonly served: ServedKinds;
  readonly simulation: Simulation;
  readonly config: ClusterConfig;
  readonly nodeOps: NodeOperations;
  readonly tokens: Tokens;
  readonly isServing: () => boolean;
  readonly hasStorage: () => boolean;
}

/** A request that names a resource, taken apart. */
export interface Scope {
  readonly request: ApiRequest;
  readonly query: Query;
  readonly resource: Resource;
  readonly namespace: string | undefined;
  /** '' for collections. */
  readonly name: string;
  readonly subresource: string;
}

export class Query {
  readonly #pairs: ApiRequest['query'];

  constructor(pairs: ApiRequest['query']) {
    this.#pairs = pairs;
  }

  /** The first value of a parameter; '' when it is missing. */
  get(name: string): string {
    return this.#pairs.find(([key]) => key === name)?.[1] ?? '';
  }

  all(name: string): readonly string[] {
    return this.#pairs.filter(([key]) => key === name).map(([, value]) => value);
  }

  /** As Go's query conversion: present and not `false` or `0`. */
  flag(name: string): boolean {
    const value = this.#pairs.find(([key]) => key === name)?.[1];
    return value !== undefined && value.toLowerCase() !== 'false' && value !== '0';
  }

  has(name: string): boolean {
    return this.#pairs.some(([key]) => key === name);
  }
}

/** What a path asks for. */
export type Route =
  | {
      readonly kind: 'resource';
      readonly group: string;
      readonly version: string;
      readonly resource: string;
      readonly namespace: string | undefined;
      readonly name: string;
      readonly subresource: string;
      readonly rest: string;
    }
  | { readonly kind: 'other'; readonly segments: readonly string[] }
  | { readonly kind: 'malformed' };

/** No API path has more parts, but for those below a proxy. */
const MAX_SEGMENTS = 64;

export function parseRoute(path: string): Route {
  let segments: string[];
  try {
    segments = path
      .split('/')
      .filter((part) => part !== '')
      .map((part) => decodeURIComponent(part));
  } catch {
    return { kind: 'malformed' };
  }
  if (segments.length > MAX_SEGMENTS) return { kind: 'malformed' };
  const [root] = segments;
  const core = root === 'api' && segments.length >= 3;
  const grouped = root === 'apis' && segments.length >= 4;
  if (!core && !grouped) return { kind: 'other', segments };
  const group = core ? '' : (segments[1] ?? '');
  const version = (core ? segments[1] : segments[2]) ?? '';
  const rest = segments.slice(core ? 2 : 3);
  const base = { kind: 'resource', group, version } as const;
  if (
    rest[0] === 'namespaces' &&
    rest.length >= 3 &&
    !(rest.length === 3 && (rest[2] === 'status' || rest[2] === 'finalize') && group === '')
  ) {
    const [, namespace = '', resource = '', name = '', subresource = '', ...more] = rest;
    return { ...base, namespace, resource, name, subresource, rest: more.join('/') };
  }
  const [resource = '', name = '', subresource = '', ...more] = rest;
  return { ...base, namespace: undefined, resource, name, subresource, rest: more.join('/') };
}
