import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const SECRET_BYTES = 32;

const INSTALLATION_BYTES = 4;

/** The secret of this installation: made once, readable by its owner alone. */
export function keptSecret(dataDirectory: string): string {
  return kept(dataDirectory, 'secret', SECRET_BYTES);
}

/** Tells this installation's containers from those of another on the same host: made once, no secret. */
export function installationId(dataDirectory: string): string {
  return kept(dataDirectory, 'installation', INSTALLATION_BYTES);
}

function kept(dataDirectory: string, name: string, bytes: number): string {
  mkdirSync(dataDirectory, { recursive: true });
  const file = path.join(dataDirectory, name);
  try {
    writeFileSync(file, randomBytes(bytes).toString('hex'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return readFileSync(file, 'utf8').trim();
}

/** Signs and verifies with one key per purpose, so that a value made for one is worth nothing for another. */
export class Signer {
  readonly #key: Buffer;

  constructor(secret: string, purpose: string) {
    this.#key = createHmac('sha256', secret).update(purpose).digest();
  }

  sign(value: string): string {
    return createHmac('sha256', this.#key).update(value).digest('base64url');
  }

  verify(value: string, signature: string): boolean {
    const expected = Buffer.from(this.sign(value));
    const given = Buffer.from(signature);
    return expected.length === given.length && timingSafeEqual(expected, given);
  }
}
