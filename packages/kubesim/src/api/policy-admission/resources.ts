import { compileCel } from '@podwire/cel';
import type { StoredObject } from '../../store/store.ts';
import { age, columns, nameOf } from '../printers/columns.ts';
import { ALL_METADATA, defineResource } from '../resources/resource.ts';
import type { Resource, Verb } from '../resources/resource.ts';
import type { FieldErrors } from '../validation/field-errors.ts';
import { dnsSubdomain } from '../validation/names.ts';
import { POLICY_VARIABLES } from './policy.ts';
import type { AdmissionPolicy, AdmissionPolicyBinding, MatchResources } from './policy.ts';

const GROUP = 'admissionregistration.k8s.io';

function defaultMatch(match: MatchResources | undefined): void {
  if (match === undefined) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
}

function checkExpression(
  text: string,
  path: string,
  variables: readonly string[],
  errors: FieldErrors,
): void {
  if (text.trim() === '') return errors.required(path, 'expression is not specified');
  const compiled = compileCel(text, variables);
  if (!compiled.ok) errors.invalid(path, text, `compilation failed: ${compiled.message}`);
}

function validatePolicy({ spec }: AdmissionPolicy, errors: FieldErrors): void {
  const validations = spec.validations ?? [];
  if (spec.matchConstraints === undefined) errors.required('spec.matchConstraints');
  else if ((spec.matchConstraints.resourceRules ?? []).length === 0)
    errors.required('spec.matchConstraints.resourceRules');
  if (!['Fail', 'Ignore'].includes(spec.failurePolicy ?? ''))
    errors.notSupported('spec.failurePolicy', spec.failurePolicy, ['Fail', 'Ignore']);
  if (spec.paramKind !== undefined) {
    if ((spec.paramKind.apiVersion ?? '') === '') errors.required('spec.paramKind.apiVersion');
    if ((spec.paramKind.kind ?? '') === '') errors.required('spec.paramKind.kind');
  }
  const outside = POLICY_VARIABLES.filter((name) => name !== 'variables' && name !== 'params');
  const inside = POLICY_VARIABLES.filter((name) => name !== 'params' || spec.paramKind !== undefined);
  for (const [index, { expression }] of (spec.matchConditions ?? []).entries())
    checkExpression(
      expression,
      `spec.matchConditions[${index}].expression`,
      spec.paramKind === undefined ? outside : [...outside, 'params'],
      errors,
    );
  for (const [index, { name, expression }] of (spec.variables ?? []).entries()) {
    if (name === '') errors.required(`spec.variables[${index}].name`, 'name is not specified');
    checkExpression(expression, `spec.variables[${index}].expression`, inside, errors);
  }
  if (validations.length === 0 && (spec.auditAnnotations ?? []).length === 0) {
    errors.required('spec.validations', 'validations or auditAnnotations must contain at least one item');
    errors.required(
      'spec.auditAnnotations',
      'validations or auditAnnotations must contain at least one item',
    );
  }
  for (const [index, validation] of validations.entries()) {
    const path = `spec.validations[${index}]`;
    checkExpression(validation.expression, `${path}.expression`, inside, errors);
    if (validation.messageExpression !== undefined)
      checkExpression(validation.messageExpression, `${path}.messageExpression`, inside, errors);
    const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'];
    if (validation.reason !== undefined && !reasons.includes(validation.reason))
      errors.notSupported(`${path}.reason`, validation.reason, reasons);
  }
  for (const [index, { valueExpression }] of (spec.auditAnnotations ?? []).entries())
    checkExpression(valueExpression, `spec.auditAnnotations[${index}].valueExpression`, inside, errors);
}

function validateBinding({ spec }: AdmissionPolicyBinding, errors: FieldErrors): void {
  if ((spec.policyName ?? '') === '') errors.required('spec.policyName');
  const actions = spec.validationActions ?? [];
  const known = ['Audit', 'Deny', 'Warn'];
  if (actions.length === 0)
    errors.required('spec.validationActions', 'at least one validation action is required');
  for (const [index, action] of actions.entries()) {
    if (!known.includes(action)) errors.notSupported(`spec.validationActions[${index}]`, action, known);
    if (actions.indexOf(action) !== index) errors.duplicate(`spec.validationActions[${index}]`, action);
  }
  if (actions.includes('Deny') && actions.includes('Warn'))
    errors.invalid(
      'spec.validationActions',
      actions,
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    );
  const { paramRef } = spec;
  if (paramRef === undefined) return;
  if ((paramRef.name ?? '') === '' && paramRef.selector === undefined)
    errors.required('spec.paramRef', 'one of name or selector must be specified');
  if ((paramRef.name ?? '') !== '' && paramRef.selector !== undefined)
    errors.forbidden('spec.paramRef.name', 'name and selector are mutually exclusive');
  if (!['Allow', 'Deny'].includes(paramRef.parameterNotFoundAction ?? ''))
    errors.required('spec.paramRef.parameterNotFoundAction');
}

const READ_ONLY: readonly Verb[] = ['get', 'list', 'watch'];

/** Nothing here can call out to a webhook, so none can be registered (API10); that there are none is a true answer. */
const webhooks: readonly Resource[] = (
  ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'] as const
).map((kind) =>
  defineResource<StoredObject>({
    group: GROUP,
    resource: `${kind.toLowerCase()}s`,
    kind,
    schema: `admissionregistration.${kind}`,
    namespaced: false,
    nameFormat: dnsSubdomain,
    categories: ['api-extensions'],
    verbs: READ_ONLY,
    notModelled: 'admission webhooks: write a ValidatingAdmissionPolicy instead',
    printer: {
      columns: columns('Name, Webhooks:integer, Age'),
      cells: (object, nowMs) => [nameOf(object), 0, age(object, nowMs)],
    },
  }),
);

export const admissionResources: readonly Resource[] = [
  ...webhooks,
  defineResource<AdmissionPolicy>({
    group: GROUP,
    resource: 'validatingadmissionpolicies',
    kind: 'ValidatingAdmissionPolicy',
    schema: 'admissionregistration.ValidatingAdmissionPolicy',
    namespaced: false,
    nameFormat: dnsSubdomain,
    categories: ['api-extensions'],
    status: true,
    statusKeeps: ALL_METADATA,
    generation: true,
    applyDefaults: (object) => {
      object.spec.failurePolicy ??= 'Fail';
      defaultMatch(object.spec.matchConstraints);
    },
    prepareCreate: (object) => {
      Reflect.deleteProperty(object, 'status');
      return undefined;
    },
    validate: validatePolicy,
    printer: {
      columns: columns('Name, Validations:integer, ParamKind, Age'),
      cells: (object, nowMs) => [
        nameOf(object),
        (object.spec.validations ?? []).length,
        object.spec.paramKind === undefined
          ? '<unset>'
          : `${object.spec.paramKind.apiVersion ?? ''}/${object.spec.paramKind.kind ?? ''}`,
        age(object, nowMs),
      ],
    },
  }),
  defineResource<AdmissionPolicyBinding>({
    group: GROUP,
    resource: 'validatingadmissionpolicybindings',
    kind: 'ValidatingAdmissionPolicyBinding',
    schema: 'admissionregistration.ValidatingAdmissionPolicyBinding',
    namespaced: false,
    nameFormat: dnsSubdomain,
    categories: ['api-extensions'],
    generation: true,
    applyDefaults: (object) => defaultMatch(object.spec.matchResources),
    validate: validateBinding,
    printer: {
      columns: columns('Name, PolicyName, ParamRef, Age'),
      cells: (object, nowMs) => {
        const { paramRef } = object.spec;
        const namespace = (paramRef?.namespace ?? '') === '' ? '*' : (paramRef?.namespace ?? '');
        const shown = paramRef === undefined ? '<unset>' : `${namespace}/${paramRef.name ?? '*'}`;
        return [nameOf(object), object.spec.policyName ?? '', shown, age(object, nowMs)];
      },
    },
  }),
];
