import type { Pod } from 'kubernetes-types/core/v1';
import { badRequest, success } from '../status.ts';
import type { Outcome } from '../status.ts';

/** The container that a log, exec or attach request means: the one it names, or the only one there is. */
export function chooseContainer(pod: Pod, asked: string): Outcome<string> {
  const { spec } = pod;
  const name = pod.metadata?.name ?? '';
  const regular = (spec?.containers ?? []).map((container) => container.name);
  const init = (spec?.initContainers ?? []).map((container) => container.name);
  const ephemeral = (spec?.ephemeralContainers ?? []).map((container) => container.name);
  if (asked !== '') {
    if ([...regular, ...init, ...ephemeral].includes(asked)) return success(asked);
    return badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const [only] = regular;
  if (regular.length === 1 && only !== undefined) return success(only);
  if (regular.length === 0) return badRequest(`a container name must be specified for pod ${name}`);
  let choices = `choose one of: [${regular.join(' ')}]`;
  if (init.length > 0) choices += ` or one of the init containers: [${init.join(' ')}]`;
  if (ephemeral.length > 0) choices += ` or one of the ephemeral containers: [${ephemeral.join(' ')}]`;
  return badRequest(`a container name must be specified for pod ${name}, ${choices}`);
}
