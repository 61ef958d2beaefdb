import { watch } from 'node:fs';
import { CourseReader } from '@podwire/lab';
import type { Diagnostic } from '@podwire/lab';
import { readCourse } from '../course/course-files.ts';

/** Editors write a file in several steps, and several files at once. */
const QUIET_MS = 40;

export interface CourseState {
  /** Grows with each change of the folder. */
  readonly revision: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the course again whenever something in its folder changes. */
export class CourseWatch {
  readonly #folder: string;
  readonly #reader = new CourseReader();
  readonly #waiting = new Set<() => void>();
  readonly #onChange: (state: CourseState, tookMs: number) => void;
  readonly #watcher: ReturnType<typeof watch>;
  #state: CourseState;
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: string, onChange: (state: CourseState, tookMs: number) => void) {
    this.#folder = folder;
    this.#onChange = onChange;
    this.#state = { revision: 1, diagnostics: this.#read() };
    this.#watcher = watch(folder, { recursive: true }, () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#changed(), QUIET_MS);
    });
  }

  get state(): CourseState {
    return this.#state;
  }

  /** Resolves when there is something newer than this revision, or the time is over. */
  newerThan(revision: number, limitMs: number): Promise<CourseState> {
    if (this.#state.revision > revision) return Promise.resolve(this.#state);
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(limit);
        this.#waiting.delete(done);
        resolve(this.#state);
      };
      const limit = setTimeout(done, limitMs);
      this.#waiting.add(done);
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#watcher.close();
    for (const done of [...this.#waiting]) done();
  }

  #changed(): void {
    const startMs = performance.now();
    this.#state = { revision: this.#state.revision + 1, diagnostics: this.#read() };
    for (const done of [...this.#waiting]) done();
    this.#onChange(this.#state, performance.now() - startMs);
  }

  #read(): readonly Diagnostic[] {
    const read = readCourse(this.#folder, process.cwd());
    if (read.ok) return this.#reader.read(read.files, read.others).diagnostics;
    return [
      {
        code: 'PW0101',
        severity: 'error',
        file: 'course.yaml',
        line: 1,
        column: 1,
        message: read.message,
        remedy: 'Put it right; the preview goes on then.',
      },
    ];
  }
}
