/** One entry of an Accept header. */
export interface MediaType {
  /** For example `application/json`; lower case. */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** What a response is written as. */
export interface Negotiated {
  readonly encoding: 'json' | 'yaml' | 'protobuf';
  /** `as=Table;g=meta.k8s.io;v=v1`, and its like. */
  readonly as: 'object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
}

const MAX_ACCEPT_ENTRIES = 32;

export function parseAccept(header: string): readonly MediaType[] {
  return header
    .split(',')
    .slice(0, MAX_ACCEPT_ENTRIES)
    .map((part) => parseMediaType(part))
    .filter((media) => media.type !== '');
}

export function parseMediaType(text: string): MediaType {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim());
  return {
    type: type.toLowerCase(),
    parameters: new Map(
      parameters.map((parameter) => {
        const [key = '', value = ''] = parameter.split('=');
        return [key.trim().toLowerCase(), value.trim()];
      }),
    ),
  };
}

const ENCODINGS: Readonly<Record<string, Negotiated['encoding']>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
  'application/*': 'json',
  '*/*': 'json',
};
const VIEWS: readonly string[] = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'];

/**
 * The first entry of the header that can be served; JSON before protobuf where the client takes both.
 *
 * @param hasViews whether tables and metadata alone are to be had of it, as they are of all that is stored.
 */
export function negotiate(header: string | undefined, hasViews = true): Negotiated | undefined {
  if (header === undefined || header.trim() === '') return { encoding: 'json', as: 'object' };
  const usable: Negotiated[] = [];
  for (const media of parseAccept(header)) {
    const encoding = Object.hasOwn(ENCODINGS, media.type) ? ENCODINGS[media.type] : undefined;
    if (encoding === undefined) continue;
    const as = media.parameters.get('as');
    if (as === undefined) usable.push({ encoding, as: 'object' });
    else if (
      hasViews &&
      VIEWS.includes(as) &&
      media.parameters.get('g') === 'meta.k8s.io' &&
      media.parameters.get('v') === 'v1'
    )
      usable.push({ encoding, as: as as Negotiated['as'] });
  }
  const [first] = usable;
  if (first?.encoding !== 'protobuf') return first;
  return usable.find((candidate) => candidate.encoding !== 'protobuf' && candidate.as === first.as) ?? first;
}
