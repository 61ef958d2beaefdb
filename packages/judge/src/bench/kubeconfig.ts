import { parse } from 'yaml';

export interface Access {
  readonly server: URL;
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly Named<'context', { readonly cluster: string; readonly user: string }>[];
  readonly clusters?: readonly Named<'cluster', Readonly<Record<string, string>>>[];
  readonly users?: readonly Named<'user', Readonly<Record<string, string>>>[];
}
type Named<Key extends string, Value> = { readonly name: string } & { readonly [K in Key]: Value };

/** Reads a kubeconfig that carries a client certificate in itself, as kind's and `podwire up`'s do. */
export function readAccess(text: string): Access {
  const config = parse(text) as Kubeconfig;
  const context = config.contexts?.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users?.find(({ name }) => name === context?.user)?.user;
  const server = cluster?.['server'];
  if (server === undefined) throw new Error('The kubeconfig has no current context with a server.');
  const decoded = (value: string | undefined, field: string): string => {
    if (value === undefined) throw new Error(`The kubeconfig's current context has no ${field}.`);
    return Buffer.from(value, 'base64').toString('utf8');
  };
  return {
    server: new URL(server),
    authority: decoded(cluster?.['certificate-authority-data'], 'certificate-authority-data'),
    certificate: decoded(user?.['client-certificate-data'], 'client-certificate-data'),
    key: decoded(user?.['client-key-data'], 'client-key-data'),
  };
}
