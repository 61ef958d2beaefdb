import type { Progress } from '@podwire/protocol';

/** A lesson or a lab as the course's map shows it. */
export interface MapStop {
  readonly kind: 'lesson' | 'lab';
  readonly id: string;
  readonly address: string;
  /** The same in other languages, by locale. */
  readonly translations?: Readonly<Record<string, StopTexts>>;
  readonly title: string;
  readonly summary: string;
  readonly minutes: number;
  /** Labs: the ids of their tasks. */
  readonly taskIds: readonly string[];
}

interface StopTexts {
  readonly address: string;
  readonly title: string;
  readonly summary: string;
}

/** The stop in the first of these languages that it has; else as it is. */
export function inLanguage(stop: MapStop, wanted: readonly string[]): MapStop & { readonly lang?: string } {
  for (const locale of wanted) {
    const [language = locale] = locale.split('-');
    const own = [locale, language].find((each) => Object.hasOwn(stop.translations ?? {}, each));
    if (own !== undefined) return { ...stop, ...stop.translations?.[own], lang: own };
    // Originals are in English: who reads that before any other wants nothing else.
    if (language === 'en') return stop;
  }
  return stop;
}

export interface MapChapter {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly stops: readonly MapStop[];
}

export interface StopProgress {
  readonly state: 'new' | 'begun' | 'done';
  /** Labs: tasks passed. */
  readonly passed: number;
  /** A cluster of this lab is waiting. */
  readonly open: boolean;
}

const NOTHING: StopProgress = { state: 'new', passed: 0, open: false };

/** What the learner has done of one stop. Tasks that the lab no longer has do not count. */
export function progressOf(stop: MapStop, progress: Progress | undefined): StopProgress {
  if (progress === undefined) return NOTHING;
  if (stop.kind === 'lesson')
    return { ...NOTHING, state: progress.lessonsRead.includes(stop.id) ? 'done' : 'new' };
  const own = progress.tasks.filter((task) => task.labId === stop.id && stop.taskIds.includes(task.taskId));
  const passed = own.filter((task) => task.passed).length;
  const open = progress.openSessions.some(
    (session) => session.labId === stop.id && session.state !== 'ended',
  );
  const done = stop.taskIds.length > 0 && passed === stop.taskIds.length;
  return { state: done ? 'done' : open || own.length > 0 ? 'begun' : 'new', passed, open };
}

/** Where to go on: a lab with a cluster waiting, else the first stop that is not done. */
export function nextStop(
  chapters: readonly MapChapter[],
  progress: Progress | undefined,
): MapStop | undefined {
  const stops = chapters.flatMap((chapter) => chapter.stops);
  return (
    stops.find((stop) => progressOf(stop, progress).open) ??
    stops.find((stop) => progressOf(stop, progress).state !== 'done')
  );
}
