import type { ConfigMap, Secret } from 'kubernetes-types/core/v1';
import { base64ToBytes, decodeBase64 } from '../base64.ts';
import { jsonEqual } from '../json.ts';
import type { FieldErrors } from './field-errors.ts';
import { sortedEntries, validateImmutable } from './metadata.ts';
import { configMapKey } from './names.ts';

/** The most a ConfigMap or Secret may hold (core/v1 MaxSecretSize). */
const MAX_BYTES = 1024 * 1024;

export function validateConfigMap(object: ConfigMap, errors: FieldErrors): void {
  let size = 0;
  for (const [key, value] of sortedEntries(object.data)) {
    errors.invalidEach(`data[${key}]`, key, configMapKey(key));
    if (object.binaryData !== undefined && Object.hasOwn(object.binaryData, key))
      errors.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData');
    size += value.length;
  }
  for (const [key, value] of sortedEntries(object.binaryData)) {
    errors.invalidEach(`binaryData[${key}]`, key, configMapKey(key));
    size += base64ToBytes(value).length;
  }
  if (size > MAX_BYTES) errors.tooLong('', MAX_BYTES);
}

const IMMUTABLE = 'field is immutable when `immutable` is set';

export function validateConfigMapUpdate(object: ConfigMap, previous: ConfigMap, errors: FieldErrors): void {
  if (previous.immutable !== true) return;
  if (object.immutable !== true) errors.forbidden('immutable', IMMUTABLE);
  if (!jsonEqual(object.data, previous.data)) errors.forbidden('data', IMMUTABLE);
  if (!jsonEqual(object.binaryData, previous.binaryData)) errors.forbidden('binaryData', IMMUTABLE);
}

export function validateSecret(secret: Secret, errors: FieldErrors): void {
  const data = secret.data ?? {};
  let size = 0;
  for (const [key, value] of sortedEntries(data)) {
    errors.invalidEach(`data[${key}]`, key, configMapKey(key));
    size += base64ToBytes(value).length;
  }
  if (size > MAX_BYTES) errors.tooLong('data', MAX_BYTES);
  const need = (key: string): void => {
    if (!Object.hasOwn(data, key)) errors.required(`data[${key}]`);
  };
  switch (secret.type) {
    case 'kubernetes.io/tls':
      need('tls.crt');
      need('tls.key');
      break;
    case 'kubernetes.io/ssh-auth':
      need('ssh-privatekey');
      break;
    case 'kubernetes.io/basic-auth':
      if (!Object.hasOwn(data, 'username') && !Object.hasOwn(data, 'password')) {
        errors.required('data[username]');
        errors.required('data[password]');
      }
      break;
    case 'kubernetes.io/dockerconfigjson':
      need('.dockerconfigjson');
      if (Object.hasOwn(data, '.dockerconfigjson') && !isJson(decodeBase64(data['.dockerconfigjson'] ?? '')))
        errors.invalid(
          'data[.dockerconfigjson]',
          '<secret contents redacted>',
          "invalid character 'i' looking for beginning of value",
        );
      break;
    case 'kubernetes.io/service-account-token':
      if ((secret.metadata?.annotations?.['kubernetes.io/service-account.name'] ?? '') === '')
        errors.required('metadata.annotations[kubernetes.io/service-account.name]');
      break;
    default:
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export function validateSecretUpdate(secret: Secret, previous: Secret, errors: FieldErrors): void {
  validateImmutable(secret.type, previous.type, 'type', errors);
  if (previous.immutable !== true) return;
  if (secret.immutable !== true) errors.forbidden('immutable', IMMUTABLE);
  if (!jsonEqual(secret.data, previous.data)) errors.forbidden('data', IMMUTABLE);
}
