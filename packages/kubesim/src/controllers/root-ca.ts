import { certificateAuthorityPem } from '../bootstrap/pki.ts';
import { isTerminating, nameOf, sameValue } from '../runtime/objects.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext } from './contract.ts';

const NAME = 'kube-root-ca.crt';
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** API9: the ConfigMap kube-root-ca.crt in every namespace. */
export function rootCaPublisher(context: ControllerContext): Controller {
  const { client } = context;
  const data = { 'ca.crt': certificateAuthorityPem(context.config) };
  return {
    name: 'root-ca-certificate-publisher-controller',
    watches: ['Namespace', 'ConfigMap'],
    keysOf(change) {
      if (change.kind === 'Namespace') return [nameOf(change.object)];
      const map = changeOf(change, 'ConfigMap')?.object;
      return map === undefined || nameOf(map) !== NAME ? [] : [map.metadata?.namespace ?? ''];
    },
    allKeys: () => client.list('Namespace').map(nameOf),
    reconcile(namespace) {
      const object = client.get('Namespace', undefined, namespace);
      if (object === undefined || isTerminating(object)) return DONE;
      const present = client.get('ConfigMap', namespace, NAME);
      if (present !== undefined && sameValue(present.data, data)) return DONE;
      const metadata = { name: NAME, namespace, annotations: { 'kubernetes.io/description': DESCRIPTION } };
      const result =
        present === undefined
          ? client.create('ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data })
          : client.update('ConfigMap', { ...present, data });
      return result.ok || result.status.code === 404 ? DONE : RETRY;
    },
  };
}
