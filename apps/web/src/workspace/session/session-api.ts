import type {
  BackendName,
  BackendOffer,
  PacketTraceView,
  PlaceView,
  ProbeRequestView,
  ProbeResultView,
  SessionView,
  TaskReport,
} from '@podwire/protocol';
import {
  backendOffersSchema,
  fileListSchema,
  fileSchema,
  packetTraceSchema,
  probeResponseSchema,
  reportResponseSchema,
  reportsResponseSchema,
  sessionViewSchema,
} from '@podwire/protocol';
import { z } from 'zod';
import { anyAnswer, change, get } from '../../connection/api.ts';
import type { ApiResult, SchemaOf } from '../../connection/api.ts';

export type Answers = Readonly<Record<string, string | string[]>>;

export type FileEntry = z.infer<typeof fileListSchema>['entries'][number];
export type ToolboxFile = z.infer<typeof fileSchema>;
export type FileOrFolder =
  | { readonly kind: 'file'; readonly file: ToolboxFile }
  | { readonly kind: 'folder'; readonly entries: readonly FileEntry[] };

const sessionAnswer: SchemaOf<SessionView> = () =>
  z.union([
    z.object({ session: sessionViewSchema }).transform((answer) => answer.session),
    sessionViewSchema,
  ]);

const packetAnswer: SchemaOf<PacketTraceView> = () =>
  z.union([z.object({ packet: packetTraceSchema }).transform((answer) => answer.packet), packetTraceSchema]);

const fileAnswer: SchemaOf<FileOrFolder> = () =>
  z.union([
    fileSchema.transform((file): FileOrFolder => ({ kind: 'file', file })),
    fileListSchema.transform((list): FileOrFolder => ({ kind: 'folder', entries: list.entries })),
  ]);

/** Every request that the workspace makes over HTTP. What changes fast comes over the socket. */
export const sessionApi = {
  backends: (labId: string): Promise<ApiResult<readonly BackendOffer[]>> =>
    get(`/api/labs/${labId}/backends`, () => backendOffersSchema.transform((answer) => answer.backends)),
  start: (
    labId: string,
    requestKey: string,
    wish: { readonly fresh: boolean; readonly backend: BackendName | undefined },
  ): Promise<ApiResult<SessionView>> =>
    change(
      'POST',
      '/api/sessions',
      {
        labId,
        requestKey,
        ...(wish.fresh ? { fresh: true } : {}),
        ...(wish.backend === undefined ? {} : { backend: wish.backend }),
      },
      sessionAnswer,
    ),
  get: (sessionId: string): Promise<ApiResult<SessionView>> =>
    get(`/api/sessions/${sessionId}`, sessionAnswer),
  extend: (sessionId: string): Promise<ApiResult<SessionView>> =>
    change('POST', `/api/sessions/${sessionId}/extend`, {}, sessionAnswer),
  pause: (sessionId: string): Promise<ApiResult<SessionView>> =>
    change('POST', `/api/sessions/${sessionId}/pause`, {}, sessionAnswer),
  resume: (sessionId: string): Promise<ApiResult<SessionView>> =>
    change('POST', `/api/sessions/${sessionId}/resume`, {}, sessionAnswer),
  end: (sessionId: string): Promise<ApiResult<unknown>> =>
    change('DELETE', `/api/sessions/${sessionId}`, undefined, anyAnswer),
  check: (
    sessionId: string,
    taskId: string,
    submissionKey: string,
    answers: Answers,
  ): Promise<ApiResult<TaskReport>> =>
    change('POST', `/api/sessions/${sessionId}/checks`, { taskId, submissionKey, answers }, () =>
      reportResponseSchema.transform((answer) => answer.report),
    ),
  reports: (sessionId: string): Promise<ApiResult<readonly TaskReport[]>> =>
    get(`/api/sessions/${sessionId}/reports`, () =>
      reportsResponseSchema.transform((answer) => answer.reports),
    ),
  probe: (sessionId: string, request: ProbeRequestView): Promise<ApiResult<ProbeResultView>> =>
    change('POST', `/api/sessions/${sessionId}/probes`, request, () =>
      probeResponseSchema.transform((answer) => answer.result),
    ),
  packet: (sessionId: string, packetId: number): Promise<ApiResult<PacketTraceView>> =>
    get(`/api/sessions/${sessionId}/packets/${packetId}`, packetAnswer),
  readFile: (sessionId: string, path: string): Promise<ApiResult<FileOrFolder>> =>
    get(`/api/sessions/${sessionId}/files?path=${encodeURIComponent(path)}`, fileAnswer),
  saveFile: (sessionId: string, path: string, text: string): Promise<ApiResult<unknown>> =>
    change(
      'PUT',
      `/api/sessions/${sessionId}/files?path=${encodeURIComponent(path)}`,
      { path, text },
      anyAnswer,
    ),
} as const;

/** A place's short name, as tabs and lists show it. */
export function placeName(place: PlaceView): string {
  switch (place.kind) {
    case 'toolbox':
      return 'toolbox';
    case 'node':
      return place.name;
    case 'pod':
      return `${place.name}${place.container === undefined ? '' : ` (${place.container})`}`;
    case 'outside':
      return place.address;
  }
}
