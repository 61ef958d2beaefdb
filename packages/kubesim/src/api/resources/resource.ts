import type { StoredObject } from '../../store/store.ts';
import type { Shape } from '../apply/typed.ts';
import type { CustomSchema, ScalePaths } from '../custom/schema.ts';
import type { Json } from '../json.ts';
import type { Decoded } from '../schema/decode.ts';
import type { ClusterConfig } from '../../config.ts';
import type { UserInfo } from '../http.ts';
import type { Failure } from '../status.ts';
import type { FieldErrors } from '../validation/field-errors.ts';
import type { NameFormat } from '../validation/names.ts';

/** What the strategies of a kind may know of the world. Reading only. */
export interface ResourceContext {
  readonly nowMs: number;
  readonly config: ClusterConfig;
  readonly user: UserInfo;
  /** Nothing will be written: what is given out is looked at less closely, as by the real server. */
  readonly dryRun: boolean;
  get(table: string, key: string): StoredObject | undefined;
  list(table: string, prefix?: string): readonly StoredObject[];
  randomInt(bound: number): number;
  randomName(length: number): string;
}

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date' | 'boolean' | 'number';
  readonly format?: string;
  /** 0: always shown. 1: with `-o wide`. */
  readonly priority: 0 | 1;
  readonly description: string;
}

export type Cell = string | number | boolean | null;

export interface Printer<Object> {
  readonly columns: readonly Column[];
  readonly cells: (object: Object, nowMs: number) => readonly Cell[];
  /** In which order the rows of a list stand; as the store has them when absent. */
  readonly order?: (left: Object, right: Object) => number;
  /** Row conditions: finished pods are marked Completed. */
  readonly completed?: (object: Object) => { readonly reason: string; readonly message: string } | undefined;
}

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

type StatusKept = 'annotations' | 'finalizers' | 'labels' | 'ownerReferences';

/** metav1.ResetObjectMetaForStatus. */
export const ALL_METADATA: readonly StatusKept[] = ['annotations', 'finalizers', 'labels', 'ownerReferences'];

/** One kind as the API serves it: the strategy that upstream's registry has for it. */
export interface Resource<Object extends object = StoredObject> {
  /** '' for core. */
  readonly group: string;
  readonly version: string;
  /** Plural: `pods`. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  /** Name in the field tables. */
  readonly schema: string;
  /** The store's table; kinds that are views of each other share one. */
  readonly table: string;
  readonly nameFormat: NameFormat;
  /** Has a status that its subresource alone may write. */
  readonly status: boolean;
  /** Metadata that a write of the status cannot change. Without it that is none, as in most strategies upstream (API18). */
  readonly statusKeeps?: readonly StatusKept[];
  /** `metadata.generation` counts changes of everything but metadata and status. */
  readonly generation: boolean;
  /** Other changes that count. */
  readonly generationAlso?: (object: Object, previous: Object) => boolean;
  /** The scale subresource: where selector and replicas live is the same for all kinds that have it. */
  readonly scale: boolean;
  /** Where a custom kind keeps what its scale shows. */
  readonly scalePaths?: ScalePaths;
  /** Of a kind that a CustomResourceDefinition adds: what the field tables are for the others. */
  readonly custom?: {
    readonly decode: (value: Json) => Decoded;
    readonly shape: Shape;
    readonly schema: CustomSchema | undefined;
  };
  /** Writes the defaults that the real server would write into a new version of the object. */
  readonly applyDefaults?: (object: Object) => void;
  /** Before validation of a create: clears what clients may not set, allocates addresses. */
  readonly prepareCreate?: (object: Object, context: ResourceContext) => Failure | undefined;
  readonly prepareUpdate?: (
    object: Object,
    previous: Object,
    context: ResourceContext,
  ) => Failure | undefined;
  readonly validate: (object: Object, errors: FieldErrors, context: ResourceContext) => void;
  /** On create alone, after `validate`. */
  readonly validateCreate?: (object: Object, errors: FieldErrors) => void;
  readonly validateUpdate?: (
    object: Object,
    previous: Object,
    errors: FieldErrors,
    context: ResourceContext,
  ) => void;
  /** Pods: the ephemeralcontainers subresource, which writes that list alone. */
  readonly validateEphemeral?: (object: Object, previous: Object, errors: FieldErrors) => void;
  readonly validateStatus?: (object: Object, previous: Object, errors: FieldErrors) => void;
  /** Why writes of this kind are refused (API10). */
  readonly notModelled?: string;
  /** Reads are refused too: an empty list would say something that is not so. */
  readonly unreadable?: true;
  /** Told with every answer about this kind. */
  readonly deprecation?: string;
  /** Told with a successful write (`Warning:` on the client's terminal). */
  readonly warnings?: (object: Object, previous: Object | undefined) => readonly string[];
  readonly printer: Printer<Object>;
  /** Another representation of the same stored objects (events.k8s.io). */
  readonly view?: {
    readonly fromStored: (stored: StoredObject) => StoredObject;
    readonly toStored: (object: StoredObject) => StoredObject;
  };
  /** What a stored object is read as: a kind may have changed since it was written. */
  readonly asRead?: (stored: StoredObject) => StoredObject;
  /** Field selectors beside metadata.name and metadata.namespace. */
  readonly selectableFields?: Readonly<Record<string, (object: Object) => string>>;
}

export const ALL_VERBS: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

interface Definition<Object extends object> extends Partial<Omit<Resource<Object>, 'validate' | 'printer'>> {
  readonly group: string;
  readonly resource: string;
  readonly kind: string;
  readonly schema: string;
  readonly namespaced: boolean;
  readonly nameFormat: NameFormat;
  readonly printer: Printer<Object>;
  readonly validate?: Resource<Object>['validate'];
}

/** Fills in what most kinds have alike. The strategies see their kind's own type: decoding has checked the shape. */
export function defineResource<Object extends object>(definition: Definition<Object>): Resource {
  const resource: Resource<Object> = {
    version: 'v1',
    singular: definition.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: ALL_VERBS,
    table: definition.group === '' ? definition.resource : `${definition.group}/${definition.resource}`,
    status: false,
    generation: false,
    scale: false,
    validate: () => undefined,
    ...definition,
  };
  return resource as unknown as Resource;
}

/** A stored object as its kind is read now, in the stored representation. */
export function asRead({ asRead: read }: Resource, stored: StoredObject): StoredObject {
  return read === undefined ? stored : read(stored);
}

/** The same, in the kind's own representation. */
export function shown(resource: Resource, stored: StoredObject): StoredObject {
  const object = asRead(resource, stored);
  return resource.view === undefined ? object : resource.view.fromStored(object);
}

export function storeKey(
  resource: { readonly namespaced: boolean },
  namespace: string | undefined,
  name: string,
): string {
  return resource.namespaced ? `${namespace ?? ''}/${name}` : name;
}

/** A new object begins with the status that the server gives it, whatever the client sent. */
export function setStatus<Status>(object: { readonly status?: Status }, status: Status): undefined {
  Object.assign(object, { status });
}
