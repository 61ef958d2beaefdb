import type { Ingress, IngressClass } from 'kubernetes-types/networking/v1';
import { forbidden } from '../status.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

const DEFAULT_ANNOTATION = 'ingressclass.kubernetes.io/is-default-class';

/** ING5: an Ingress without a class gets the default one; several of them cannot all be it. */
export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  create(resource, object, context) {
    if (resource.resource !== 'ingresses') return undefined;
    const ingress = object as unknown as Ingress;
    if (ingress.spec?.ingressClassName !== undefined) return undefined;
    if (ingress.metadata?.annotations?.['kubernetes.io/ingress.class'] !== undefined) return undefined;
    const classes = context.list('networking.k8s.io/ingressclasses') as unknown as readonly IngressClass[];
    const defaults = classes.filter(
      (candidate) => candidate.metadata?.annotations?.[DEFAULT_ANNOTATION] === 'true',
    );
    if (defaults.length === 0) return undefined;
    if (defaults.length > 1)
      return forbidden(
        resource,
        object.metadata.name ?? '',
        `Internal error occurred: ${defaults.length} default IngressClasses were found, only 1 allowed`,
      );
    const [chosen] = defaults;
    if (chosen?.metadata?.name === undefined || ingress.spec === undefined) return undefined;
    ingress.spec.ingressClassName = chosen.metadata.name;
    return undefined;
  },
};
