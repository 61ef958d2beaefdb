import type { StoredObject } from '../../store/store.ts';
import { age, columns, nameOf } from '../printers/columns.ts';
import { dnsSubdomain } from '../validation/names.ts';
import { defineResource } from './resource.ts';
import type { Printer, Resource, Verb } from './resource.ts';

interface ListedOnly<Object extends object> {
  readonly group: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** What is not modelled, told to whoever writes one. */
  readonly notModelled: string;
  readonly version?: string;
  /** Where it is not the kind in lower case with an `s`. */
  readonly resource?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly status?: boolean;
  readonly unreadable?: true;
  readonly verbs?: readonly Verb[];
  /** Package of the field tables, where it is not the first word of the group. */
  readonly tables?: string;
  readonly columns?: string;
  readonly printer?: Printer<Object>;
}

/** API17: a kind that clients ask for, so it is there; what it would do is not modelled, so it cannot be written (API10). */
export function listedOnly<Object extends object = StoredObject>({
  columns: line = 'Name, Age',
  tables,
  ...definition
}: ListedOnly<Object>): Resource {
  const { group, kind } = definition;
  const headings = columns(line);
  return defineResource<Object>({
    resource: `${kind.toLowerCase()}s`,
    schema: `${tables ?? (group === '' ? 'core' : (group.split('.')[0] ?? ''))}.${kind}`,
    nameFormat: dnsSubdomain,
    printer: {
      columns: headings,
      cells: (object, nowMs) =>
        headings.map(({ name }) =>
          name === 'Name' ? nameOf(object) : name === 'Age' ? age(object, nowMs) : '',
        ),
    },
    ...definition,
  });
}
