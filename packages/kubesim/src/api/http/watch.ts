import { utf8Encode } from '@podwire/sim';
import type { StoredObject, StoreChange } from '../../store/store.ts';
import type { ApiResponse, ApiStream } from '../http.ts';
import { asRead, shown } from '../resources/resource.ts';
import { badRequest, expired, failure } from '../status.ts';
import { negotiate } from './media.ts';
import type { Negotiated } from './media.ts';
import { validateListOptions } from './list-options.ts';
import { includeObject } from './read.ts';
import { failureResponse, notAcceptable } from './respond.ts';
import type { Scope, ServerParts } from './scope.ts';
import { selectionOf } from './selection.ts';
import type { Selection } from './selection.ts';
import { partialMetadata, toTable } from './table.ts';
import type { IncludeObject } from './table.ts';
import type { Streams } from './streams.ts';

/** How often a quiet watch says up to where it is (client-go relists when its version grows too old). */
const BOOKMARK_INTERVAL_MS = 60_000;
/** Events put into one piece of the stream: bounds what one read makes. */
const MAX_EVENTS_PER_READ = 500;
const MAX_TIMEOUT_SECONDS = 24 * 3600;

export function handleWatch(scope: Scope, parts: ServerParts, streams: Streams): ApiResponse {
  const { request, query } = scope;
  const negotiated = negotiate(request.headers['accept']);
  if (negotiated === undefined) return failureResponse(request, notAcceptable());
  const refused = validateListOptions(query, true);
  if (refused !== undefined) return failureResponse(request, refused);
  const selection = selectionOf(scope);
  if (!selection.ok) return failureResponse(request, selection);
  const include = includeObject(scope);
  if (!include.ok) return failureResponse(request, include);
  const bookmarks = query.flag('allowWatchBookmarks');
  const initial = query.flag('sendInitialEvents');
  const version = query.get('resourceVersion');
  if (!/^\d{0,15}$/.test(version))
    return failureResponse(
      request,
      badRequest(
        `resourceVersion: Invalid value: ${JSON.stringify(version)}: strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`,
      ),
    );
  const timeoutText = query.get('timeoutSeconds');
  const timeoutSeconds = /^\d{1,9}$/.test(timeoutText)
    ? Math.min(Number(timeoutText), MAX_TIMEOUT_SECONDS)
    : 0;
  const source = new WatchStream(scope, parts, {
    selection: selection.value,
    negotiated,
    include: include.value,
    bookmarks,
    endsAtMs: timeoutSeconds === 0 ? undefined : parts.simulation.nowMs + timeoutSeconds * 1000,
    onClose: () => streams.closed(source),
  });
  if (!streams.open(source))
    return failureResponse(
      request,
      failure(429, 'TooManyRequests', 'Too many watches are open, please try again later.', {
        retryAfterSeconds: 1,
      }),
    );
  if (version === '' || version === '0' || (initial && query.has('sendInitialEvents')))
    source.startWithState(initial && bookmarks);
  else source.startAfter(Number(version));
  if (timeoutSeconds > 0) streams.wakeIn(timeoutSeconds * 1000);
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache, private' },
    stream: source,
  };
}

interface WatchOptions {
  readonly selection: Selection;
  readonly negotiated: Negotiated;
  readonly include: IncludeObject;
  readonly bookmarks: boolean;
  readonly endsAtMs: number | undefined;
  readonly onClose: () => void;
}

/**
 * A watch reads the change log from its own cursor whenever its client reads, so that a slow client
 * costs nothing: one that falls behind the log gets 410 and an end.
 */
export class WatchStream implements ApiStream {
  readonly #scope: Scope;
  readonly #parts: ServerParts;
  readonly #options: WatchOptions;
  #cursor = 0;
  #buffer: string[] = [];
  #ended = false;
  #tableStarted = false;
  #lastSentMs: number;
  #listener: (() => void) | undefined;

  constructor(scope: Scope, parts: ServerParts, options: WatchOptions) {
    this.#scope = scope;
    this.#parts = parts;
    this.#options = options;
    this.#lastSentMs = parts.simulation.nowMs;
  }

  /** Everything there is as ADDED, then changes. */
  startWithState(endBookmark: boolean): void {
    const { resource, namespace } = this.#scope;
    const prefix = resource.namespaced && namespace !== undefined ? `${namespace}/` : '';
    for (const object of this.#parts.store.list(resource.table, prefix).objects)
      if (this.#options.selection.matches(object)) this.#send('ADDED', object);
    this.#cursor = this.#parts.store.revision;
    if (endBookmark) this.#bookmark({ 'k8s.io/initial-events-end': 'true' });
  }

  startAfter(revision: number): void {
    this.#cursor = revision;
    if (revision < this.#parts.store.state.compactedRevision) this.#gone();
  }

  read(): Uint8Array | undefined {
    this.#pull();
    if (this.#buffer.length === 0) return this.#ended ? undefined : new Uint8Array();
    const text = this.#buffer.join('');
    this.#buffer = [];
    return utf8Encode(text);
  }

  onReadable(listener: () => void): void {
    this.#listener = listener;
  }

  close(): void {
    this.#ended = true;
    this.#buffer = [];
    this.#options.onClose();
  }

  /** Ends the watch from the server's side; what was not read yet still is. */
  end(): void {
    this.#pull();
    this.#ended = true;
    this.wake();
  }

  wake(): void {
    this.#listener?.();
  }

  #pull(): void {
    if (this.#ended) return;
    const changes = this.#parts.store.changesSince(this.#cursor);
    if (changes === undefined) return this.#gone();
    for (const change of changes) {
      if (this.#buffer.length >= MAX_EVENTS_PER_READ) break;
      this.#cursor = change.revision;
      this.#tell(change);
    }
    const { nowMs } = this.#parts.simulation;
    if (this.#options.bookmarks && nowMs - this.#lastSentMs >= BOOKMARK_INTERVAL_MS)
      this.#bookmark(undefined);
    if (this.#options.endsAtMs !== undefined && nowMs >= this.#options.endsAtMs) this.#finish();
  }

  #tell(change: StoreChange): void {
    const { resource, namespace } = this.#scope;
    if (change.table !== resource.table) return;
    if (resource.namespaced && namespace !== undefined && change.object.metadata.namespace !== namespace)
      return;
    const { selection } = this.#options;
    const before = change.previous !== undefined && selection.matches(change.previous);
    const after = change.type !== 'DELETED' && selection.matches(change.object);
    if (after) this.#send(before ? 'MODIFIED' : 'ADDED', change.object);
    else if (before) {
      // The last state that matched, at the version at which it stopped to.
      const { resourceVersion } = change.object.metadata;
      this.#send('DELETED', {
        ...change.previous,
        metadata: {
          ...change.previous.metadata,
          ...(resourceVersion === undefined ? {} : { resourceVersion }),
        },
      });
    }
  }

  #send(type: string, object: StoredObject): void {
    this.#push({ type, object: this.#represent(object) });
  }

  #represent(object: StoredObject): object {
    const { resource } = this.#scope;
    const { negotiated, include } = this.#options;
    if (negotiated.as === 'object') return shown(resource, object);
    if (negotiated.as !== 'Table') return partialMetadata(object);
    const { resourceVersion } = object.metadata;
    const columns = !this.#tableStarted;
    this.#tableStarted = true;
    return toTable(
      resource,
      [asRead(resource, object)],
      resourceVersion === undefined ? {} : { resourceVersion },
      include,
      this.#parts.simulation.nowMs,
      columns,
    );
  }

  #bookmark(annotations: Readonly<Record<string, string>> | undefined): void {
    const { resource } = this.#scope;
    const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
    const metadata = {
      resourceVersion: String(Math.max(this.#cursor, 1)),
      creationTimestamp: null,
      ...(annotations === undefined ? {} : { annotations }),
    };
    const { as } = this.#options.negotiated;
    let object: object = { kind: resource.kind, apiVersion, metadata };
    if (as === 'Table')
      object = {
        kind: 'Table',
        apiVersion: 'meta.k8s.io/v1',
        metadata: { resourceVersion: metadata.resourceVersion },
        columnDefinitions: null,
        rows: [
          { cells: [], object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata } },
        ],
      };
    else if (as !== 'object')
      object = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
    this.#push({ type: 'BOOKMARK', object });
  }

  #gone(): void {
    const { status } = expired(
      `too old resource version: ${this.#cursor} (${this.#parts.store.state.compactedRevision})`,
    );
    this.#push({ type: 'ERROR', object: status });
    this.#finish();
  }

  #finish(): void {
    this.#ended = true;
    this.#options.onClose();
  }

  #push(event: object): void {
    this.#lastSentMs = this.#parts.simulation.nowMs;
    this.#buffer.push(`${JSON.stringify(event)}\n`);
  }
}
