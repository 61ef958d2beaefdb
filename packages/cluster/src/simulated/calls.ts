import type { Place, ProbeRequest, ProbeResult } from '@podwire/kubesim';
import { gradeTask, lookRecorder, replayedCluster } from '@podwire/grader';
import type { Lab } from '@podwire/lab';
import { Sealing } from '@podwire/prover';
import type { ReadSubmission, SealedRequest } from '@podwire/prover';
import type { CommandResult } from '@podwire/grader';
import type { PlaceView, ProbeRequestView, ProbeResultView } from '@podwire/protocol';
import { MAX_FILE_BYTES } from '@podwire/protocol';
import { utf8Decode, utf8Encode } from '@podwire/sim';
import type {
  FileEntry,
  FileOutcome,
  FileText,
  GradeOutcome,
  GradeRequest,
  OpenTerminalOutcome,
  TaskSealing,
} from '../port.ts';
import { FILE_ERRORS, MAX_DIRECTORY_ENTRIES, PLACE_REFUSALS, refusedTerminal } from '../refusals.ts';
import { keptRecord } from '../grading/kept-record.ts';
import { requestJson } from './api-request.ts';
import { collect } from './command-output.ts';
import { gradingCluster } from './grading-cluster.ts';
import { homeFiles } from './grading-files.ts';
import { simulatedProvingGround } from './proving-ground.ts';
import type { GradingDriver } from './grading-driver.ts';
import type { HostedCluster } from './hosted-cluster.ts';
import type { Call, ClusterCalls } from './messages.ts';

/** Virtual time beyond a probe's own timeout: its name is looked up first, with retries. */
const PROBE_GRACE_MS = 60_000;

/** Carries a call out at the next fitting instant of the cluster's time. */
export function performCall(host: HostedCluster, call: Call): Promise<ClusterCalls[Call['name']]['answer']> {
  switch (call.name) {
    case 'open-terminal':
      return atInstant(host, () => openTerminal(host, call));
    case 'read-file':
      return atInstant(host, () => readFile(host, call.path));
    case 'write-file':
      return atInstant(host, () => writeFile(host, call.path, call.text));
    case 'list-files':
      return atInstant(host, () => listFiles(host, call.directory));
    case 'probe':
      return probe(host, call.request);
    case 'grade':
      return grade(host, call.request);
    case 'sealable-tasks':
      return sealableTasks(call.lab);
    case 'packet':
      return Promise.resolve(host.watch.packet(call.packetId));
    case 'switch-component':
      return atInstant(
        host,
        () =>
          host.commit({ kind: 'component-switched', name: call.component, running: call.running }).kind ===
          'done',
      );
    case 'flush':
      return atInstant(host, () => undefined);
  }
}

function atInstant<Answer>(host: HostedCluster, deed: () => Answer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    host.whenSettledAtInstant(() => {
      try {
        resolve(deed());
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}

function openTerminal(
  host: HostedCluster,
  terminal: ClusterCalls['open-terminal']['arguments'],
): OpenTerminalOutcome {
  const refused = refusedTerminal(host.terminals.has(terminal.terminalId), host.terminals.size);
  if (refused !== undefined) return refused;
  const { terminalId, columns, rows } = terminal;
  const effect = host.commit({
    kind: 'terminal-opened',
    terminalId,
    place: placeOf(terminal.place),
    columns,
    rows,
  });
  if (effect.kind !== 'refused') return { kind: 'opened' };
  const reason =
    effect.reason === 'no-such-place' || effect.reason === 'not-found' || effect.reason === 'not-executable'
      ? effect.reason
      : 'too-many-processes';
  return { kind: 'refused', reason, message: PLACE_REFUSALS[reason] };
}

function fileFailure(errno: string): {
  readonly ok: false;
  readonly errno: string;
  readonly message: string;
} {
  return { ok: false, errno, message: FILE_ERRORS[errno] ?? `The file system says ${errno}.` };
}

function readFile(host: HostedCluster, path: string): FileOutcome<FileText> {
  const files = host.cluster.toolboxFiles();
  const info = files.stat(path);
  if (!info.ok) return fileFailure(info.errno);
  if (info.value.kind !== 'file') return fileFailure('EISDIR');
  if (info.value.sizeBytes > MAX_FILE_BYTES) return fileFailure('EFBIG');
  const data = files.readFile(path);
  if (!data.ok) return fileFailure(data.errno);
  return { ok: true, value: { text: utf8Decode(data.value), modifiedMs: info.value.modifiedMs } };
}

function writeFile(host: HostedCluster, path: string, text: string): FileOutcome<FileText> {
  const bytes = utf8Encode(text);
  if (bytes.length > MAX_FILE_BYTES) return fileFailure('EFBIG');
  const effect = host.commit({ kind: 'file-written', path, bytes: Buffer.from(bytes).toString('base64') });
  if (effect.kind === 'refused') return fileFailure(effect.errno ?? 'EIO');
  return { ok: true, value: { text, modifiedMs: host.cluster.nowMs() } };
}

function listFiles(host: HostedCluster, directory: string): FileOutcome<readonly FileEntry[]> {
  const files = host.cluster.toolboxFiles();
  const names = files.list(directory);
  if (!names.ok) return fileFailure(names.errno);
  const entries: FileEntry[] = [];
  for (const name of names.value.slice(0, MAX_DIRECTORY_ENTRIES)) {
    const info = files.lstat(directory === '/' ? `/${name}` : `${directory}/${name}`);
    if (info.ok) entries.push({ name, kind: info.value.kind });
  }
  return { ok: true, value: entries };
}

/** The probe's virtual time is passed at once: the learner's clock jumps, and nobody waits. */
async function probe(host: HostedCluster, request: ProbeRequestView): Promise<ProbeResultView> {
  const { payloadBytes, dontFragment, ...rest } = request;
  return probeView(
    await runProbe(host, {
      ...rest,
      from: placeOf(request.from),
      ...(payloadBytes === undefined ? {} : { payloadBytes }),
      ...(dontFragment === undefined ? {} : { dontFragment }),
    }),
  );
}

async function runProbe(host: HostedCluster, request: ProbeRequest): Promise<ProbeResult> {
  const handle = await atInstant(host, () => {
    const effect = host.commit({ kind: 'probe-started', request });
    if (effect.kind !== 'probe') throw new Error('a probe was not started');
    return effect.handle;
  });
  return new Promise((resolve, reject) => {
    host.await({
      limitMs: host.cluster.nowMs() + request.timeoutMs + PROBE_GRACE_MS,
      done: () => handle.result() !== undefined,
      finish: () => {
        const result = handle.result();
        if (result === undefined) reject(new Error('the probe came to no result'));
        else resolve(result);
      },
    });
  });
}

/** The wire may say that a container is `undefined`; inside it is then absent. */
function placeOf(view: PlaceView): Place {
  if (view.kind !== 'pod' || view.container !== undefined) return view as Place;
  return { kind: 'pod', namespace: view.namespace, name: view.name };
}

/** Results are plain data already; the wire's type is a mutable copy of theirs. */
function probeView(result: ProbeResult): ProbeResultView {
  return result as unknown as ProbeResultView;
}

async function grade(host: HostedCluster, request: GradeRequest): Promise<GradeOutcome> {
  const startedMs = performance.now();
  if (request.sealed !== undefined) return gradeSealed(host, request, request.sealed);
  const recorder = request.record === undefined ? undefined : lookRecorder();
  const cluster = gradingCluster(hostedDriver(host));
  const result = await gradeTask({
    task: request.task,
    cluster: recorder?.watch(cluster) ?? cluster,
    answers: request.answers,
    metEarlier: new Set(request.metBefore),
  });
  return {
    ...result,
    checks: [...result.checks],
    ...keptRecord(request, recorder, result),
    clusterTimeMs: host.cluster.nowMs(),
    durationMs: Math.round(performance.now() - startedMs),
  };
}

/** What sealing learned of a lab is kept for the next learner's. */
const MAX_SEALED_LABS = 8;
const sealings = new Map<string, Sealing>();

function sealingOf(lab: Lab): Sealing {
  const key = JSON.stringify([lab.id, lab.digest, lab.setup, lab.solutions]);
  const known = sealings.get(key) ?? new Sealing(lab, simulatedProvingGround());
  sealings.delete(key);
  sealings.set(key, known);
  for (const oldest of sealings.keys()) if (sealings.size > MAX_SEALED_LABS) sealings.delete(oldest);
  return known;
}

async function sealableTasks(lab: Lab): Promise<readonly TaskSealing[]> {
  const sealing = sealingOf(lab);
  const tasks: TaskSealing[] = [];
  for (const { id } of lab.tasks) tasks.push({ taskId: id, unmet: await sealing.unmetBySolution(id) });
  return tasks;
}

/** Everything happens where the learner has never been. */
async function gradeSealed(
  host: HostedCluster,
  request: GradeRequest,
  sealed: NonNullable<GradeRequest['sealed']>,
): Promise<GradeOutcome> {
  const startedMs = performance.now();
  const { task, answers } = request;
  const { lab, seed, elsewhere } = sealed;
  const recorder = request.record === undefined ? undefined : lookRecorder();
  const sealing = sealingOf(lab);
  const { submission, ...from } = await handedIn(host, sealing, sealed);
  const graded =
    'unreadable' in submission
      ? { verdict: 'not-gradable' as const, score: 0, checks: [], notes: [submission.unreadable] }
      : await sealing.grade({
          task,
          submission,
          answers,
          seed,
          ...from,
          ...(elsewhere === undefined ? {} : { elsewhere }),
          ...(recorder === undefined ? {} : { recorder }),
        });
  return {
    ...graded,
    checks: [...graded.checks],
    notes: [...graded.notes],
    // Met earlier counts for nothing in a sealed cluster.
    ...keptRecord({ ...request, metBefore: [] }, recorder, graded),
    clusterTimeMs: host.cluster.nowMs(),
    durationMs: Math.round(performance.now() - startedMs),
  };
}

/** What was read in another backend's cluster; else what is in this one, read once, at one instant. */
async function handedIn(
  host: HostedCluster,
  sealing: Sealing,
  { learnerSeed, handedIn: read }: NonNullable<GradeRequest['sealed']>,
): Promise<{ readonly submission: ReadSubmission } & Pick<SealedRequest, 'answersFrom' | 'nodesThen'>> {
  if (read !== undefined) {
    const { submission, nodes, answerLooks } = read;
    return { submission, nodesThen: nodes, answersFrom: replayedCluster(answerLooks) };
  }
  const copy = await atInstant(host, () => {
    const seen = new Map<string, Promise<{ status: number; body: unknown }>>();
    return {
      files: homeFiles(host.cluster),
      request: (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string) => {
        const known = seen.get(path) ?? Promise.resolve(requestJson(host.cluster.api, method, path));
        seen.set(path, known);
        return known;
      },
    };
  });
  const submission = await sealing.submissionFrom(copy, learnerSeed, copy.files);
  return { submission, answersFrom: gradingCluster(hostedDriver(host)) };
}

/** Whatever touches the cluster is an entry of its journal, so that it is there again after a restart. */
function hostedDriver(host: HostedCluster): GradingDriver {
  const { cluster } = host;
  return {
    cluster,
    atInstant: (deed) => atInstant(host, deed),
    probe: (request) => runProbe(host, request),
    execute: (place, argv, limitMs, files) => execute(host, place, argv, limitMs, files),
    wait: (durationMs) =>
      new Promise((resolve) => {
        host.await({ limitMs: cluster.nowMs() + durationMs, done: () => false, finish: resolve });
      }),
    start: () => Promise.resolve(host.start()),
    copy: () => atInstant(host, () => cluster.forkWithoutPrograms() ?? refuseCopy()),
  };
}

function refuseCopy(): never {
  throw new Error(
    'a container’s own program is one that can’t be copied, and this check needs a copy of the cluster',
  );
}

async function execute(
  host: HostedCluster,
  place: Place,
  argv: readonly string[],
  limitMs: number,
  files: ReadonlyMap<string, string>,
): Promise<CommandResult> {
  const effect = await atInstant(host, () =>
    host.commit({ kind: 'command-examined', place, argv, limitMs, files: [...files] }),
  );
  if (effect.kind !== 'command') return { kind: 'no-such-place' };
  const { result, output } = collect(effect.handle);
  const deadlineMs = host.cluster.nowMs() + limitMs;
  return new Promise((resolve) => {
    host.await({
      limitMs: deadlineMs,
      done: () => result() !== undefined,
      finish: () => {
        const ended = host.cluster.nowMs() < deadlineMs ? result() : undefined;
        resolve(ended ?? { kind: 'hung', output: output() });
      },
    });
  });
}
