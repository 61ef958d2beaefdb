import type { Ingress } from 'kubernetes-types/networking/v1';
import { cidrContains } from '@podwire/netsim';
import { hostCidr } from '../nodes/address.ts';

export const ANNOTATION_PREFIX = 'nginx.ingress.kubernetes.io/';

/** Annotations whose meaning is modelled; others are named in an Event and change nothing. */
const MODELLED_ANNOTATIONS: ReadonlySet<string> = new Set([
  'rewrite-target',
  'use-regex',
  'ssl-redirect',
  'force-ssl-redirect',
  'permanent-redirect',
  'permanent-redirect-code',
  'temporal-redirect',
  'app-root',
  'canary',
  'canary-weight',
  'canary-weight-total',
  'canary-by-header',
  'canary-by-header-value',
  'canary-by-cookie',
  'whitelist-source-range',
  'allowlist-source-range',
  'denylist-source-range',
  'proxy-body-size',
  'proxy-connect-timeout',
  'proxy-read-timeout',
  'affinity',
  'session-cookie-name',
  'session-cookie-path',
  'session-cookie-max-age',
  'backend-protocol',
  'upstream-vhost',
  'x-forwarded-prefix',
]);
/** Values of annotations that are modelled in part. */
const MODELLED_VALUES: Readonly<Record<string, readonly string[]>> = {
  'backend-protocol': ['HTTP', 'HTTPS'],
  affinity: ['cookie'],
};

export interface Canary {
  readonly weight: number;
  readonly weightTotal: number;
  readonly header: string | undefined;
  readonly headerValue: string | undefined;
  readonly cookie: string | undefined;
}

export interface Affinity {
  readonly cookie: string;
  readonly path: string | undefined;
  readonly maxAgeSeconds: number | undefined;
}

/** What an Ingress's annotations ask of each of its locations. */
export interface Behaviour {
  readonly allowFrom: readonly string[];
  readonly denyFrom: readonly string[];
  /** 0: any size. */
  readonly maxBodyBytes: number;
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly affinity: Affinity | undefined;
  readonly secureBackend: boolean;
  readonly upstreamHost: string | undefined;
  readonly forwardedPrefix: string | undefined;
}

/** Defaults of ingress-nginx's configuration. */
const DEFAULT_BODY_SIZE = '1m';
const DEFAULT_CONNECT_SECONDS = 5;
const DEFAULT_READ_SECONDS = 60;
const DEFAULT_COOKIE = 'INGRESSCOOKIE';
const DEFAULT_WEIGHT_TOTAL = 100;

export function annotationOf(ingress: Ingress, name: string): string | undefined {
  return ingress.metadata?.annotations?.[`${ANNOTATION_PREFIX}${name}`];
}

/** `nginx.ingress.kubernetes.io/…` annotations of an Ingress that are not modelled, and values that are not. */
export function unknownAnnotations(ingress: Ingress): readonly string[] {
  return Object.entries(ingress.metadata?.annotations ?? {}).flatMap(([key, value]) => {
    if (!key.startsWith(ANNOTATION_PREFIX)) return [];
    const name = key.slice(ANNOTATION_PREFIX.length);
    if (!MODELLED_ANNOTATIONS.has(name)) return [key];
    const values = MODELLED_VALUES[name];
    return values === undefined || values.includes(value) ? [] : [`${key}: ${value}`];
  });
}

/** A canary gives its paths a second backend; it makes none of its own. */
export function isCanary(ingress: Ingress): boolean {
  return annotationOf(ingress, 'canary') === 'true';
}

export function canaryOf(ingress: Ingress): Canary {
  const weightTotal = Math.max(1, count(annotationOf(ingress, 'canary-weight-total'), DEFAULT_WEIGHT_TOTAL));
  return {
    weight: Math.min(weightTotal, count(annotationOf(ingress, 'canary-weight'), 0)),
    weightTotal,
    header: annotationOf(ingress, 'canary-by-header'),
    headerValue: annotationOf(ingress, 'canary-by-header-value'),
    cookie: annotationOf(ingress, 'canary-by-cookie'),
  };
}

export function behaviourOf(ingress: Ingress): Behaviour {
  const list = (name: string): readonly string[] =>
    (annotationOf(ingress, name) ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  const maxAge = annotationOf(ingress, 'session-cookie-max-age');
  return {
    allowFrom: [...list('whitelist-source-range'), ...list('allowlist-source-range')],
    denyFrom: list('denylist-source-range'),
    maxBodyBytes: sizeOf(annotationOf(ingress, 'proxy-body-size') ?? DEFAULT_BODY_SIZE),
    connectTimeoutMs: count(annotationOf(ingress, 'proxy-connect-timeout'), DEFAULT_CONNECT_SECONDS) * 1_000,
    readTimeoutMs: count(annotationOf(ingress, 'proxy-read-timeout'), DEFAULT_READ_SECONDS) * 1_000,
    affinity:
      annotationOf(ingress, 'affinity') === 'cookie'
        ? {
            cookie: annotationOf(ingress, 'session-cookie-name') ?? DEFAULT_COOKIE,
            path: annotationOf(ingress, 'session-cookie-path'),
            maxAgeSeconds: maxAge === undefined ? undefined : count(maxAge, 0),
          }
        : undefined,
    secureBackend: annotationOf(ingress, 'backend-protocol')?.toUpperCase() === 'HTTPS',
    upstreamHost: annotationOf(ingress, 'upstream-vhost'),
    forwardedPrefix: annotationOf(ingress, 'x-forwarded-prefix'),
  };
}

function count(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : otherwise;
}

/** A size as nginx writes it: `8m`, `512k`, `0`. What is none is the default. */
function sizeOf(text: string): number {
  const match = /^(\d{1,9})([kmg]?)$/i.exec(text.trim());
  if (match === null) return sizeOf(DEFAULT_BODY_SIZE);
  const unit = { '': 1, k: 1_024, m: 1_048_576, g: 1_073_741_824 }[match[2]?.toLowerCase() ?? ''] ?? 1;
  return Number(match[1]) * unit;
}

/** Whether the source may ask: the denied go before the allowed, and no list allows all. */
export function maySee({ allowFrom, denyFrom }: Behaviour, address: string): boolean {
  const within = (range: string): boolean =>
    cidrContains(range.includes('/') ? range : hostCidr(range), address);
  if (denyFrom.some(within)) return false;
  return allowFrom.length === 0 || allowFrom.some(within);
}

/** Whether a request goes to the canary: its header decides first, then its cookie, then the weight. */
export function takesCanary(
  canary: Canary,
  headers: ReadonlyMap<string, string>,
  draw: (bound: number) => number,
): boolean {
  if (canary.header !== undefined) {
    const value = headers.get(canary.header.toLowerCase());
    if (canary.headerValue !== undefined) {
      if (value === canary.headerValue) return true;
    } else if (value === 'always') return true;
    else if (value === 'never') return false;
  }
  if (canary.cookie !== undefined) {
    const value = cookieOf(headers, canary.cookie);
    if (value === 'always') return true;
    if (value === 'never') return false;
  }
  return canary.weight > 0 && draw(canary.weightTotal) < canary.weight;
}

export function cookieOf(headers: ReadonlyMap<string, string>, name: string): string | undefined {
  for (const part of (headers.get('cookie') ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}
