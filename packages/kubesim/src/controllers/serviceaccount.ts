import { isTerminating, nameOf } from '../runtime/objects.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext } from './contract.ts';

/** API9: every namespace has a ServiceAccount `default`, and gets it back when it is deleted. */
export function serviceAccountController(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'serviceaccount-controller',
    watches: ['Namespace', 'ServiceAccount'],
    keysOf(change) {
      if (change.kind === 'Namespace') return [nameOf(change.object)];
      const account = changeOf(change, 'ServiceAccount')?.object;
      return account === undefined || nameOf(account) !== 'default'
        ? []
        : [account.metadata?.namespace ?? ''];
    },
    allKeys: () => client.list('Namespace').map(nameOf),
    reconcile(namespace) {
      const object = client.get('Namespace', undefined, namespace);
      if (
        object === undefined ||
        isTerminating(object) ||
        client.get('ServiceAccount', namespace, 'default') !== undefined
      )
        return DONE;
      const result = client.create('ServiceAccount', {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default', namespace },
      });
      return result.ok || result.status.code === 404 || result.status.code === 409 ? DONE : RETRY;
    },
  };
}
