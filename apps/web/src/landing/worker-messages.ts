import type { ProbeRequestView, ProbeResultView, ServerEvent } from '@podwire/protocol';

export type ToCluster =
  | { readonly kind: 'boot' }
  | { readonly kind: 'probe'; readonly id: number; readonly request: ProbeRequestView }
  | { readonly kind: 'policy'; readonly on: boolean };

export type FromCluster =
  | { readonly kind: 'booted'; readonly tookMs: number }
  | { readonly kind: 'objects'; readonly snapshot: ServerEvent<'topology:snapshot'> }
  | { readonly kind: 'probed'; readonly id: number; readonly result: ProbeResultView | undefined }
  | { readonly kind: 'failed'; readonly message: string };
