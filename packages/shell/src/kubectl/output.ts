import type { Process, WriteStream } from '@podwire/machine';
import type { Step } from './command/step.ts';

/**
 * Text on its way out. Commands write whenever they like; what they wrote goes out when they wait
 * or end, because only then may a full pipe make them wait too.
 */
export class Output {
  private readonly process: Process;
  private pending: { readonly stream: WriteStream; readonly text: string }[] = [];

  constructor(process: Process) {
    this.process = process;
  }

  out(text: string): void {
    if (text !== '') this.pending.push({ stream: this.process.stdout, text });
  }

  err(text: string): void {
    if (text !== '') this.pending.push({ stream: this.process.stderr, text });
  }

  *flush(): Step {
    const pending = this.pending;
    this.pending = [];
    const encoder = new TextEncoder();
    let at = 0;
    while (at < pending.length) {
      const stream = pending[at]?.stream;
      let text = '';
      // Pieces for one stream go out as one write, in order.
      for (; at < pending.length && pending[at]?.stream === stream; at += 1) text += pending[at]?.text ?? '';
      if (stream !== undefined) yield* writeAll(stream, encoder.encode(text));
    }
    return undefined;
  }
}

/** Writes everything, waiting for room. */
export function* writeAll(stream: WriteStream, data: Uint8Array): Step {
  let rest = data;
  while (rest.length > 0) {
    const taken = stream.write(rest);
    rest = rest.subarray(taken);
    if (rest.length > 0) yield { kind: 'writable', stream };
  }
  return undefined;
}
