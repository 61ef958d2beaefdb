import type { BackendExpectation, Check, ConnectivityProbe, DnsExpectation } from './check-model.ts';
import { objectExpectation } from './check-object.ts';
import type { CheckSource } from './check-schema.ts';
import { defined } from './defined.ts';
import { matrixProbes } from './matrix.ts';

/** The keys of which a check has exactly one. */
export const LOOKS = [
  'object',
  'manifests',
  'connectivity',
  'matrix',
  'established',
  'mtu',
  'dns',
  'http',
  'logs',
  'events',
  'command',
  'file',
  'policiesEqual',
  'answer',
] as const satisfies readonly (keyof CheckSource)[];

type WithoutBase<Each> = Each extends Check
  ? Omit<Each, 'id' | 'title' | 'weight' | 'mode' | 'needs' | 'message' | 'holdsAtStart' | 'withinMs'>
  : never;
type Look = WithoutBase<Exclude<Check, { kind: 'answer' }>>;

export type LookOutcome =
  | { readonly ok: true; readonly look: Look }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

const found = (look: Look): LookOutcome => ({ ok: true, look });
const refused = (message: string, remedy: string): LookOutcome => ({ ok: false, message, remedy });

/** What a check looks at, when it is no answer. */
export function readLook(source: CheckSource): LookOutcome {
  if (source.object !== undefined) return objectLook(source.object);
  if (source.manifests !== undefined) return manifestLook(source.manifests);
  if (source.connectivity !== undefined) return connectivityLook(source.connectivity);
  if (source.matrix !== undefined) return matrixLook(source.matrix);
  if (source.established !== undefined)
    return found({ kind: 'established', established: source.established });
  if (source.mtu !== undefined) return mtuLook(source.mtu);
  if (source.dns !== undefined) return dnsLook(source.dns);
  if (source.http !== undefined) return httpLook(source.http);
  if (source.logs !== undefined) return logLook(source.logs);
  if (source.events !== undefined) return eventLook(source.events);
  if (source.command !== undefined) return found({ kind: 'command', command: textOf(source.command) });
  if (source.file !== undefined) return found({ kind: 'file', file: textOf(source.file) });
  if (source.policiesEqual !== undefined)
    return found({
      kind: 'policies-equal',
      policies: {
        reference: source.policiesEqual.reference,
        ...defined({ namespaces: source.policiesEqual.namespaces }),
      },
    });
  throw new Error('one look exists');
}

function objectLook(source: NonNullable<CheckSource['object']>): LookOutcome {
  if (source.valid !== undefined)
    return refused('what is in the cluster has been validated', 'Leave out valid, or look at manifests.');
  return found({ kind: 'object', ...objectExpectation(source) });
}

function manifestLook(source: NonNullable<CheckSource['manifests']>): LookOutcome {
  if (source.unchanged !== undefined || source.condition !== undefined || source.ownedBy !== undefined)
    return refused(
      'files have no owners, conditions and earlier state',
      'Leave out unchanged, condition and ownedBy, or look at the object in the cluster.',
    );
  return found({ kind: 'manifests', path: source.path, ...objectExpectation(source) });
}

function connectivityLook(source: NonNullable<CheckSource['connectivity']>): LookOutcome {
  const probes: ConnectivityProbe[] = [];
  for (const { sourceSeen, backends, ...probe } of source) {
    const pods = backends?.pods;
    if (pods !== undefined && pods.kind !== 'pods')
      return refused('backends.pods is no selector of pods', 'Write pods/<namespace>/<label selector>.');
    const expected: BackendExpectation | undefined =
      backends === undefined
        ? undefined
        : {
            connections: backends.connections,
            ...defined({
              pods,
              minShare: backends.minShare,
              count: backends.count === undefined ? undefined : defined(backends.count),
            }),
          };
    probes.push({ ...probe, ...defined({ sourceSeen, backends: expected }) });
  }
  return found({ kind: 'connectivity', probes });
}

function matrixLook(source: NonNullable<CheckSource['matrix']>): LookOutcome {
  const probes = matrixProbes(source);
  if (typeof probes !== 'string') return found({ kind: 'connectivity', probes });
  return refused(
    `the matrix can't be read: ${probes}`,
    'Give a row for each source, with a sign for each destination: + open, - blocked, r refused, t timed out, . not looked at.',
  );
}

function mtuLook({ from, to, min, max }: NonNullable<CheckSource['mtu']>): LookOutcome {
  if (min === undefined && max === undefined)
    return refused('it says neither min nor max', 'Give the least or the most bytes that must pass whole.');
  return found({ kind: 'mtu', mtu: { from, to, ...defined({ min, max }) } });
}

function dnsLook(source: NonNullable<CheckSource['dns']>): LookOutcome {
  const { from, name, type } = source;
  const given = [source.records, source.pods, source.service, source.expect].filter(
    (each) => each !== undefined,
  );
  if (given.length !== 1)
    return refused(
      'it does not say what the answer must be',
      'Give exactly one of records, pods, service and expect (nxdomain, nodata, no-answer).',
    );
  const expect = expectedRecords(source);
  if (expect === undefined)
    return refused(
      'pods or service is of another kind',
      'Write pods: pods/<namespace>/<label selector>, or service: service/<namespace>/<name>.',
    );
  return found({ kind: 'dns', dns: { from, name, type, expect } });
}

function expectedRecords({
  records,
  atLeast,
  pods,
  service,
  expect,
}: NonNullable<CheckSource['dns']>): DnsExpectation['expect'] | undefined {
  if (records !== undefined) return { kind: 'records', records, atLeast };
  if (pods?.kind === 'pods') return { kind: 'pods', pods };
  if (service?.kind === 'service') return { kind: 'service', service };
  return expect === undefined ? undefined : { kind: expect };
}

function httpLook(source: NonNullable<CheckSource['http']>): LookOutcome {
  const { from, url, certificate, weights, headers, ...rest } = source;
  if (certificate !== undefined && !url.startsWith('https://'))
    return refused('a server of http:// shows no certificate', 'Ask for an https:// URL.');
  return found({
    kind: 'http',
    request: {
      from,
      url,
      ...defined(rest),
      ...defined({
        headers:
          headers === undefined
            ? undefined
            : Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, defined(text)])),
        certificate: certificate === undefined ? undefined : defined(certificate),
        weights:
          weights === undefined
            ? undefined
            : {
                requests: weights.requests,
                tolerance: weights.tolerance,
                shares: weights.shares.map(({ share, ...text }) => ({ share, ...defined(text) })),
              },
      }),
    },
  });
}

function logLook(source: NonNullable<CheckSource['logs']>): LookOutcome {
  const { pod, container, contains, pattern, absent } = source;
  if ((contains === undefined) === (pattern === undefined) || (pod.kind !== 'pod' && pod.kind !== 'pods'))
    return refused(
      'it does not say what to look for in which pod’s log',
      'Give pod (pod/… or pods/…) and one of contains and pattern, the latter a regular expression.',
    );
  return found({ kind: 'logs', logs: { pod, absent, ...defined({ container, contains, pattern }) } });
}

function eventLook(source: NonNullable<CheckSource['events']>): LookOutcome {
  const { namespace, absent, reason, type, on, contains } = source;
  if (reason === undefined && on === undefined && contains === undefined)
    return refused('it means every event', 'Give reason, on or contains.');
  return found({
    kind: 'events',
    events: {
      namespace,
      absent,
      ...defined({
        reason,
        type,
        contains,
        on: on === undefined ? undefined : { kind: on.kind, ...defined({ name: on.name }) },
      }),
    },
  });
}

function textOf<
  Source extends { readonly contains?: string | undefined; readonly matches?: string | undefined },
>(source: Source) {
  const { contains, matches, ...rest } = source;
  return { ...rest, ...defined({ contains, matches }) };
}
