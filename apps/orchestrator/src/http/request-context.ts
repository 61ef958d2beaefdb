import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { idSchema } from '@podwire/protocol';
import { Failure } from '../failure.ts';
import type { Identity } from '../identity/identify.ts';
import type { LiveSession } from '../session/live-session.ts';
import type { SessionView } from '@podwire/protocol';

/** What a handler gets after its rule was enforced. */
export interface RequestContext {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Present for every rule but `anyone`. */
  readonly identity: Identity | undefined;
  /** Present where the rule says `session-owner`. */
  readonly owned: { readonly session: LiveSession | undefined; readonly view: SessionView } | undefined;
}

/** Answers one route: the body of its answer, or a thrown Failure. */
export type Handler = (context: RequestContext) => Promise<unknown>;

export function learnerOf(context: RequestContext): Identity {
  if (context.identity === undefined) throw new Error('the rule of this route gives no identity');
  return context.identity;
}

/** The session that is owned and alive. */
export function liveSessionOf(context: RequestContext): LiveSession {
  const { owned } = context;
  if (owned === undefined) throw new Error('the rule of this route gives no session');
  if (owned.session === undefined)
    throw new Failure(409, 'session-ended', owned.view.endMessage ?? 'This lab has ended.');
  return owned.session;
}

/** Parses what came from outside; a mistake is answered with the field and what it should be. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  throw new Failure(
    400,
    'invalid',
    `This request has a mistake${field === '' ? '' : ` at "${field}"`}: ${issue?.message ?? 'it can’t be read'}.`,
    field === '' ? {} : { field },
  );
}

export function pathId(request: FastifyRequest, name: string): string {
  return parse(z.object({ [name]: idSchema }), request.params)[name] ?? '';
}
