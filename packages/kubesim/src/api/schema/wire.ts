import { utf8Encode } from '@podwire/sim';
import { schemaType } from './table.ts';
import type { Field, SchemaType } from './table.ts';

const JSON_SCHEMA = 'apiextensions.JSONSchemaProps';

/** Writes the protobuf wire format: collects pieces and joins them once. */
export class WireWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  push(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  varint(number: number, value: bigint): void {
    this.push(encodeVarint(BigInt(number << 3)));
    this.push(encodeVarint(BigInt.asUintN(64, value)));
  }

  double(number: number, value: number): void {
    this.push(encodeVarint(BigInt((number << 3) | 1)));
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    this.push(bytes);
  }

  bytes(number: number, value: Uint8Array): void {
    this.push(encodeVarint(BigInt((number << 3) | 2)));
    this.push(encodeVarint(BigInt(value.length)));
    this.push(value);
  }

  text(number: number, value: string): void {
    this.bytes(number, utf8Encode(value));
  }

  finish(): Uint8Array {
    const result = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      result.set(part, at);
      at += part.length;
    }
    return result;
  }
}

function encodeVarint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** Fields of a JSON schema that hold something around the schema on the wire (apiextensions, generated.proto). */
export function isSchemaChoice(type: SchemaType, field: Field): boolean {
  return (
    (field.name === 'items' || field.name === 'additionalProperties' || field.name === 'additionalItems') &&
    type === schemaType(JSON_SCHEMA)
  );
}
