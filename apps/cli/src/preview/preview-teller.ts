import path from 'node:path';
import { renderDiagnostics } from '../course/render-diagnostics.ts';
import { errorTeller, writeJsonLine } from '../terminal/json-lines.ts';
import { plural } from '../terminal/output.ts';
import type { Output } from '../terminal/output.ts';
import type { CourseState } from './course-watch.ts';

/** What `podwire preview` says while it runs: to a person in words, to a program in lines of JSON. */
export interface PreviewTeller {
  building(): void;
  built(seconds: number): void;
  /** Pages can be asked for. */
  ready(folder: string, url: string): void;
  /** The course was read: at the start, and after each change. */
  read(state: CourseState, tookMs: number | undefined, folder: string): void;
  error(message: string): void;
}

export function previewTeller(json: boolean, output: Output): PreviewTeller {
  const error = errorTeller('preview', json, output);
  return json ? { ...jsonTeller(output), error } : { ...wordTeller(output), error };
}

function wordTeller(output: Output): Omit<PreviewTeller, 'error'> {
  return {
    building: () =>
      output.err(
        'Building the site. This takes about a minute, and only the first time and after an update of Podwire.',
      ),
    built: (seconds) => output.err(`Built in ${seconds.toFixed(0)} s.`),
    ready: (folder, url) =>
      output.out(`Previewing ${folder} on ${url}. Pages follow the files; Ctrl-C ends it.`),
    read: (state, tookMs, folder) => {
      const { errors, warnings } = countsOf(state);
      const read =
        tookMs === undefined ? '' : output.paint('dim', `read again in ${Math.round(tookMs)} ms; `);
      if (errors + warnings > 0) output.err(renderDiagnostics(state.diagnostics, folder, output.paint));
      output.out(`${read}${plural(errors, 'error')}, ${plural(warnings, 'warning')}`);
    },
  };
}

function jsonTeller(output: Output): Omit<PreviewTeller, 'error'> {
  return {
    building: () => writeJsonLine(output, { kind: 'building' }),
    built: (seconds) => writeJsonLine(output, { kind: 'built', seconds: rounded(seconds) }),
    ready: (folder, url) => writeJsonLine(output, { kind: 'ready', url, folder: path.resolve(folder) }),
    read: (state, tookMs) =>
      writeJsonLine(output, {
        kind: 'read',
        revision: state.revision,
        ...(tookMs === undefined ? {} : { tookMs: rounded(tookMs) }),
        ...countsOf(state),
        diagnostics: state.diagnostics,
      }),
  };
}

function rounded(number: number): number {
  return Math.round(number * 10) / 10;
}

function countsOf({ diagnostics }: CourseState): { readonly errors: number; readonly warnings: number } {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  return { errors, warnings: diagnostics.length - errors };
}
