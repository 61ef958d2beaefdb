import { IMAGES } from './catalog.ts';
import type { ModelledImage } from './image.ts';

const DOCKER_HUB = 'docker.io';

export interface ImageReference {
  /** With the registry, as containerd prints it: `docker.io/library/nginx`. */
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string;
}

export type ImageLookup =
  | {
      readonly kind: 'found';
      readonly image: ModelledImage;
      readonly reference: ImageReference;
      readonly id: string;
    }
  | { readonly kind: 'unknown-repository'; readonly reference: ImageReference }
  | { readonly kind: 'unknown-tag'; readonly reference: ImageReference }
  | { readonly kind: 'invalid'; readonly message: string };

/** A port belongs to a registry alone, which a path follows: `redis:7` has a tag. */
const REFERENCE =
  /^(?<name>(?:[a-z0-9]+(?:(?:[._-]|__|-+)[a-z0-9]+)*(?::\d+)?\/)?[a-z0-9]+(?:(?:[._-]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._-]|__|-+)[a-z0-9]+)*)*)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;
const MAX_REFERENCE_CHARS = 1_024;

/** Reads an image's name as containerd does: a missing registry is Docker Hub, a missing tag is `latest`. */
export function parseImageReference(text: string): ImageReference | undefined {
  const match = text.length > MAX_REFERENCE_CHARS ? null : REFERENCE.exec(text);
  const name = match?.groups?.['name'];
  if (name === undefined) return undefined;
  const [first = '', ...rest] = name.split('/');
  const hasRegistry =
    rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  const path = hasRegistry ? name : `${DOCKER_HUB}/${rest.length === 0 ? `library/${name}` : name}`;
  const digest = match?.groups?.['digest'];
  return {
    repository: path,
    tag: match?.groups?.['tag'] ?? 'latest',
    ...(digest === undefined ? {} : { digest }),
  };
}

/** Looks an image up in the simulation's registry. Digests are not modelled: one never matches. */
export function findImage(text: string): ImageLookup {
  const reference = parseImageReference(text);
  if (reference === undefined)
    return { kind: 'invalid', message: `couldn't parse image name "${text}": invalid reference format` };
  const image = imagesByName().get(reference.repository);
  if (image === undefined) return { kind: 'unknown-repository', reference };
  if (reference.digest !== undefined || !image.tags.test(reference.tag))
    return { kind: 'unknown-tag', reference };
  return {
    kind: 'found',
    image,
    reference,
    id: `sha256:${fakeDigest(`${image.repository}:${reference.tag}`)}`,
  };
}

let byName: ReadonlyMap<string, ModelledImage> | undefined;

/** Made once: kubelets look images up at every step of every pod. */
function imagesByName(): ReadonlyMap<string, ModelledImage> {
  byName ??= new Map(
    IMAGES.map((image) => [parseImageReference(image.repository)?.repository ?? image.repository, image]),
  );
  return byName;
}

/** Stable, and different for different images; nothing is verified with it (FNV-1a, eight lanes). */
function fakeDigest(text: string): string {
  let digest = '';
  for (let lane = 0; lane < 8; lane++) {
    let hash = 0x811c9dc5 ^ (lane * 0x9e3779b1);
    for (let index = 0; index < text.length; index++)
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    digest += (hash >>> 0).toString(16).padStart(8, '0');
  }
  return digest;
}

/** For the hint beside ErrImagePull: what can be pulled here. */
export function knownRepositories(): readonly string[] {
  return IMAGES.map((image) => image.repository);
}
