import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DIAGNOSTIC_CODES } from './diagnostic.ts';
import { referenceText } from './reference.test-support.ts';
import { JSON_SCHEMAS, jsonSchemaText } from './schemas.ts';

const DOCS = path.join(import.meta.dirname, '../../../docs/authoring');
const SCHEMAS = path.join(DOCS, 'schema');

describe('docs/authoring/diagnostics.md', () => {
  const sections = [
    ...readFileSync(path.join(DOCS, 'diagnostics.md'), 'utf8').matchAll(/^## (PW\d{4}): (.+)$/gm),
  ];

  it('has a section for each code, in order, under its own words', () => {
    expect(sections.map(([, code, title]) => [code, title])).toEqual(Object.entries(DIAGNOSTIC_CODES));
  });
});

/** `UPDATE_SCHEMAS=1 npx vitest run packages/lab` writes them anew. */
describe('docs/authoring/schema', () => {
  const names = Object.keys(JSON_SCHEMAS) as (keyof typeof JSON_SCHEMAS)[];
  if (process.env['UPDATE_SCHEMAS'] === '1') {
    mkdirSync(SCHEMAS, { recursive: true });
    for (const name of names) writeFileSync(path.join(SCHEMAS, name), jsonSchemaText(name));
  }

  it.each(names)('%s is what the format says', (name) => {
    expect(readFileSync(path.join(SCHEMAS, name), 'utf8')).toBe(jsonSchemaText(name));
  });

  it('holds nothing else', () => {
    expect(readdirSync(SCHEMAS).sort()).toEqual([...names].sort());
  });
});

describe('docs/authoring/reference.md', () => {
  const file = path.join(DOCS, 'reference.md');
  if (process.env['UPDATE_SCHEMAS'] === '1') writeFileSync(file, referenceText());

  it('is what the schemas say', () => {
    expect(readFileSync(file, 'utf8')).toBe(referenceText());
  });

  it('has every kind of check', () => {
    for (const kind of [
      'manifests',
      'established',
      'mtu',
      'dns',
      'events',
      'command',
      'file',
      'policiesEqual',
    ])
      expect(readFileSync(file, 'utf8')).toContain(`\`${kind}`);
  });
});
