import { describe, expect, it } from 'vitest';
import { decodeObject } from './decode.ts';
import { allSchemaTypes, schemaType } from './table.ts';
import type { FieldType } from './table.ts';

function messages(type: FieldType): readonly string[] {
  if (type.kind === 'message') return [type.name];
  return type.kind === 'scalar' ? [] : messages(type.of);
}

describe('field tables', () => {
  it('refer only to types that they have, and number each field once', () => {
    for (const type of allSchemaTypes().values()) {
      const numbers = [
        ...type.own.map((field) => field.number),
        ...type.inlined.map((inline) => inline.number),
      ];
      expect(new Set(numbers).size, type.name).toBe(numbers.length);
      for (const field of type.fields.values())
        for (const name of messages(field.type))
          expect(allSchemaTypes().has(name), `${type.name}.${field.name}`).toBe(true);
    }
  });

  it('API5: know by which keys lists merge', () => {
    expect(schemaType('core.Container').fields.get('ports')).toMatchObject({
      keys: ['containerPort', 'protocol'],
      mergeKey: 'containerPort',
      listType: 'map',
    });
    expect(schemaType('core.ServiceSpec').fields.get('ports')).toMatchObject({
      keys: ['port', 'protocol'],
      mergeKey: 'port',
    });
  });
});

describe('decoding', () => {
  const spec = (value: unknown) =>
    decodeObject('networking.NetworkPolicy', { metadata: { name: 'p' }, spec: value as never });

  it('API6: leaves out what Go leaves out, and spells out what it spells out', () => {
    expect(spec({ podSelector: {}, ingress: [] })).toMatchObject({
      ok: true,
      value: { spec: { podSelector: {} } },
    });
    expect(spec({})).toEqual({
      ok: true,
      unknown: [],
      value: { metadata: { name: 'p' }, spec: { podSelector: {} } },
    });
  });

  it('API6: names unknown fields by their paths', () => {
    expect(spec({ podSelector: {}, ingress: [{ from: [{ podSelecter: {} }] }], foo: 1 })).toMatchObject({
      ok: true,
      unknown: ['spec.foo', 'spec.ingress[0].from[0].podSelecter'],
    });
  });
});
