import { readdirSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import path from 'node:path';
import { CourseReader } from '@podwire/lab';
import type { Diagnostic } from '@podwire/lab';
import { readCourse } from '../course/course-files.ts';

/** Editors write a file in several steps, and several files at once. */
const QUIET_MS = 40;
/** Far above any course: the kernel has a few thousand watches for everybody. */
const MAX_FOLDERS = 2_000;

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
  /** One a folder, not one a file: editors that save by renaming would leave a file's watch behind. */
  readonly #watchers = new Map<string, FSWatcher>();
  #state: CourseState;
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: string, onChange: (state: CourseState, tookMs: number) => void) {
    this.#folder = folder;
    this.#onChange = onChange;
    this.#state = { revision: 1, diagnostics: this.#read() };
    this.#watchFolders();
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
    for (const watcher of this.#watchers.values()) watcher.close();
    for (const done of [...this.#waiting]) done();
  }

  #watchFolders(): void {
    const folders = foldersOf(this.#folder);
    for (const [folder, watcher] of this.#watchers) {
      if (folders.includes(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) {
      if (this.#watchers.has(folder)) continue;
      const watcher = watch(folder, () => {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#changed(), QUIET_MS);
      });
      // The folder is gone: the one above it tells so too.
      watcher.on('error', () => watcher.close());
      this.#watchers.set(folder, watcher);
    }
  }

  #changed(): void {
    const startMs = performance.now();
    this.#watchFolders();
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

function foldersOf(root: string): readonly string[] {
  const folders = [root];
  for (let at = 0; at < folders.length && folders.length < MAX_FOLDERS; at++) {
    const folder = folders[at] ?? root;
    try {
      for (const entry of readdirSync(folder, { withFileTypes: true }))
        if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
          folders.push(path.join(folder, entry.name));
    } catch {
      // Gone since it was listed.
    }
  }
  return folders;
}
