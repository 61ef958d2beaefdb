import { childrenOf, expectTag, Malformed, readObjectId, sequenceOf, TAG } from '../asn1/der.ts';
import type { Der } from '../asn1/der.ts';
import * as write from '../asn1/write.ts';
import { utf8Decode, utf8Encode } from '@podwire/sim';

/** One attribute of a distinguished name, by openssl's short name where it has one. */
export interface NamePart {
  readonly type: string;
  readonly value: string;
}
export type DistinguishedName = readonly NamePart[];

const TYPES: ReadonlyMap<string, string> = new Map([
  ['C', '2.5.4.6'],
  ['ST', '2.5.4.8'],
  ['L', '2.5.4.7'],
  ['O', '2.5.4.10'],
  ['OU', '2.5.4.11'],
  ['CN', '2.5.4.3'],
  ['serialNumber', '2.5.4.5'],
  ['emailAddress', '1.2.840.113549.1.9.1'],
  ['DC', '0.9.2342.19200300.100.1.25'],
  ['UID', '0.9.2342.19200300.100.1.1'],
]);
const NAMES: ReadonlyMap<string, string> = new Map([...TYPES].map(([name, oid]) => [oid, name]));

/** Whether an attribute of this name can stand in a name that is written here. */
export function isNameType(type: string): boolean {
  return TYPES.has(type);
}

/** Reads a Name. Throws `Malformed`. */
export function readName(element: Der | undefined): DistinguishedName {
  return sequenceOf(element).flatMap((relative) =>
    childrenOf(expectTag(relative, TAG.set)).map((attribute) => {
      const [type, value] = sequenceOf(attribute);
      if (value === undefined) throw new Malformed('name');
      const oid = readObjectId(type);
      return { type: NAMES.get(oid) ?? oid, value: textOf(value) };
    }),
  );
}

function textOf({ tag, content }: Der): string {
  if (tag !== TAG.bmpString) return utf8Decode(content);
  let text = '';
  for (let at = 0; at + 1 < content.length; at += 2)
    text += String.fromCharCode((content[at] ?? 0) * 256 + (content[at + 1] ?? 0));
  return text;
}

export function writeName(name: DistinguishedName): Uint8Array {
  return write.sequence(
    ...name.map(({ type, value }) =>
      write.set(
        write.sequence(
          write.objectId(TYPES.get(type) ?? type),
          write.element(
            type === 'C' ? TAG.printableString : type === 'emailAddress' ? TAG.ia5String : TAG.utf8String,
            utf8Encode(value),
          ),
        ),
      ),
    ),
  );
}
