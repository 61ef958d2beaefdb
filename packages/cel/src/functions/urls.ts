import { CelFailure, noSuchOverload } from '../problems.ts';
import { mapOf } from '../values.ts';
import type { CelOpaque, CelValue, MapKey } from '../values.ts';
import type { CelFunction, Library } from './function.ts';
import { expectArguments, textArgument } from './function.ts';

class Url implements CelOpaque {
  readonly opaque = 'kubernetes.URL';
  readonly text: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;

  constructor(text: string, scheme: string, host: string, path: string, query: string) {
    this.text = text;
    this.scheme = scheme;
    this.host = host;
    this.path = path;
    this.query = query;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof Url && other.text === this.text;
  }

  toText(): string {
    return this.text;
  }
}

/** As Go's url.ParseRequestURI takes them: absolute, or a path from the root. A text: what is wrong with it. */
function parseUrl(text: string): Url | string {
  const wrong = (why: string): string => `parse ${JSON.stringify(text)}: ${why}`;
  if (text === '') return wrong('empty url');
  if (/[\u0000-\u001f\u007f]/.test(text)) return wrong('net/url: invalid control character in URL');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1] ?? '';
  if (scheme === '' && !text.startsWith('/'))
    return wrong(text.startsWith(':') ? 'missing protocol scheme' : 'invalid URI for request');
  const rest = (scheme === '' ? text : text.slice(scheme.length + 1)).replace(/#.*$/s, '');
  if (scheme !== '' && !rest.startsWith('/')) return wrong('invalid URI for request');
  const question = rest.indexOf('?');
  const before = question < 0 ? rest : rest.slice(0, question);
  const query = question < 0 ? '' : rest.slice(question + 1);
  const authority =
    scheme !== '' && before.startsWith('//') ? (/^\/\/([^/]*)/.exec(before)?.[1] ?? '') : undefined;
  const path = authority === undefined ? before : before.slice(2 + authority.length);
  const escape = /%(?![0-9a-fA-F]{2})[\s\S]{0,2}/.exec(path)?.[0];
  if (escape !== undefined) return wrong(`invalid URL escape ${JSON.stringify(escape)}`);
  const host = (authority ?? '').replace(/^.*@/, '');
  if (/[\s<>"\\^`{}|]/.test(host))
    return wrong(`invalid character ${JSON.stringify(/[\s<>"\\^`{}|]/.exec(host)?.[0] ?? '')} in host name`);
  const port = /:([^:\]]*)$/.exec(host)?.[1];
  if (port !== undefined && !/^\d*$/.test(port))
    return wrong(`invalid port ${JSON.stringify(`:${port}`)} after host`);
  return new Url(text, scheme.toLowerCase(), host, path, query);
}

export function urlProblem(text: string): string | undefined {
  const parsed = parseUrl(text);
  return typeof parsed === 'string' ? parsed : undefined;
}

function part(read: (url: Url) => CelValue): CelFunction {
  return (args) => {
    expectArguments(args, 1);
    const [url] = args;
    if (!(url instanceof Url)) throw noSuchOverload();
    return read(url);
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function queryOf(url: Url): CelValue {
  const values = new Map<MapKey, CelValue[]>();
  for (const pair of url.query.split('&')) {
    if (pair === '') continue;
    const [key = '', ...rest] = pair.split('=');
    const name = decoded(key);
    values.set(name, [...(values.get(name) ?? []), decoded(rest.join('='))]);
  }
  return mapOf(values);
}

export const urlLibrary: Library = {
  globals: {
    url: (args) => {
      expectArguments(args, 1);
      const parsed = parseUrl(textArgument(args, 0));
      if (typeof parsed === 'string')
        throw new CelFailure(`URL parse error during conversion from string: ${parsed}`);
      return parsed;
    },
    isURL: (args) => urlProblem(textArgument(args, 0)) === undefined,
  },
  members: {
    getScheme: part((url) => url.scheme),
    getHost: part((url) => url.host),
    getHostname: part((url) => url.host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')),
    getPort: part((url) => /:(\d+)$/.exec(url.host)?.[1] ?? ''),
    getEscapedPath: part((url) => url.path),
    getQuery: part(queryOf),
  },
};
