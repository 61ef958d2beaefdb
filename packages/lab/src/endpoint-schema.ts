import { z } from 'zod';
import { ENDPOINT_NOTATIONS, parseEndpoint } from './endpoint.ts';
import type { Endpoint } from './model.ts';

/** An endpoint in the notation of `parseEndpoint`. */
export const endpoint = z.string().transform((text, context): Endpoint => {
  const parsed = parseEndpoint(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is no endpoint; write one of ${ENDPOINT_NOTATIONS.join(', ')}`,
  });
  return z.NEVER;
});

export const port = z.number().int().min(0).max(65_535);
