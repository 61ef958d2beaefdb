import type { PodTemplate, ReplicationController } from 'kubernetes-types/core/v1';
import { defaultReplicationController, defaultTemplate } from '../defaults/workloads.ts';
import { podTemplatePrinter, replicationControllerPrinter } from '../printers/workloads.ts';
import { podSpecWarnings } from '../validation/pod-warnings.ts';
import { validatePodSpec } from '../validation/pod-spec.ts';
import { validateReplicationController } from '../validation/workloads.ts';
import { dnsSubdomain } from '../validation/names.ts';
import { defineResource, setStatus } from './resource.ts';
import type { Resource } from './resource.ts';

const replicationControllers = defineResource<ReplicationController>({
  group: '',
  resource: 'replicationcontrollers',
  kind: 'ReplicationController',
  schema: 'core.ReplicationController',
  namespaced: true,
  nameFormat: dnsSubdomain,
  shortNames: ['rc'],
  categories: ['all'],
  status: true,
  generation: true,
  scale: true,
  applyDefaults: defaultReplicationController,
  prepareCreate: (object) => setStatus(object, { replicas: 0 }),
  validate: validateReplicationController,
  warnings: ({ spec }) =>
    spec?.template?.spec === undefined ? [] : podSpecWarnings(spec.template.spec, 'spec.template.spec'),
  printer: replicationControllerPrinter,
  selectableFields: { 'status.replicas': (object) => String(object.status?.replicas ?? 0) },
});

const podTemplates = defineResource<PodTemplate>({
  group: '',
  resource: 'podtemplates',
  kind: 'PodTemplate',
  schema: 'core.PodTemplate',
  namespaced: true,
  nameFormat: dnsSubdomain,
  generation: true,
  applyDefaults: ({ template }) => defaultTemplate(template),
  validate: ({ template }, errors) => {
    if (template?.spec !== undefined) validatePodSpec(template.spec, 'template.spec', errors);
  },
  warnings: ({ template }) =>
    template?.spec === undefined ? [] : podSpecWarnings(template.spec, 'template.spec'),
  printer: podTemplatePrinter,
});

export const replicationResources: readonly Resource[] = [podTemplates, replicationControllers];
