import type { ImageLayer } from '@podwire/machine';
import { deepFreeze } from '@podwire/sim';

/** A container image of the simulation: what it brings, and how its container starts unless the pod says otherwise. */
export interface ModelledImage {
  /** Repository as a pod may write it, without registry defaults: `nginx`, `registry.k8s.io/pause`. */
  readonly repository: string;
  /** Tags that exist; anything else is not found, as on a registry. */
  readonly tags: RegExp;
  readonly layer: ImageLayer;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  readonly workingDirectory: string;
  readonly user: string;
  readonly sizeBytes: number;
}

export interface ImageSource {
  readonly repository: string;
  readonly tags?: RegExp;
  /** Folder → programs in it; a program `a=b` is the registry's `b` under the name `a`. */
  readonly programs: Readonly<Record<string, readonly string[]>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly directories?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  readonly user?: string;
  readonly sizeMegabytes: number;
}

const ANY_VERSION = /^(latest|stable|edge|v?\d+(\.\d+){0,3}(-[a-z0-9.]+)*)$/;
const BASE_DIRECTORIES = ['/tmp', '/root', '/var/log', '/var/run', '/etc', '/home'];

export function defineImage(source: ImageSource): ModelledImage {
  const programs = new Map<string, string>();
  for (const [folder, names] of Object.entries(source.programs)) {
    for (const entry of names) {
      const [name = '', program = name] = entry.split('=');
      programs.set(`${folder === '/' ? '' : folder}/${name}`, program);
    }
  }
  const files = new Map(
    Object.entries({
      '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
      ...source.files,
    }),
  );
  return deepFreeze({
    repository: source.repository,
    tags: source.tags ?? ANY_VERSION,
    layer: {
      programs: Object.freeze(programs),
      files: Object.freeze(files),
      directories: [...BASE_DIRECTORIES, ...(source.directories ?? [])],
    },
    entrypoint: source.entrypoint ?? [],
    command: source.command ?? [],
    env: Object.freeze(new Map(Object.entries(source.env ?? {}))),
    workingDirectory: source.workingDirectory ?? '/',
    user: source.user ?? 'root',
    sizeBytes: source.sizeMegabytes * 1_000_000,
  });
}
