import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import type { ApiAnswer, KubeApi } from './kube-api.ts';

const OK = 200;
const NOT_FOUND = 404;
/** A lab's cluster has some hundred objects at its start. */
const MAX_OBJECTS = 5_000;

/** What changes by itself and is of no account to a check of what a learner changed. */
const LEFT_OUT: ReadonlySet<string> = new Set(['events', 'leases', 'endpoints']);

const keptSchema = z.record(z.string(), z.unknown());

interface ResourceList {
  readonly groupVersion: string;
  readonly resources: readonly {
    readonly name: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

/**
 * Each session's objects as the lab set them up, by the path that gives them: kept on the server's disk, since a
 * session may outlive the process that began it.
 */
export class StartObjects {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async keep(session: string, api: KubeApi): Promise<void> {
    const collections = (
      await Promise.all(
        (await groupVersions(api)).map(async (root) => {
          const list = (await api.request('GET', root)).body as ResourceList;
          return list.resources
            .filter(({ name, verbs }) => verbs.includes('list') && !name.includes('/') && !LEFT_OUT.has(name))
            .map((resource) => ({ root, resource }));
        }),
      )
    ).flat();
    // All at once: whoever waits for a cluster of the pool waits for this.
    const lists = await Promise.all(
      collections.map(async ({ root, resource }) => {
        const { status, body } = await api.request('GET', `${root}/${resource.name}?limit=${MAX_OBJECTS}`);
        const items =
          status === OK ? (body as { readonly items?: readonly StoredObject[] }).items : undefined;
        return (items ?? []).map((item): [string, unknown] => [pathOf(root, resource, item), item]);
      }),
    );
    await this.#write(session, Object.fromEntries(lists.flat().slice(0, MAX_OBJECTS)));
  }

  /** @param apiPath of one object, as the API has it. */
  async get(session: string, apiPath: string): Promise<ApiAnswer> {
    const body = (await this.#read(session))[withoutQuery(apiPath)];
    return body === undefined
      ? { status: NOT_FOUND, body: { kind: 'Status', code: NOT_FOUND, reason: 'NotFound' } }
      : { status: OK, body };
  }

  /** Lists of all namespaces, as the API gave them then. */
  async lists(session: string): Promise<(apiPath: string) => ApiAnswer> {
    const kept = Object.entries(await this.#read(session));
    return (apiPath) => {
      const path = withoutQuery(apiPath);
      const at = path.lastIndexOf('/') + 1;
      const [root, plural] = [path.slice(0, at), path.slice(at)];
      const items = kept.filter(([objectPath]) => {
        if (!objectPath.startsWith(root)) return false;
        const steps = objectPath.slice(root.length).split('/');
        return (
          steps.at(-2) === plural && (steps.length === 2 || (steps.length === 4 && steps[0] === 'namespaces'))
        );
      });
      return { status: OK, body: { items: items.map(([, item]) => item) } };
    };
  }

  async forget(session: string): Promise<void> {
    await rm(this.#file(session), { force: true });
  }

  async #read(session: string): Promise<Readonly<Record<string, unknown>>> {
    const text = (await promisify(gunzip)(await readFile(this.#file(session)))).toString('utf8');
    return keptSchema.parse(JSON.parse(text));
  }

  async #write(session: string, kept: Readonly<Record<string, unknown>>): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await writeFile(this.#file(session), await promisify(gzip)(JSON.stringify(kept)), { mode: 0o600 });
  }

  #file(session: string): string {
    return path.join(this.#directory, `${session}.json.gz`);
  }
}

interface StoredObject {
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

function withoutQuery(apiPath: string): string {
  return decodeURIComponent(apiPath.split('?')[0] ?? '');
}

function pathOf(
  root: string,
  resource: { readonly name: string; readonly namespaced: boolean },
  { metadata }: StoredObject,
): string {
  const namespace = resource.namespaced ? `/namespaces/${metadata?.namespace ?? ''}` : '';
  return `${root}${namespace}/${resource.name}/${metadata?.name ?? ''}`;
}

async function groupVersions(api: KubeApi): Promise<readonly string[]> {
  const groups = (await api.request('GET', '/apis')).body as {
    readonly groups?: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
  };
  return [
    '/api/v1',
    ...(groups.groups ?? []).map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`),
  ];
}
