import { spawn } from 'node:child_process';

const TICK_MS = 1_000;
/** Output kept of a step, to be shown when it fails. */
const MAX_KEPT_CHARS = 200_000;

/**
 * Runs one command as a step with its time shown, and its output only when it fails.
 *
 * @param {string} label What is being done, for people.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, hint?: string }} options
 */
export async function step(label, command, args, options) {
  const started = performance.now();
  const live = process.stdout.isTTY;
  const seconds = () => Math.round((performance.now() - started) / 1000);
  const line = (mark, text) => `${live ? '\r\x1b[2K' : ''}${mark} ${text}`;
  process.stdout.write(live ? line('·', label) : `· ${label}${options.hint ? ` (${options.hint})` : ''}\n`);
  const tick = live
    ? setInterval(
        () =>
          process.stdout.write(
            line('·', `${label} … ${seconds()} s${options.hint ? `  (${options.hint})` : ''}`),
          ),
        TICK_MS,
      )
    : undefined;
  const { code, output } = await run(command, args, options);
  clearInterval(tick);
  if (code === 0) {
    process.stdout.write(`${line('✓', label)} (${seconds()} s)\n`);
    return;
  }
  process.stdout.write(`${line('✗', label)}\n\n${output.trim()}\n\n`);
  throw new StepFailed(`${label} failed: ${command} ${args.join(' ')} ended with code ${code}.`);
}

/** A step ended badly; its output has been shown. */
export class StepFailed extends Error {}

function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (data) => (output = (output + data).slice(-MAX_KEPT_CHARS));
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * Runs a command with its output shown as it comes.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 */
export function show(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: 'inherit',
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve(undefined)
        : reject(new StepFailed(`${command} ${args.join(' ')} ended with code ${code ?? 1}.`)),
    );
  });
}
