import type { Diagnostic } from '@podwire/lab';
import type { Paint } from '../terminal/output.ts';

/** One mistake a line, `file:line:column` first so that editors and terminals can follow it; then what to do. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], folder: string, paint: Paint): string {
  return diagnostics
    .map(({ file, line, column, severity, code, message, remedy }) => {
      const place = `${folder === '.' ? '' : `${folder}/`}${file}:${line}:${column}`;
      const kind = severity === 'error' ? paint('red', 'error') : paint('yellow', 'warning');
      return `${paint('bold', place)} ${kind} ${code} ${message}\n  ${paint('cyan', remedy)}`;
    })
    .join('\n');
}
