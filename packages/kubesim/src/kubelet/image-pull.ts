import type { Container } from 'kubernetes-types/core/v1';
import { findImage, knownRepositories } from '../images/index.ts';
import type { ModelledImage } from '../images/index.ts';
import { podEvent, requestSync } from './context.ts';
import type { KubeletContext } from './context.ts';
import type { ContainerRecord, PodRecord } from './state.ts';
import { displayImage } from './status.ts';

/** A pull takes a moment, and longer for large images, ms of virtual time. */
const PULL_BASE_MS = 150;
const PULL_MS_PER_MEGABYTE = 5;
/** Finding out that there is no such image. */
const PULL_FAILURE_MS = 400;
/** kubelet's image back-off: 10 s, doubling, at most 300 s. */
const BACKOFF_MS = 10_000;
const MAX_BACKOFF_MS = 300_000;

/** Brings the image onto the node. True when the container can go on; else its state says why it waits. */
export function ensureImage(
  context: KubeletContext,
  record: PodRecord,
  known: ContainerRecord,
  container: Container,
): boolean {
  const nowMs = context.simulation.nowMs;
  const reference = container.image ?? '';
  const { image } = known;
  switch (image.kind) {
    case 'present':
      return true;
    case 'pulling':
      if (nowMs >= image.readyAtMs) return finishPull(context, record, known, reference, image);
      requestSync(context, record, image.readyAtMs - nowMs);
      return false;
    case 'failed':
      if (nowMs < image.retryAtMs) {
        backOff(context, record, known, reference, image);
        return false;
      }
      return beginPull(context, record, known, reference);
    case 'absent':
      return beginImage(context, record, known, container, reference);
  }
}

function beginImage(
  context: KubeletContext,
  record: PodRecord,
  known: ContainerRecord,
  container: Container,
  reference: string,
): boolean {
  const found = findImage(reference);
  if (found.kind === 'invalid') {
    const message = `Failed to apply default image tag "${reference}": ${found.message}`;
    if (known.state.kind !== 'waiting' || known.state.reason !== 'InvalidImageName') {
      podEvent(context, record, 'Warning', 'InspectFailed', message, known.name, known.role);
      podEvent(context, record, 'Warning', 'Failed', 'Error: InvalidImageName', known.name, known.role);
    }
    known.state = { kind: 'waiting', reason: 'InvalidImageName', message };
    return false;
  }
  const stored = context.state.images.get(reference);
  const policy =
    container.imagePullPolicy ??
    (/:[^/]+$/.test(reference) && !reference.endsWith(':latest') ? 'IfNotPresent' : 'Always');
  if (stored !== undefined && policy !== 'Always') {
    known.image = { kind: 'present', id: stored };
    podEvent(
      context,
      record,
      'Normal',
      'Pulled',
      `Container image "${reference}" already present on machine`,
      known.name,
      known.role,
    );
    return true;
  }
  if (policy === 'Never') {
    const message = `Container image "${reference}" is not present with pull policy of Never`;
    if (known.state.kind !== 'waiting' || known.state.reason !== 'ErrImageNeverPull') {
      podEvent(context, record, 'Warning', 'ErrImageNeverPull', message, known.name, known.role);
      podEvent(context, record, 'Warning', 'Failed', 'Error: ErrImageNeverPull', known.name, known.role);
    }
    known.state = { kind: 'waiting', reason: 'ErrImageNeverPull', message };
    return false;
  }
  return beginPull(context, record, known, reference);
}

function beginPull(
  context: KubeletContext,
  record: PodRecord,
  known: ContainerRecord,
  reference: string,
): boolean {
  const nowMs = context.simulation.nowMs;
  podEvent(context, record, 'Normal', 'Pulling', `Pulling image "${reference}"`, known.name, known.role);
  const found = findImage(reference);
  const cached = context.state.images.has(reference);
  const size = found.kind === 'found' ? found.image.sizeBytes / 1_000_000 : 0;
  const tookMs =
    found.kind !== 'found'
      ? PULL_FAILURE_MS
      : cached
        ? PULL_BASE_MS
        : PULL_BASE_MS + size * PULL_MS_PER_MEGABYTE;
  const backoffMs = known.image.kind === 'failed' ? known.image.backoffMs : 0;
  known.image = { kind: 'pulling', startedMs: nowMs, readyAtMs: nowMs + tookMs, backoffMs };
  requestSync(context, record, tookMs);
  return false;
}

function finishPull(
  context: KubeletContext,
  record: PodRecord,
  known: ContainerRecord,
  reference: string,
  pull: { readonly startedMs: number; readonly backoffMs: number },
): boolean {
  const nowMs = context.simulation.nowMs;
  const found = findImage(reference);
  if (found.kind === 'found') {
    const id = `${found.reference.repository}@${found.id}`;
    context.state.images.set(reference, id);
    known.image = { kind: 'present', id };
    const took = formatDuration(nowMs - pull.startedMs);
    podEvent(
      context,
      record,
      'Normal',
      'Pulled',
      `Successfully pulled image "${reference}" in ${took} (${took} including waiting). Image size: ${Math.round(found.image.sizeBytes)} bytes.`,
      known.name,
      known.role,
    );
    return true;
  }
  const failure = pullFailure(reference, found.kind);
  const backoffMs = Math.min(MAX_BACKOFF_MS, pull.backoffMs * 2 || BACKOFF_MS);
  podEvent(
    context,
    record,
    'Warning',
    'Failed',
    `Failed to pull image "${reference}": ${failure}`,
    known.name,
    known.role,
  );
  podEvent(context, record, 'Warning', 'Failed', 'Error: ErrImagePull', known.name, known.role);
  known.image = {
    kind: 'failed',
    reason: 'ErrImagePull',
    message: failure,
    retryAtMs: nowMs + backoffMs,
    backoffMs,
  };
  known.state = { kind: 'waiting', reason: 'ErrImagePull', message: failure };
  requestSync(context, record, REPORT_MS);
  return false;
}

/** ErrImagePull shows for this long before it becomes ImagePullBackOff. */
const REPORT_MS = 1000;

function backOff(
  context: KubeletContext,
  record: PodRecord,
  known: ContainerRecord,
  reference: string,
  image: { readonly message: string; readonly retryAtMs: number },
): void {
  const message = `Back-off pulling image "${reference}"`;
  if (known.state.kind !== 'waiting' || known.state.reason !== 'ImagePullBackOff') {
    podEvent(context, record, 'Normal', 'BackOff', message, known.name, known.role);
    podEvent(context, record, 'Warning', 'Failed', 'Error: ImagePullBackOff', known.name, known.role);
  }
  known.state = {
    kind: 'waiting',
    reason: 'ImagePullBackOff',
    message: `${message}: ErrImagePull: ${image.message}`,
  };
  requestSync(context, record, image.retryAtMs - context.simulation.nowMs);
}

/** containerd's words. What the registry of the simulation holds stands behind them, since no other registry can be reached. */
function pullFailure(reference: string, kind: 'unknown-repository' | 'unknown-tag' | 'invalid'): string {
  const full = displayImage(reference);
  const head = `failed to pull and unpack image "${full}": failed to resolve reference "${full}":`;
  if (kind === 'unknown-tag') return `rpc error: code = NotFound desc = ${head} ${full}: not found`;
  const hint = `(images of this simulated cluster: ${knownRepositories().join(', ')})`;
  return `rpc error: code = Unknown desc = ${head} pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed ${hint}`;
}

/** As Go prints a time.Duration rounded to milliseconds. */
export function formatDuration(ms: number): string {
  const rounded = Math.round(ms);
  return rounded < 1000 ? `${rounded}ms` : `${String(rounded / 1000)}s`;
}

/** The modelled image of a container whose image is on the node. */
export function imageOf(reference: string): ModelledImage | undefined {
  const found = findImage(reference);
  return found.kind === 'found' ? found.image : undefined;
}
