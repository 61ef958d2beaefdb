import type { Lab, PublicLab, TimerSettings } from './model.ts';
import { inLocale } from './locale.ts';
import { placeholdersOf } from './parameters.ts';

/** More nodes teach nothing more about networking and cost memory in every session. */
export const MAX_LAB_NODES = 5;

/** Of texts that name no language. */
export const DEFAULT_LOCALE = 'en';

/** For labs that say nothing else. An hour's lab with half an hour's grace; reading counts as activity. */
export const DEFAULT_TIMERS: TimerSettings = {
  lifetimeMinutes: 60,
  overtimeMinutes: 30,
  idleMinutes: 30,
  orphanedMinutes: 20,
  hardDeadlineMinutes: 240,
};

/** Leaves out all that would give a solution or a key away. What is not listed here does not reach a browser. */
export function publicLab(original: Lab, locale?: string): PublicLab {
  const lab = locale === undefined ? original : inLocale(original, locale);
  return withoutPositions({
    id: lab.id,
    chapterId: lab.chapterId,
    title: lab.title,
    summary: lab.summary,
    minutes: lab.minutes,
    objectives: lab.objectives,
    prerequisites: lab.prerequisites,
    concepts: lab.concepts,
    locale: lab.locale ?? DEFAULT_LOCALE,
    locales: (original.translations ?? []).map((translation) => translation.locale),
    backends: lab.backends,
    cluster: lab.cluster,
    timers: lab.timers,
    introduction: lab.introduction,
    conclusion: lab.conclusion,
    digest: lab.digest,
    tasks: lab.tasks.map((task) => ({
      id: task.id,
      title: task.title,
      body: task.body,
      hints: task.hints.map(({ id, cost, body }) =>
        cost === undefined ? { id, body } : { id, cost, body: undefined },
      ),
      hasSolution: task.solution !== undefined,
      questions: task.questions,
      needs: task.needs,
      checks: task.checks.map((check) => ({ id: check.id, title: check.title })),
    })),
  });
}

/** Places in the source are for authors; a page has no use for them, and they are half its bytes. */
function withoutPositions<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map((entry: unknown) => withoutPositions(entry)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'position');
  return Object.fromEntries(kept.map(([key, entry]) => [key, withoutPositions<unknown>(entry)])) as Value;
}

/** The parameters whose values learners may read: those that the text they see names. The others may be what they are to find out. */
export function shownParameters(lab: Lab): ReadonlySet<string> {
  // Hints that cost something and solutions are read in the end as well.
  const later = lab.tasks.map(({ hints, solution }) => [hints, solution]);
  const translated = (lab.translations ?? []).map(({ locale }) => publicLab(lab, locale));
  const texts = JSON.stringify([publicLab(lab), later, translated]);
  return new Set(placeholdersOf(texts).map(({ name }) => name));
}
