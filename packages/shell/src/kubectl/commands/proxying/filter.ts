import { Regex } from '@podwire/sim';
import type { FlagValues } from '../../command/flag-values.ts';
import { Failure } from '../../failure.ts';

/** Which requests the proxy lets through to the API server. */
export interface ProxyFilter {
  readonly accepts: (method: string, path: string, host: string) => boolean;
}

function expressions(text: string): readonly Regex[] {
  if (text === '') return [];
  return text.split(',').map((source) => {
    const compiled = Regex.compile(source, { syntax: 'perl' });
    if (compiled.ok) return compiled.value;
    // The real one ends here with a fatal log line, whose code is 255.
    throw new Failure({ kind: 'exit', code: 255, text: `Error compiling re: ${compiled.message}` });
  });
}

const matches = (text: string, list: readonly Regex[]): boolean => list.some((each) => each.test(text));

export function filterOf(flags: FlagValues): ProxyFilter {
  const of = (name: string): readonly Regex[] => expressions(flags.text(name));
  const [acceptPaths, rejectPaths] = [of('accept-paths'), of('reject-paths')];
  const [acceptHosts, rejectMethods] = [of('accept-hosts'), of('reject-methods')];
  return {
    accepts: (method, path, host) =>
      !matches(path, rejectPaths) &&
      !matches(method, rejectMethods) &&
      matches(path, acceptPaths) &&
      matches(host, acceptHosts),
  };
}
