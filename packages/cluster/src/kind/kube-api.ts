import { Agent, request as httpsRequest } from 'node:https';
import type { RequestOptions } from 'node:https';
import type { KubeConfig, Watch } from '@kubernetes/client-node';
import { collectionPathOf } from '../grading/collection-path.ts';

const MAX_BODY_BYTES = 16 * 1_024 * 1_024;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_SOCKETS = 8;

export interface ApiAnswer {
  readonly status: number;
  /** Parsed, when it was JSON; else its text. */
  readonly body: unknown;
}

export interface ApiContent {
  readonly type: string;
  readonly body: string;
}

/** Of a watch. `ended`: it must be begun again with a list. */
export interface WatchListener {
  onEvent(type: string, object: unknown): void;
  onEnd(): void;
}

/** The API of one real cluster, as its administrator, over the loopback port that kind published. */
export class KubeApi {
  readonly #server: URL;
  readonly #options: RequestOptions;
  readonly #watch: Watch;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });

  private constructor(config: KubeConfig, options: RequestOptions, watch: Watch) {
    this.#server = new URL(config.getCurrentCluster()?.server ?? 'https://127.0.0.1:6443');
    this.#options = options;
    this.#watch = watch;
  }

  /** @param kubeconfig YAML, with the client certificate in it. Never shown to a learner's browser. */
  static async open(kubeconfig: string): Promise<KubeApi> {
    const client = await import('@kubernetes/client-node');
    const config = new client.KubeConfig();
    config.loadFromString(kubeconfig);
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return new KubeApi(config, options, new client.Watch(config));
  }

  /** @param path with its query. Rejects when no answer comes; a refusal is an answer. */
  request(method: string, path: string, content?: ApiContent, signal?: AbortSignal): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        {
          ...this.#options,
          agent: this.#agent,
          host: this.#server.hostname,
          port: this.#server.port,
          method,
          path,
          timeout: REQUEST_TIMEOUT_MS,
          ...(signal === undefined ? {} : { signal }),
          headers: {
            accept: 'application/json',
            ...(content === undefined
              ? {}
              : { 'content-type': content.type, 'content-length': Buffer.byteLength(content.body) }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > MAX_BODY_BYTES) request.destroy(new Error('The API’s answer is too large.'));
            else chunks.push(chunk);
          });
          response.once('error', reject);
          response.once('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              body: parsed(Buffer.concat(chunks).toString('utf8')),
            }),
          );
        },
      );
      request.once('timeout', () => request.destroy(new Error('The API did not answer in time.')));
      request.once('error', reject);
      request.end(content?.body);
    });
  }

  /** Where the objects of a kind are; undefined when the cluster has no such kind. */
  async collectionOf(
    apiVersion: string,
    kind: string,
    namespace: string,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    return collectionPathOf({ apiVersion, kind, namespace }, (method, path) =>
      this.request(method, path, undefined, signal),
    );
  }

  /** Changes of a collection from a revision on. @returns what ends it. */
  watch(path: string, resourceVersion: string, listener: WatchListener): () => void {
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      listener.onEnd();
    };
    const started = this.#watch.watch(
      path,
      { resourceVersion, allowWatchBookmarks: true },
      (type, object) => {
        if (!ended) listener.onEvent(type, object);
      },
      end,
    );
    started.catch(end);
    return () => {
      ended = true;
      started.then(
        (controller) => controller.abort(),
        () => undefined,
      );
    };
  }

  close(): void {
    this.#agent.destroy();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
