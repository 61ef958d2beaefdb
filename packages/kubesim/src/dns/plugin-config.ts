import type { IpAddress } from '@podwire/netsim';
import type { Directive } from './corefile.ts';
import type { DomainName } from './records.ts';

export interface KubernetesConfig {
  readonly zones: readonly DomainName[];
  readonly ttlSeconds: number;
  readonly pods: 'insecure' | 'verified' | 'disabled';
  /** Absent: all. */
  readonly namespaces?: readonly string[];
  /** Zones whose missing names go on to the next plugin; empty: none. */
  readonly fallthrough: readonly DomainName[];
}

export interface ForwardConfig {
  readonly from: DomainName;
  readonly to: readonly { readonly address: IpAddress; readonly port: number }[];
  readonly except: readonly DomainName[];
}

export interface HostsConfig {
  readonly zones: readonly DomainName[];
  readonly entries: readonly { readonly address: IpAddress; readonly names: readonly DomainName[] }[];
  readonly ttlSeconds: number;
  readonly reverse: boolean;
  readonly fallthrough: readonly DomainName[];
}

export interface CacheConfig {
  readonly zones: readonly DomainName[];
  readonly successSeconds: number;
  readonly denialSeconds: number;
  readonly noSuccess: readonly DomainName[];
  readonly noDenial: readonly DomainName[];
}

/** One server block, understood. Plain data. */
export interface ServerConfig {
  readonly zone: DomainName;
  readonly port: number;
  readonly errors: boolean;
  readonly logs: readonly LogRule[];
  readonly loadbalance: boolean;
  readonly cache?: CacheConfig;
  readonly rewrites: readonly RewriteRule[];
  readonly templates: readonly TemplateConfig[];
  readonly hosts?: HostsConfig;
  readonly kubernetes?: KubernetesConfig;
  readonly loop: boolean;
  readonly forwards: readonly ForwardConfig[];
  readonly healthPort?: number;
  readonly lameduckSeconds: number;
  readonly readyPort?: number;
  readonly metricsPort?: number;
  readonly reload?: ReloadConfig;
}

export interface ReloadConfig {
  readonly intervalSeconds: number;
  /** Checks come within half of this before and after the interval. */
  readonly jitterSeconds: number;
}

export type ServerDraft = { -readonly [Key in keyof ServerConfig]: ServerConfig[Key] };

export interface ConfigFiles {
  readonly readFile: (path: string) => string | undefined;
}

/** What CoreDNS complains of; `line` is the directive's own unless it says another, `bare` stands without file and line. */
export interface Complaint {
  readonly message: string;
  readonly line?: number;
  readonly bare?: boolean;
}

/** undefined when all is well, otherwise what CoreDNS would say. */
export type Setup = (
  draft: ServerDraft,
  directive: Directive,
  files: ConfigFiles,
) => string | Complaint | undefined;

export const RESPONSE_CLASSES = ['all', 'success', 'denial', 'error'] as const;
export type ResponseClass = (typeof RESPONSE_CLASSES)[number];

/** One `log` line of a Corefile, for one name. */
export interface LogRule {
  readonly scope: DomainName;
  readonly format: string;
  readonly classes: readonly ResponseClass[];
}

export type NameMatch = 'exact' | 'prefix' | 'suffix' | 'substring' | 'regex';

/** What is done with the records of an answer. Plain data: an answer may have to be waited for. */
export type AnswerChange =
  /** A name, and what ends with it, becomes another. */
  | { readonly kind: 'remap'; readonly of: 'name' | 'value'; readonly from: string; readonly to: string }
  | { readonly kind: 'suffix'; readonly of: 'name' | 'value'; readonly from: string; readonly to: string }
  | { readonly kind: 'regex'; readonly of: 'name' | 'value'; readonly from: string; readonly to: string }
  | { readonly kind: 'ttl'; readonly least: number; readonly most: number };

/** One `rewrite` line of a Corefile. */
export type RewriteRule = { readonly continues: boolean } & (
  | {
      readonly kind: 'name';
      readonly match: NameMatch;
      readonly from: string;
      readonly to: string;
      /** Whether answers come back under the name that was asked for. */
      readonly auto: boolean;
      readonly answers: readonly AnswerChange[];
    }
  | { readonly kind: 'type'; readonly from: string; readonly to: string }
  | {
      readonly kind: 'ttl';
      readonly match: NameMatch;
      readonly name: string;
      readonly change: AnswerChange;
    }
);

/** One `template` of a Corefile: answers made of the question. */
export interface TemplateConfig {
  readonly type: string;
  readonly zones: readonly DomainName[];
  /** Patterns of RE2; the first that occurs in the name counts. */
  readonly patterns: readonly string[];
  readonly answers: readonly (readonly TemplatePart[])[];
  readonly additionals: readonly (readonly TemplatePart[])[];
  readonly authorities: readonly (readonly TemplatePart[])[];
  readonly responseCode: number;
  readonly fallthrough: readonly DomainName[];
}

/** A piece of a text template. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly field: 'Class' | 'Name' | 'Remote' | 'Type' | 'Zone' }
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'match'; readonly index: number };
