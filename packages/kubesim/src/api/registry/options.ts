import type { UserInfo } from '../http.ts';

export interface WriteOptions {
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** Who owns the fields that this write sets. */
  readonly fieldManager: string;
  /** A component of the cluster itself: what it may do is not asked. */
  readonly component?: true;
  readonly subresource?: 'status' | 'scale' | 'finalize' | 'binding' | 'ephemeralcontainers' | 'resize';
  /** What the client should be warned of is added here. */
  readonly warnings: string[];
}

export interface DeleteOptions {
  readonly user: UserInfo;
  readonly dryRun: boolean;
  readonly gracePeriodSeconds?: number;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: string;
  readonly orphanDependents?: boolean;
}
