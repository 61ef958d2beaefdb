import { z } from 'zod';
import { checkSchema } from './check-schema.ts';
import { courseSchema, labSchema, lessonSchema, mutantsSchema, translationSchema } from './front-matter.ts';

/** What editors check authors' YAML against, by the name of its file. */
export const JSON_SCHEMAS = {
  'course.schema.json': { schema: courseSchema, title: 'course.yaml' },
  'lesson.schema.json': { schema: lessonSchema, title: 'Front matter of a lesson' },
  'lab.schema.json': { schema: labSchema, title: 'Front matter of a lab' },
  'check.schema.json': { schema: checkSchema, title: 'YAML block of a check' },
  'mutants.schema.json': { schema: mutantsSchema, title: 'mutants.yaml' },
  'translation.schema.json': { schema: translationSchema, title: 'Front matter of a translation' },
} as const;

/** A JSON Schema (draft 2020-12) as text, ending in a newline. */
export function jsonSchemaText(name: keyof typeof JSON_SCHEMAS): string {
  const { schema, title } = JSON_SCHEMAS[name];
  const body = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return `${JSON.stringify({ ...body, title }, null, 2)}\n`;
}
