import type { StoredObject } from '../../store/store.ts';
import type { Resource } from '../resources/resource.ts';

export interface TableMetadata {
  readonly resourceVersion?: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** What a row carries of its object: nothing, its metadata, or all of it. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

export function partialMetadata(object: StoredObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** Objects as kubectl prints them. Ages are counted on the virtual clock. */
export function toTable(
  resource: Resource,
  objects: readonly StoredObject[],
  metadata: TableMetadata,
  include: IncludeObject,
  nowMs: number,
  withColumns = true,
): object {
  const { printer } = resource;
  const shown =
    include === 'None'
      ? () => null
      : include === 'Metadata'
        ? partialMetadata
        : (object: StoredObject) => object;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withColumns ? printer.columns : null,
    rows: (printer.order === undefined ? objects : objects.toSorted(printer.order)).map((object) => {
      const completed = printer.completed?.(object);
      return {
        cells: printer.cells(object, nowMs),
        ...(completed === undefined
          ? {}
          : { conditions: [{ type: 'Completed', status: 'True', ...completed }] }),
        object: shown(object),
      };
    }),
  };
}
