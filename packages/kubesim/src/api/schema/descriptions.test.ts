import { describe as group, expect, it } from 'vitest';
import { catalog } from '../resources/catalog.ts';
import { DESCRIPTIONS } from './description-table.ts';
import { describe } from './descriptions.ts';
import { allSchemaTypes } from './table.ts';

group('descriptions', () => {
  it('speak of types and fields that exist', () => {
    const unknown = DESCRIPTIONS.split('\n')
      .map((line) => line.slice(0, Math.max(0, line.indexOf(': '))))
      .filter((key) => key !== '' && !key.startsWith('*.'))
      .filter((key) => {
        const [group = '', type = '', field] = key.split('.');
        const found = allSchemaTypes().get(`${group}.${type}`);
        return found === undefined || (field !== undefined && !found.fields.has(field));
      });
    expect(unknown).toEqual([]);
  });

  it('say of every kind a learner meets what it is', () => {
    const silent = catalog
      .filter(
        (resource) =>
          resource.notModelled === undefined &&
          resource.view === undefined &&
          describe(resource.schema, '') === '',
      )
      .map((resource) => resource.kind);
    expect(silent).toEqual(['ControllerRevision']);
  });
});
