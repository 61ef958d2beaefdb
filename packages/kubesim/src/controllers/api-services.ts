import type { CustomDefinitionObject } from '../api/client.ts';
import { nameOf, timestamp } from '../runtime/objects.ts';
import { changeOf, DONE, RETRY } from './contract.ts';
import type { Controller, ControllerContext } from './contract.ts';

const AUTOMANAGED = 'kube-aggregator.kubernetes.io/automanaged';
/** crdregistration: behind every group of Kubernetes' own. */
const GROUP_PRIORITY = 1000;
const VERSION_PRIORITY = 100;

const servedBy = (definition: CustomDefinitionObject | undefined): readonly string[] =>
  (definition?.spec?.versions ?? [])
    .filter(({ served }) => served)
    .map(({ name }) => `${name}.${definition?.spec?.group ?? ''}`);

/** API17: one APIService for each version of a group that definitions add, while one of them serves it. */
export function apiServiceController(context: ControllerContext): Controller {
  const { client } = context;
  return {
    name: 'crd-registration',
    watches: ['CustomResourceDefinition'],
    keysOf(change) {
      const definition = changeOf(change, 'CustomResourceDefinition');
      return definition === undefined
        ? []
        : [...new Set([...servedBy(definition.object), ...servedBy(definition.previous)])];
    },
    allKeys: () => [
      ...new Set([
        ...client.list('CustomResourceDefinition').flatMap(servedBy),
        ...client
          .list('APIService')
          .filter(({ metadata }) => metadata?.labels?.[AUTOMANAGED] === 'true')
          .map(nameOf),
      ]),
    ],
    reconcile(name) {
      const known = client.get('APIService', undefined, name);
      const served = client.list('CustomResourceDefinition').some((each) => servedBy(each).includes(name));
      if (served === (known !== undefined)) return DONE;
      // Versions that the API server serves by itself are not this controller's.
      if (known !== undefined && known.metadata?.labels?.[AUTOMANAGED] !== 'true') return DONE;
      const written = served
        ? client.create('APIService', {
            metadata: { name, labels: { [AUTOMANAGED]: 'true' } },
            spec: {
              group: name.slice(name.indexOf('.') + 1),
              version: name.slice(0, name.indexOf('.')),
              groupPriorityMinimum: GROUP_PRIORITY,
              versionPriority: VERSION_PRIORITY,
            },
            status: {
              conditions: [
                {
                  type: 'Available',
                  status: 'True',
                  lastTransitionTime: timestamp(context.nowMs()),
                  reason: 'Local',
                  message: 'Local APIServices are always available',
                },
              ],
            },
          })
        : client.delete('APIService', undefined, name);
      return written.ok ? DONE : RETRY;
    },
  };
}
