import { z } from 'zod';
import { idSchema } from './http.ts';
import { taskReportSchema } from './report.ts';
import { sessionViewSchema, timerNameSchema } from './session.ts';
import { placeSchema } from './trace.ts';

/** socket.io path and namespace. The cookie says who connects; `join` says for which session. */
export const SOCKET_PATH = '/socket.io';
const API_PATH = '/api';

/**
 * What belongs to the orchestrator; everything else is a page or a file of the site.
 *
 * @param urlPath The path alone, without a query.
 */
export function belongsToOrchestrator(urlPath: string): boolean {
  return [API_PATH, SOCKET_PATH].some((path) => urlPath === path || urlPath.startsWith(`${path}/`));
}

/** One message's most characters; a paste is cut into pieces of this size and acknowledged piece by piece. */
export const MAX_INPUT_CHARS = 16_384;
/** How much typed text may wait for acknowledgement before the browser holds the rest back. */
export const MAX_UNACKED_INPUT_CHARS = 131_072;
/** Output kept per terminal for a page that comes back. */
export const SCROLLBACK_BYTES = 1_048_576;
/** How far output may run ahead of what the browser has drawn before the terminal's programs block. */
export const MAX_UNACKED_OUTPUT_CHARS = 262_144;

const terminalId = z.string().regex(/^[a-z0-9-]{1,40}$/);

/** Browser → server. Every event takes an acknowledgement callback: `{ ok: true, … }` or `{ ok: false, error }`. */
export const clientEvents = {
  'session:join': z.object({ sessionId: idSchema }),
  /** `reading`: the page is visible and was scrolled, clicked or typed in of late. */
  'session:activity': z.object({ kind: z.enum(['reading', 'editing']) }),
  /** Opens a terminal, or joins the one of that id again: output from `fromOffset` on is sent anew. */
  'terminal:open': z.object({
    terminalId,
    place: placeSchema,
    columns: z.number().int().min(2).max(1_000),
    rows: z.number().int().min(1).max(500),
    /** Characters of output the browser already has. 0: all that is kept. */
    fromOffset: z.number().int().min(0),
  }),
  /** `sequence` counts this terminal's input messages from 1; one that came before is acknowledged and ignored. */
  'terminal:input': z.object({
    terminalId,
    sequence: z.number().int().min(1),
    data: z.string().max(MAX_INPUT_CHARS),
  }),
  /** All output up to `offset` is drawn. */
  'terminal:ack': z.object({ terminalId, offset: z.number().int().min(0) }),
  'terminal:resize': z.object({
    terminalId,
    columns: z.number().int().min(2).max(1_000),
    rows: z.number().int().min(1).max(500),
  }),
  'terminal:close': z.object({ terminalId }),
  /** Live objects: a snapshot, then changes. */
  'topology:watch': z.object({ on: z.boolean() }),
  /** Packets of late, summaries only; details by id over HTTP. */
  'packets:watch': z.object({ on: z.boolean() }),
} as const;
export type ClientEventName = keyof typeof clientEvents;
export type ClientEvent<Name extends ClientEventName> = z.infer<(typeof clientEvents)[Name]>;

export const openedTerminalSchema = z.object({
  terminalId,
  /** Offset of the first character that is still kept: above `fromOffset` when older text is gone. */
  keptFromOffset: z.number().int(),
  /** The last input message that took effect: the browser sends what comes after it again. */
  inputSequence: z.number().int(),
  place: placeSchema,
  /** A shell that has just begun, although the browser has text of an earlier one: both counts begin anew. */
  begun: z.literal(true).optional(),
});

const objectView = z.object({
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  uid: z.string(),
  object: z.record(z.string(), z.unknown()),
});

/** Server → browser. */
export const serverEvents = {
  'session:state': sessionViewSchema,
  /** A timer is about to strike. */
  'session:warning': z.object({ timer: timerNameSchema, endsAt: z.string(), message: z.string() }),
  'session:report': z.object({ report: taskReportSchema }),
  /** `offset`: characters of output before `data`, over the terminal's whole life. */
  'terminal:output': z.object({ terminalId, offset: z.number().int(), data: z.string() }),
  'terminal:exit': z.object({ terminalId, exitCode: z.number().int(), message: z.string().optional() }),
  'terminal:list': z.object({ terminals: z.array(z.object({ terminalId, place: placeSchema })) }),
  'topology:snapshot': z.object({ revision: z.number(), objects: z.array(objectView) }),
  'topology:changes': z.object({
    revision: z.number(),
    changes: z.array(z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED']), object: objectView })),
  }),
  'packets:recent': z.object({
    packets: z.array(
      z.object({
        packetId: z.number(),
        summary: z.string(),
        from: z.string(),
        to: z.string(),
        atMs: z.number(),
        fate: z.enum(['delivered', 'dropped', 'rejected', 'in-flight']),
      }),
    ),
  }),
} as const;
export type ServerEventName = keyof typeof serverEvents;
export type ServerEvent<Name extends ServerEventName> = z.infer<(typeof serverEvents)[Name]>;

/** Kinds that the live topology shows. */
export const TOPOLOGY_KINDS = [
  'Node',
  'Namespace',
  'Pod',
  'Service',
  'EndpointSlice',
  'NetworkPolicy',
  'Deployment',
  'Ingress',
] as const;
