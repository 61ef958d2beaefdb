import type { BackendOffer } from '@podwire/protocol';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** A wait this short needs no number. */
const NEARLY_MS = 2_000;
/** What a real cluster takes, by `npm run bench:kind`, where this server has made none yet. */
const USUAL_READY_SECONDS = 30;

/** Of what was expected, so much is left. */
export function remainingWords(remainingMs: number): string {
  if (remainingMs < -NEARLY_MS) return 'it takes longer than the last times';
  if (remainingMs < NEARLY_MS) return 'nearly there';
  return `about ${Math.ceil(remainingMs / SECOND_MS)} s left`;
}

export function waitedWords(passedMs: number): string {
  const seconds = Math.floor(passedMs / SECOND_MS);
  if (seconds < 2) return '';
  return passedMs < MINUTE_MS ? `${seconds} s here.` : `${Math.floor(passedMs / MINUTE_MS)} min here.`;
}

interface BackendWords {
  readonly title: string;
  readonly what: string;
  /** Until it is ready. */
  readonly ready: string;
}

/** A kind of cluster in plain words. */
export function backendWords(offer: BackendOffer): BackendWords {
  switch (offer.backend) {
    case 'simulated':
      return {
        title: 'Simulated cluster',
        what: 'Every packet can be followed, hop by hop. Pausing loses nothing, not even in terminals.',
        ready: 'ready at once',
      };
    case 'kind':
      return {
        title: 'Real cluster',
        what: 'Kubernetes itself on Linux, by kind. The kernel’s packets are seen with tcpdump alone.',
        ready: readyWords(offer),
      };
    case 'kubernetes':
      return {
        title: 'Cluster in a cluster',
        what: 'A virtual cluster within a Kubernetes cluster of the site.',
        ready: readyWords(offer),
      };
  }
}

function readyWords(offer: BackendOffer): string {
  if (!offer.offered) return 'not here';
  if (offer.warm) return 'one stands ready';
  const seconds = offer.readyMs === undefined ? USUAL_READY_SECONDS : Math.ceil(offer.readyMs / SECOND_MS);
  return `ready in about ${seconds} s`;
}
