import type { StoredObject } from '../../store/store.ts';
import { age, columns, nameOf } from '../printers/columns.ts';
import { dnsSubdomain } from '../validation/names.ts';
import { ALL_METADATA, defineResource } from './resource.ts';
import type { Resource } from './resource.ts';

/** API20: kept as they are written. No request ever waits here, so none is ever queued or turned away. */
const GROUP = 'flowcontrol.apiserver.k8s.io';
const MAX_PRECEDENCE = 10_000;
const DEFAULT_PRECEDENCE = 1000;
const DEFAULT_SHARES = 30;
const DEFAULT_QUEUES = 64;
const DEFAULT_HAND = 8;
const DEFAULT_QUEUE_LENGTH = 50;

interface FlowSchema extends StoredObject {
  readonly spec?: {
    readonly priorityLevelConfiguration?: { readonly name?: string };
    matchingPrecedence?: number;
    readonly distinguisherMethod?: { readonly type?: string };
  };
  readonly status?: { readonly conditions?: readonly { readonly type?: string; readonly status?: string }[] };
}

function precedenceOf({ spec }: FlowSchema): number {
  return spec?.matchingPrecedence ?? 0;
}

interface PriorityLevel extends StoredObject {
  readonly spec?: {
    readonly type?: string;
    readonly exempt?: { nominalConcurrencyShares?: number; lendablePercent?: number };
    readonly limited?: {
      nominalConcurrencyShares?: number;
      lendablePercent?: number;
      readonly limitResponse?: {
        readonly type?: string;
        readonly queuing?: { queues?: number; handSize?: number; queueLengthLimit?: number };
      };
    };
  };
}

const base = {
  group: GROUP,
  namespaced: false,
  nameFormat: dnsSubdomain,
  status: true,
  statusKeeps: ALL_METADATA,
  generation: true,
} as const;

export const flowControlResources: readonly Resource[] = [
  defineResource<FlowSchema>({
    ...base,
    resource: 'flowschemas',
    kind: 'FlowSchema',
    schema: 'flowcontrol.FlowSchema',
    applyDefaults: ({ spec }) => {
      if (spec !== undefined && (spec.matchingPrecedence ?? 0) === 0)
        spec.matchingPrecedence = DEFAULT_PRECEDENCE;
    },
    validate: ({ metadata, spec }, errors) => {
      const precedence = spec?.matchingPrecedence ?? 0;
      if (precedence < 1) errors.invalid('spec.matchingPrecedence', precedence, 'must be a positive value');
      if (precedence > MAX_PRECEDENCE)
        errors.invalid('spec.matchingPrecedence', precedence, `must not be greater than ${MAX_PRECEDENCE}`);
      if (precedence === 1 && metadata.name !== 'exempt')
        errors.invalid(
          'spec.matchingPrecedence',
          precedence,
          "only the schema named 'exempt' may have matchingPrecedence 1",
        );
      const method = spec?.distinguisherMethod?.type;
      if (method !== undefined && !['ByNamespace', 'ByUser'].includes(method))
        errors.notSupported('spec.distinguisherMethod', spec?.distinguisherMethod, ['ByNamespace', 'ByUser']);
      const level = spec?.priorityLevelConfiguration?.name ?? '';
      if (level === '')
        errors.required('spec.priorityLevelConfiguration.name', 'must reference a priority level');
      else errors.invalidEach('spec.priorityLevelConfiguration.name', level, dnsSubdomain(level));
    },
    printer: {
      columns: columns(
        'Name, PriorityLevel, MatchingPrecedence:integer, DistinguisherMethod, Age, MissingPL',
      ),
      order: (left, right) =>
        precedenceOf(left) - precedenceOf(right) || (nameOf(left) < nameOf(right) ? -1 : 1),
      cells: (object, nowMs) => {
        const dangling = object.status?.conditions?.find(({ type }) => type === 'Dangling');
        return [
          nameOf(object),
          object.spec?.priorityLevelConfiguration?.name ?? '',
          precedenceOf(object),
          object.spec?.distinguisherMethod?.type ?? '<none>',
          age(object, nowMs),
          dangling?.status ?? '?',
        ];
      },
    },
  }),
  defineResource<PriorityLevel>({
    ...base,
    resource: 'prioritylevelconfigurations',
    kind: 'PriorityLevelConfiguration',
    schema: 'flowcontrol.PriorityLevelConfiguration',
    applyDefaults: ({ spec }) => {
      if (spec?.exempt !== undefined) {
        spec.exempt.nominalConcurrencyShares ??= 0;
        spec.exempt.lendablePercent ??= 0;
      }
      if (spec?.limited === undefined) return;
      spec.limited.nominalConcurrencyShares ??= DEFAULT_SHARES;
      spec.limited.lendablePercent ??= 0;
      const queuing = spec.limited.limitResponse?.queuing;
      if (queuing === undefined) return;
      queuing.queues = queuing.queues === undefined || queuing.queues === 0 ? DEFAULT_QUEUES : queuing.queues;
      queuing.handSize =
        queuing.handSize === undefined || queuing.handSize === 0 ? DEFAULT_HAND : queuing.handSize;
      queuing.queueLengthLimit =
        queuing.queueLengthLimit === undefined || queuing.queueLengthLimit === 0
          ? DEFAULT_QUEUE_LENGTH
          : queuing.queueLengthLimit;
    },
    validate: ({ spec }, errors) => {
      const { type = '', limited, exempt } = spec ?? {};
      if (type !== 'Exempt' && type !== 'Limited')
        errors.notSupported('spec.type', type, ['Exempt', 'Limited']);
      if (type === 'Exempt' && limited !== undefined)
        errors.forbidden('spec.limited', 'must be nil if the type is not Limited');
      if (type === 'Limited') {
        if (exempt !== undefined) errors.forbidden('spec.exempt', 'must be nil if the type is Limited');
        if (limited === undefined) errors.required('spec.limited', 'must not be empty when type is Limited');
        const response = limited?.limitResponse;
        if (limited !== undefined && response?.type !== 'Queue' && response?.type !== 'Reject')
          errors.notSupported('spec.limited.limitResponse.type', response?.type ?? '', ['Queue', 'Reject']);
        if (response?.type === 'Reject' && response.queuing !== undefined)
          errors.forbidden(
            'spec.limited.limitResponse.queuing',
            'must be nil if limited.limitResponse.type is not Limited',
          );
        if (response?.type === 'Queue' && response.queuing === undefined)
          errors.required(
            'spec.limited.limitResponse.queuing',
            'must not be empty if limited.limitResponse.type is Limited',
          );
      }
    },
    printer: {
      columns: columns('Name, Type, NominalConcurrencyShares, Queues, HandSize, QueueLengthLimit, Age'),
      cells: (object, nowMs) => {
        const { type = '', limited, exempt } = object.spec ?? {};
        const queuing = limited?.limitResponse?.queuing;
        const told = (value: number | undefined): string => (value === undefined ? '<none>' : String(value));
        return [
          nameOf(object),
          type,
          told((limited ?? exempt)?.nominalConcurrencyShares),
          told(queuing?.queues),
          told(queuing?.handSize),
          told(queuing?.queueLengthLimit),
          age(object, nowMs),
        ];
      },
    },
  }),
];
