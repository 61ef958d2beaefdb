/** A value as Go prints its internal type: capital names, and null for what is not set. */
export function internal(value: object | undefined, fields: readonly string[]): object {
  const from = (value ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    fields.map((field) => [`${field.charAt(0).toUpperCase()}${field.slice(1)}`, from[field] ?? null]),
  );
}
