import { gradeTask } from '@podwire/grader';
import type { Lab, Task } from '@podwire/lab';
import { answersOf } from './answers.ts';
import type { Finding, MutationScore } from './finding.ts';
import { collectionPath, collectionsOf, learnerObjects, pathOf, snapshotOf } from './learner-objects.ts';
import type { Collection, LearnerObject, Snapshot } from './learner-objects.ts';
import { manifestOf, wanted } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { mutantsOf } from './mutants.ts';
import { scriptMutants } from './mutations/script.ts';
import type { ScriptMutant } from './mutations/script.ts';
import type { Mutant } from './mutants.ts';
import type { MutationContext } from './mutations/slip.ts';
import type { ProvingCluster } from './proving-ground.ts';
import { solutionOf } from './timeline.ts';
import type { Timeline } from './timeline.ts';

/** A lab with more is told so, rather than taking minutes. */
export const MAX_MUTANTS_OF_LAB = 400;
const SYSTEM_NAMESPACE = /^kube-/;
const NOT_FOUND = 404;
const REFUSED = 400;

interface Candidate {
  readonly id: string;
  readonly task: Task;
  /** Tasks that are solved once this one is. */
  readonly solved: number;
  readonly what: string;
  readonly mistake:
    | { readonly kind: 'object'; readonly made: LearnerObject; readonly mutant: Mutant }
    | { readonly kind: 'script'; readonly mutant: ScriptMutant };
}

/** Makes small mistakes in what the solutions made, did and answered, and sees whether the checks of the task notice. */
export async function proveMutants(
  lab: Lab,
  timeline: Timeline,
  onProgress: (done: number, of: number) => void,
): Promise<{ readonly score: MutationScore; readonly findings: readonly Finding[] }> {
  const candidates = await candidatesOf(lab, timeline);
  const tried = candidates.slice(0, MAX_MUTANTS_OF_LAB);
  const reasons = new Map((lab.acceptedMutants ?? []).map(({ mutant, reason }) => [mutant, reason]));
  const accepted: { id: string; reason: string }[] = [];
  const survivors: { id: string; taskId: string; what: string }[] = [];
  let [total, caught] = [0, 0];
  for (const [index, candidate] of tried.entries()) {
    onProgress(index, tried.length);
    const fate = await fateOf(lab, timeline, candidate);
    if (fate === 'refused') continue;
    total++;
    const reason = reasons.get(candidate.id);
    if (fate === 'caught') caught++;
    else if (reason !== undefined) accepted.push({ id: candidate.id, reason });
    else survivors.push({ id: candidate.id, taskId: candidate.task.id, what: candidate.what });
  }
  onProgress(tried.length, tried.length);
  const score = { total, caught, accepted, survivors, skipped: candidates.length - tried.length };
  return { score, findings: [...survivorFindings(survivors), ...staleFindings(reasons, accepted)] };
}

async function candidatesOf(lab: Lab, timeline: Timeline): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  const start = await timeline.at(0);
  const collections = await collectionsOf(start);
  let before = await snapshotOf(start, collections);
  const nodes = await nodeNames(start);
  for (const [index, task] of lab.tasks.entries()) {
    const after = await snapshotOf(await timeline.at(index + 1), collections);
    const context = contextOf(after, nodes);
    const solved = index + 1;
    for (const made of learnerObjects(before, after)) {
      const manifest = made.before === undefined ? manifestOf(made.object) : wanted(made.object);
      const earlier = made.before === undefined ? undefined : wanted(made.before);
      for (const mutant of mutantsOf(withNamespace(manifest, made.object), earlier, context))
        candidates.push({
          id: `${task.id}/${mutant.id}`,
          task,
          solved,
          what: mutant.what,
          mistake: { kind: 'object', made, mutant },
        });
    }
    for (const mutant of scriptMutants(solutionOf(lab, task) ?? '', task, nodes))
      candidates.push({
        id: `${task.id}/${mutant.id}`,
        task,
        solved,
        what: mutant.what,
        mistake: { kind: 'script', mutant },
      });
    before = after;
  }
  return candidates;
}

function withNamespace(manifest: Manifest, object: Manifest): Manifest {
  const { namespace } = object.metadata;
  return namespace === undefined ? manifest : { ...manifest, metadata: { ...manifest.metadata, namespace } };
}

function contextOf(snapshot: Snapshot, nodes: readonly string[]): MutationContext {
  const namespaces = [...snapshot.values()]
    .filter(({ object }) => object.kind === 'Namespace' && !SYSTEM_NAMESPACE.test(object.metadata.name))
    .map(({ object }) => object.metadata.name);
  // A lab of one namespace has this one still, and nothing in it.
  return { namespaces: [...namespaces, 'kube-public'], nodes };
}

async function nodeNames(cluster: ProvingCluster): Promise<readonly string[]> {
  const { body } = await cluster.request('GET', '/api/v1/nodes');
  const { items = [] } = (body ?? {}) as { items?: readonly Manifest[] };
  return items.map((node) => node.metadata.name);
}

type Fate = 'caught' | 'survived' | 'refused';

async function fateOf(lab: Lab, timeline: Timeline, { task, solved, mistake }: Candidate): Promise<Fate> {
  const solution = solutionOf(lab, task) ?? '';
  if (mistake.kind === 'script') {
    const { script, answersOnly } = mistake.mutant;
    const cluster = await timeline.at(answersOnly ? solved : solved - 1);
    if (!answersOnly) {
      // One that hangs has not solved anything.
      if ((await cluster.runScript(script)).kind === 'hung') return 'caught';
      await cluster.settle();
    }
    return judged(cluster, task, script);
  }
  const cluster = await timeline.at(solved);
  if (!(await swap(cluster, mistake.made, mistake.mutant))) return 'refused';
  await cluster.settle();
  return judged(cluster, task, solution);
}

async function judged(cluster: ProvingCluster, task: Task, script: string): Promise<Fate> {
  const answers = await answersOf(cluster, script);
  const { verdict } = await gradeTask({ task, cluster: cluster.grading, answers, metEarlier: new Set() });
  return verdict === 'passed' ? 'survived' : 'caught';
}

/** Puts the mutant where the object is. @returns false when the API refuses it: no learner can make that mistake. */
async function swap(
  cluster: ProvingCluster,
  { object, collection, before }: LearnerObject,
  { manifest }: Mutant,
): Promise<boolean> {
  if (before !== undefined && manifest !== undefined) {
    // From what it was: what the right change brought about (endpoints, say) must not linger.
    await cluster.request('PUT', pathOf(collection, object), wanted(before));
    await cluster.settle();
    const { status } = await cluster.request('PUT', pathOf(collection, manifest), manifest);
    return status < REFUSED;
  }
  if (manifest !== undefined && !(await isTaken(cluster, collection, manifest))) return false;
  await cluster.request('DELETE', pathOf(collection, object), {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    gracePeriodSeconds: 0,
    propagationPolicy: 'Background',
  });
  await cluster.settle();
  if (manifest === undefined) return true;
  const { status } = await cluster.request('POST', collectionPath(collection, manifest), manifest);
  return status < REFUSED;
}

/** Whether the API would take it, beside what is there: as a dry run under another name. */
async function isTaken(
  cluster: ProvingCluster,
  collection: Collection,
  manifest: Manifest,
): Promise<boolean> {
  const other = { ...manifest, metadata: { ...manifest.metadata, name: `${manifest.metadata.name}-dry` } };
  const path = `${collectionPath(collection, manifest)}?dryRun=All`;
  const { status } = await cluster.request('POST', path, other);
  return status < REFUSED || status === NOT_FOUND;
}

function survivorFindings(survivors: MutationScore['survivors']): readonly Finding[] {
  return survivors.map(({ id, taskId, what }) => ({
    code: 'PW0606',
    severity: 'warning',
    file: 'lab.md',
    anchor: `#${taskId}`,
    message: `Task "${taskId}" passes although ${what}.`,
    remedy: `Add a check that notices, or accept it in mutants.yaml: { mutant: ${JSON.stringify(id)}, reason: … }.`,
  }));
}

function staleFindings(
  reasons: ReadonlyMap<string, string>,
  accepted: MutationScore['accepted'],
): readonly Finding[] {
  return [...reasons.keys()]
    .filter((id) => !accepted.some((each) => each.id === id))
    .map((id) => ({
      code: 'PW0607',
      severity: 'warning',
      file: 'mutants.yaml',
      anchor: id,
      message: `The mutant "${id}" is accepted, but it is caught or there is no such mutant.`,
      remedy: 'Take it out of the list.',
    }));
}
