/** What a promise comes to, unless the signal comes first; what is under way then goes on unheard. @throws what `aborted` makes. */
export async function unlessAborted<Value>(
  done: Promise<Value>,
  signal: AbortSignal | undefined,
  aborted: () => Error,
): Promise<Value> {
  if (signal === undefined) return done;
  let onAbort = (): void => undefined;
  try {
    return await Promise.race([
      done,
      new Promise<never>((_resolve, reject) => {
        onAbort = () => reject(aborted());
        if (signal.aborted) onAbort();
        signal.addEventListener('abort', onAbort, { once: true });
      }),
    ]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
