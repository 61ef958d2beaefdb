import type { ApiTransport, UserInfo } from '@podwire/kubesim';

/**
 * What a machine's `service('kubernetes')` gives kubectl: its way to the API server.
 * Who runs the cluster provides it; a machine without it answers as a machine without a cluster does.
 */
export interface KubernetesService {
  readonly transport: ApiTransport;
  /** Who the trusted in-process path says is asking, unless the kubeconfig names a token. */
  readonly user: UserInfo;
  /** The API server's address as kubeconfig spells it, e.g. `https://10.0.0.10:6443`. */
  readonly server: string;
  /** Wakes tasks that wait for this key: `Machines.announce`. Stream listeners call it. */
  readonly announce: (key: string) => void;
}

/** Narrow by shape: the machine's services are untyped. */
export function kubernetesService(offered: unknown): KubernetesService | undefined {
  if (typeof offered !== 'object' || offered === null) return undefined;
  return 'transport' in offered && 'user' in offered && 'server' in offered && 'announce' in offered
    ? (offered as KubernetesService)
    : undefined;
}
