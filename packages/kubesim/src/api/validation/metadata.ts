import { CLEANUP_FINALIZER } from '../custom/schema.ts';
import type { ObjectMeta } from 'kubernetes-types/meta/v1';
import { jsonEqual } from '../json.ts';
import type { FieldErrors } from './field-errors.ts';
import { dnsLabel, labelValue, maskTrailingDash, qualifiedName } from './names.ts';
import type { NameFormat } from './names.ts';

const ANNOTATIONS_MAX_BYTES = 256 * 1024;

export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  field: string,
  errors: FieldErrors,
): void {
  for (const [key, value] of sortedEntries(labels)) {
    errors.invalidEach(field, key, qualifiedName(key));
    errors.invalidEach(field, value, labelValue(value));
  }
}

export function sortedEntries<Value>(map: Readonly<Record<string, Value>> | undefined): [string, Value][] {
  return Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  field: string,
  errors: FieldErrors,
): void {
  let size = 0;
  for (const [key, value] of sortedEntries(annotations)) {
    errors.invalidEach(field, key, qualifiedName(key.toLowerCase()));
    size += key.length + value.length;
  }
  if (size > ANNOTATIONS_MAX_BYTES) errors.tooLong(field, ANNOTATIONS_MAX_BYTES);
}

export function validateMetadata(
  metadata: ObjectMeta,
  namespaced: boolean,
  nameFormat: NameFormat,
  errors: FieldErrors,
): void {
  const { name = '', generateName = '', namespace = '' } = metadata;
  if (generateName !== '')
    errors.invalidEach('metadata.generateName', generateName, nameFormat(maskTrailingDash(generateName)));
  if (name === '') errors.required('metadata.name', 'name or generateName is required');
  else errors.invalidEach('metadata.name', name, nameFormat(name));
  if (namespaced) {
    if (namespace === '') errors.required('metadata.namespace');
    else errors.invalidEach('metadata.namespace', namespace, dnsLabel(namespace));
  } else if (namespace !== '') errors.forbidden('metadata.namespace', 'not allowed on this type');
  validateLabels(metadata.labels, 'metadata.labels', errors);
  validateAnnotations(metadata.annotations, 'metadata.annotations', errors);
  validateOwners(metadata, errors);
  validateFinalizers(metadata.finalizers ?? [], errors);
}

function validateOwners(metadata: ObjectMeta, errors: FieldErrors): void {
  const field = 'metadata.ownerReferences';
  let controller: string | undefined;
  for (const owner of metadata.ownerReferences ?? []) {
    if (owner.apiVersion === '')
      errors.invalid(`${field}.apiVersion`, owner.apiVersion, 'version must not be empty');
    if (owner.kind === '') errors.invalid(`${field}.kind`, owner.kind, 'must not be empty');
    if (owner.name === '') errors.invalid(`${field}.name`, owner.name, 'must not be empty');
    if (owner.uid === '') errors.invalid(`${field}.uid`, owner.uid, 'must not be empty');
    if (owner.controller !== true) continue;
    const current = `${owner.kind}/${owner.name}`;
    if (controller !== undefined) {
      errors.invalid(
        field,
        metadata.ownerReferences,
        `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${current}`,
      );
    } else controller = current;
  }
}

export function validateMetadataUpdate(
  metadata: ObjectMeta,
  previous: ObjectMeta,
  errors: FieldErrors,
): void {
  if (previous.deletionTimestamp !== undefined) {
    const added = (metadata.finalizers ?? []).filter(
      (finalizer) => !(previous.finalizers ?? []).includes(finalizer),
    );
    if (added.length > 0) {
      const list = `[]string{${[...added]
        .sort()
        .map((finalizer) => JSON.stringify(finalizer))
        .join(', ')}}`;
      errors.forbidden(
        'metadata.finalizers',
        `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`,
      );
    }
  }
  for (const field of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const)
    validateImmutable(metadata[field], previous[field], `metadata.${field}`, errors);
  // What is stored was found good before; most writes leave it, and share it.
  if (metadata.labels !== previous.labels) validateLabels(metadata.labels, 'metadata.labels', errors);
  if (metadata.annotations !== previous.annotations)
    validateAnnotations(metadata.annotations, 'metadata.annotations', errors);
  if (metadata.ownerReferences !== previous.ownerReferences) validateOwners(metadata, errors);
  if (metadata.finalizers !== previous.finalizers) validateFinalizers(metadata.finalizers ?? [], errors);
}

export function validateImmutable(
  value: unknown,
  previous: unknown,
  field: string,
  errors: FieldErrors,
): void {
  if (!jsonEqual(value, previous)) errors.invalid(field, value ?? null, 'field is immutable');
}

const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion', CLEANUP_FINALIZER];

function validateFinalizers(finalizers: readonly string[], errors: FieldErrors): void {
  for (const finalizer of finalizers)
    errors.invalidEach('metadata.finalizers', finalizer, qualifiedName(finalizer));
  for (const [index, finalizer] of finalizers.entries()) {
    if (!finalizer.includes('/') && !STANDARD_FINALIZERS.includes(finalizer))
      errors.invalid(
        `metadata.finalizers[${index}]`,
        finalizer,
        'name is neither a standard finalizer name nor is it fully qualified',
      );
  }
}
