import type { KeyToPath, Volume, VolumeProjection } from 'kubernetes-types/core/v1';
import { FieldErrors } from './field-errors.ts';
import { dnsLabel } from './names.ts';

const HOST_PATH_TYPES = [
  '',
  'DirectoryOrCreate',
  'Directory',
  'FileOrCreate',
  'File',
  'Socket',
  'CharDevice',
  'BlockDevice',
];
const MAX_FILE_MODE = 0o777;

/** Returns the volumes that mounts may name: those that are in order. */
export function validateVolumes(
  volumes: readonly Volume[],
  path: string,
  errors: FieldErrors,
): ReadonlyMap<string, Volume> {
  const valid = new Map<string, Volume>();
  for (const [index, volume] of volumes.entries()) {
    const own = new FieldErrors();
    const at = `${path}[${index}]`;
    validateSource(volume, at, own);
    if (volume.name === '') own.required(`${at}.name`);
    else own.invalidEach(`${at}.name`, volume.name, dnsLabel(volume.name));
    if (valid.has(volume.name)) own.duplicate(`${at}.name`, volume.name);
    if (own.list.length === 0) valid.set(volume.name, volume);
    else errors.list.push(...own.list);
  }
  return valid;
}

function validateSource(volume: Volume, at: string, errors: FieldErrors): void {
  const sources = Object.keys(volume).filter((field) => field !== 'name');
  if (sources.length === 0) errors.required(at, 'must specify a volume type');
  for (const extra of sources.slice(1))
    errors.forbidden(`${at}.${extra}`, 'may not specify more than 1 volume type');
  const { secret, configMap, downwardAPI, projected, hostPath, persistentVolumeClaim } = volume;
  if (secret !== undefined) {
    if ((secret.secretName ?? '') === '') errors.required(`${at}.secret.secretName`);
    validateMode(secret.defaultMode, `${at}.secret.defaultMode`, errors);
    validateItems(secret.items, `${at}.secret.items`, errors);
  }
  if (configMap !== undefined) {
    if ((configMap.name ?? '') === '') errors.required(`${at}.configMap.name`);
    validateMode(configMap.defaultMode, `${at}.configMap.defaultMode`, errors);
    validateItems(configMap.items, `${at}.configMap.items`, errors);
  }
  if (downwardAPI !== undefined)
    validateMode(downwardAPI.defaultMode, `${at}.downwardAPI.defaultMode`, errors);
  if (hostPath !== undefined) {
    if (hostPath.path === '') errors.required(`${at}.hostPath.path`);
    if (hostPath.path.split('/').includes('..'))
      errors.invalid(`${at}.hostPath.path`, hostPath.path, "must not contain '..'");
    if (hostPath.type !== undefined && !HOST_PATH_TYPES.includes(hostPath.type))
      errors.notSupported(`${at}.hostPath.type`, hostPath.type, HOST_PATH_TYPES);
  }
  if (persistentVolumeClaim !== undefined && persistentVolumeClaim.claimName === '')
    errors.required(`${at}.persistentVolumeClaim.claimName`);
  if (projected !== undefined) {
    validateMode(projected.defaultMode, `${at}.projected.defaultMode`, errors);
    const list = (projected.sources as VolumeProjection[] | null | undefined) ?? [];
    for (const [index, source] of list.entries()) {
      const kinds = Object.keys(source);
      if (kinds.length === 0)
        errors.required(`${at}.projected.sources[${index}]`, 'must specify a volume type');
      if (kinds.length > 1)
        errors.forbidden(
          `${at}.projected.sources[${index}]`,
          'may not specify more than 1 volume type per source',
        );
    }
  }
}

function validateMode(mode: number | undefined, field: string, errors: FieldErrors): void {
  if (mode !== undefined && (mode < 0 || mode > MAX_FILE_MODE))
    errors.invalid(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive');
}

function validateItems(items: readonly KeyToPath[] | undefined, path: string, errors: FieldErrors): void {
  for (const [index, item] of (items ?? []).entries()) {
    const at = `${path}[${index}]`;
    if (item.key === '') errors.required(`${at}.key`);
    if (item.path === '') errors.required(`${at}.path`);
    if (item.path.startsWith('/')) errors.invalid(`${at}.path`, item.path, 'must be a relative path');
    if (item.path.split('/').includes('..')) errors.invalid(`${at}.path`, item.path, "must not contain '..'");
    else if (item.path.startsWith('..')) errors.invalid(`${at}.path`, item.path, "must not start with '..'");
    validateMode(item.mode, `${at}.mode`, errors);
  }
}
