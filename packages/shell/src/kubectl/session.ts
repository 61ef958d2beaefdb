import type { Process } from '@podwire/machine';
import { Api } from './api/api.ts';
import { Discovery } from './api/discovery.ts';
import type { Step } from './command/step.ts';
import type { FlagValues } from './command/flag-values.ts';
import { loadConfig, resolveConfig } from './config/kubeconfig.ts';
import type { ClientConfig, KubeConfig } from './config/kubeconfig.ts';
import { Failure } from './failure.ts';
import { Output } from './output.ts';
import { kubernetesService } from './service.ts';
import type { KubernetesService } from './service.ts';
import { goQuote } from './values/go-text.ts';
import { resolvePath } from './values/path.ts';

/** Standard input larger than this is refused: a manifest is smaller. */
const MAX_INPUT_BYTES = 8 * 1024 * 1024;

/** What one run of kubectl works with: its process, its configuration, its way to the cluster. Made per run. */
export class Session {
  readonly process: Process;
  readonly output: Output;
  readonly flags: FlagValues;
  private config: KubeConfig | undefined;
  private resolved: ClientConfig | undefined;
  private connection: Api | undefined;
  private found: Discovery | undefined;
  private streams = 0;
  private interrupted = false;

  constructor(process: Process, flags: FlagValues) {
    this.process = process;
    this.flags = flags;
    this.output = new Output(process);
  }

  out(text: string): void {
    this.output.out(text);
  }

  err(text: string): void {
    this.output.err(text);
  }

  /** A warning in klog's form. */
  warn(place: string, text: string): void {
    this.log('W', place, text);
  }

  /** An error that does not end the command, in klog's form. */
  logError(place: string, message: string): void {
    this.log('E', place, `"Unhandled Error" err=${goQuote(message)}`);
  }

  private log(severity: 'W' | 'E', place: string, text: string): void {
    const at = new Date(this.nowMs()).toISOString();
    this.err(
      `${severity}${at.slice(5, 7)}${at.slice(8, 10)} ${at.slice(11, 23)}000 ${this.process.pid.toString().padStart(7)} ${place}] ${text}\n`,
    );
  }

  /** A warning as the server's are shown: `Warning:` is yellow on terminals that have colours. */
  warning(text: string): void {
    const { process } = this;
    const colours =
      process.stderr.isTty && process.env.get('TERM') !== 'dumb' && !process.env.has('NO_COLOR');
    this.err(colours ? `\x1b[33;1mWarning:\x1b[0m ${text}\n` : `Warning: ${text}\n`);
  }

  nowMs(): number {
    return this.process.nowMs();
  }

  path(path: string): string {
    return resolvePath(this.process.cwd, path);
  }

  service(): KubernetesService | undefined {
    return kubernetesService(this.process.machine.service('kubernetes'));
  }

  kubeConfig(): KubeConfig {
    this.config ??= loadConfig(this.process, this.flags.textIfAny('kubeconfig'));
    return this.config;
  }

  clientConfig(): ClientConfig {
    this.resolved ??= resolveConfig(this.process, this.kubeConfig(), this.flags, this.service());
    return this.resolved;
  }

  /** The namespace of this run, and whether the user named it on the command line. */
  namespace(): string {
    return this.clientConfig().namespace;
  }

  namespaceIsExplicit(): boolean {
    return this.clientConfig().namespaceIsExplicit;
  }

  api(): Api {
    this.connection ??= new Api(this.clientConfig(), this.service(), (text) => {
      this.warning(text);
    });
    return this.connection;
  }

  /** Warnings that the server has sent so far. */
  warningCount(): number {
    return this.connection?.warnings ?? 0;
  }

  discovery(): Discovery {
    this.found ??= new Discovery(this.api());
    return this.found;
  }

  /** A key that wakes this run when a stream of its own has news. */
  streamKey(): string {
    this.streams += 1;
    return `kubectl/${this.process.pid}/${this.streams}`;
  }

  /** All of standard input. */
  *readInput(): Step<Uint8Array> {
    yield* this.output.flush();
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for (;;) {
      const chunk = this.process.stdin.read();
      if (chunk === undefined) break;
      if (chunk.length === 0) {
        yield { kind: 'readable', stream: this.process.stdin };
        continue;
      }
      bytes += chunk.length;
      if (bytes > MAX_INPUT_BYTES) break;
      chunks.push(chunk);
    }
    const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  /** One line of standard input, for questions. */
  *readLine(): Step<string> {
    yield* this.output.flush();
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      // One byte at a time, so that what follows the line is left for others.
      const chunk = this.process.stdin.read(1);
      if (chunk === undefined) return text;
      if (chunk.length === 0) yield { kind: 'readable', stream: this.process.stdin };
      text += decoder.decode(chunk, { stream: true });
      if (text.endsWith('\n') || text.length > MAX_INPUT_BYTES) return text;
    }
  }

  /** From here on Ctrl-C ends the command with exit code 1, as the real one's interrupt handler does where it follows. */
  endsOnInterrupt(): void {
    this.process.onSignal('SIGINT', () => (this.interrupted = true));
  }

  /** Called after each wait of what follows. */
  heedInterrupt(): void {
    if (this.interrupted) throw new Failure({ kind: 'exit', code: 1, text: '' });
  }

  *sleep(ms: number): Step {
    yield* this.output.flush();
    yield { kind: 'sleep', ms };
    this.heedInterrupt();
    return undefined;
  }
}
