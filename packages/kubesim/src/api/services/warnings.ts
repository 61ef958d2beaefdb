import type { Service } from 'kubernetes-types/core/v1';

export function serviceWarnings(service: Service): readonly string[] {
  const { spec } = service;
  const warnings: string[] = [];
  if ((spec?.externalName ?? '') !== '' && spec?.type !== 'ExternalName')
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  if ((spec?.externalIPs ?? []).length > 0 && spec?.type === 'ExternalName')
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (spec?.sessionAffinity === 'ClientIP' && spec.clusterIP === 'None')
    warnings.push('spec.SessionAffinity is ignored for headless services');
  return warnings;
}
