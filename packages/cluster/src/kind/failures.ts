import { ClusterError } from '../cluster-error.ts';
import { withdrawn } from './start-queue.ts';

const DOCTOR = '`podwire doctor` tells whoever runs this site what is missing.';

/** What `kind`'s and Docker's own words mean for the learner. The first that fits. */
const KNOWN: readonly (readonly [RegExp, () => ClusterError])[] = [
  [
    /no space left on device/iu,
    () =>
      new ClusterError(
        'full',
        'The disk of this server is full, so no kind cluster can be made.',
        'Take a simulated cluster for now; whoever runs this site has to free some room.',
      ),
  ],
  [
    /cannot connect to the docker daemon|ECONNREFUSED|connect ENOENT|EACCES.*docker\.sock|socket hang up/iu,
    () =>
      new ClusterError(
        'not-supported',
        'Docker does not answer on this server, and a kind cluster needs it.',
        `Take a simulated cluster for now. ${DOCTOR}`,
      ),
  ],
  [
    /no such image|pull access denied|manifest unknown|failed to pull image/iu,
    () =>
      new ClusterError(
        'not-supported',
        'An image that kind clusters need is not on this server.',
        `Take a simulated cluster for now. ${DOCTOR}`,
      ),
  ],
  [
    /all predefined address pools have been fully subnetted|could not find an available.*address pool/iu,
    () =>
      new ClusterError(
        'full',
        'Docker has no address range left for another learner’s network.',
        'Wait until another learner has finished, or take a simulated cluster.',
      ),
  ],
];

/** A run of `kind` that did not do what it should. */
export function kindError(result: { readonly end: string; readonly stderr: string }): ClusterError {
  switch (result.end) {
    case 'not-found':
      return new ClusterError(
        'not-supported',
        'kind is not installed on this server.',
        `Take a simulated cluster. ${DOCTOR}`,
      );
    case 'timed-out':
      return new ClusterError('start-failed', 'kind did not finish in five minutes.', 'Try again.');
    case 'aborted':
      return withdrawn();
    default: {
      const said = result.stderr.split('\n').find((line) => line.startsWith('ERROR:'));
      const reason = said?.replace(/^ERROR: (?:failed to create cluster: )?/u, '').replace(/\.?$/u, '.');
      return (
        known(result.stderr) ??
        new ClusterError(
          'start-failed',
          reason === undefined
            ? 'kind could not make the cluster.'
            : `kind could not make the cluster: ${reason}`,
          `Try again, or take a simulated cluster. ${DOCTOR}`,
        )
      );
    }
  }
}

/** What Docker answered when it could not do what was asked. */
export function dockerFault(error: unknown): ClusterError {
  if (error instanceof ClusterError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return (
    known(text) ??
    new ClusterError(
      'start-failed',
      `The cluster could not be started: ${text}`,
      `Try again, or take a simulated cluster. ${DOCTOR}`,
      { cause: error },
    )
  );
}

/** What went wrong while a cluster is used: known causes in words for the learner, others as they are. */
export function faultInUse(error: unknown): unknown {
  if (error instanceof ClusterError || !(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return known(`${code} ${error.message}`) ?? error;
}

function known(text: string): ClusterError | undefined {
  return KNOWN.find(([pattern]) => pattern.test(text))?.[1]();
}
