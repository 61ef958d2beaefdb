import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { Credentials } from './certificates.ts';

/** Only its owner may read it: it holds the key of a cluster's administrator. */
const PRIVATE_MODE = 0o600;

export interface KubeconfigOptions {
  readonly clusterName: string;
  readonly server: string;
  readonly authority: string;
  readonly user: string;
  readonly credentials: Credentials;
}

/** A kubeconfig that carries everything in itself, as kubeadm's admin.conf does. */
export function renderKubeconfig(options: KubeconfigOptions): string {
  const { clusterName, server, authority, user, credentials } = options;
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const context = `${user}@${clusterName}`;
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: clusterName, cluster: { server, 'certificate-authority-data': base64(authority) } }],
      users: [
        {
          name: user,
          user: {
            'client-certificate-data': base64(credentials.certificate),
            'client-key-data': base64(credentials.key),
          },
        },
      ],
      contexts: [{ name: context, context: { cluster: clusterName, user } }],
      'current-context': context,
      preferences: {},
    },
    { lineWidth: 0 },
  );
}

/** Appears whole or not at all, and with its mode from the start. */
export function writeKubeconfig(file: string, text: string): void {
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, text, { mode: PRIVATE_MODE });
  chmodSync(draft, PRIVATE_MODE);
  renameSync(draft, file);
}
