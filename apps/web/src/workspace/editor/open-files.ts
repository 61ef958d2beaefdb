import { z } from 'zod';

/** The files of the toolbox that are open in the editor, and what was changed in them. */
export interface OpenFile {
  readonly path: string;
  /** As it was when it was read or saved last. */
  readonly saved: string;
  readonly text: string;
  /** Not on the toolbox yet. */
  readonly fresh: boolean;
}

export interface OpenFiles {
  readonly files: readonly OpenFile[];
  readonly current: string | undefined;
}

export const NO_FILES: OpenFiles = { files: [], current: undefined };

export function isChanged(file: OpenFile): boolean {
  return file.fresh || file.text !== file.saved;
}

/** Opens a file, or shows it if it is open. What was typed into it stays. */
export function withOpened(state: OpenFiles, path: string, text: string, fresh = false): OpenFiles {
  const known = state.files.find((file) => file.path === path);
  if (known === undefined)
    return { files: [...state.files, { path, saved: text, text, fresh }], current: path };
  // Changed on the toolbox meanwhile, and not here: take it over.
  const files = isChanged(known)
    ? state.files
    : state.files.map((file) => (file === known ? { ...file, saved: text, text } : file));
  return { files, current: path };
}

export function withText(state: OpenFiles, path: string, text: string): OpenFiles {
  return { ...state, files: state.files.map((file) => (file.path === path ? { ...file, text } : file)) };
}

/** `text` is what was sent: typing may have gone on meanwhile. */
export function withSaved(state: OpenFiles, path: string, text: string): OpenFiles {
  return {
    ...state,
    files: state.files.map((file) => (file.path === path ? { ...file, saved: text, fresh: false } : file)),
  };
}

export function withClosed(state: OpenFiles, path: string): OpenFiles {
  const index = state.files.findIndex((file) => file.path === path);
  const files = state.files.filter((file) => file.path !== path);
  const current =
    state.current === path ? (files[Math.min(index, files.length - 1)]?.path ?? undefined) : state.current;
  return { files, current };
}

export const HOME = '/home/learner';

/** `~/web.yaml`, `web.yaml` and `/home/learner/web.yaml` are one file; undefined for what is no path. */
export function absolutePath(text: string): string | undefined {
  const trimmed = text.trim();
  const path =
    trimmed === '~'
      ? HOME
      : trimmed.startsWith('~/')
        ? `${HOME}/${trimmed.slice(2)}`
        : trimmed.startsWith('/')
          ? trimmed
          : `${HOME}/${trimmed}`;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  const clean = `/${parts.join('/')}`;
  return trimmed === '' || clean === '/' || clean.includes('\0') || clean.length > 1_024 ? undefined : clean;
}

/** As a person would type it. */
export function shortPath(path: string): string {
  return path.startsWith(`${HOME}/`) ? `~/${path.slice(HOME.length + 1)}` : path;
}

/** For a shell, quoted where it must be. */
export function shellPath(path: string): string {
  const short = path.startsWith(`${HOME}/`) ? path.slice(HOME.length + 1) : path;
  return /^[\w./-]+$/.test(short) && path.startsWith(`${HOME}/`)
    ? `~/${short}`
    : /^[\w./-]+$/.test(path)
      ? path
      : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** More than this is not kept over a reload; it is still on the toolbox, as it was saved. */
const MAX_KEPT_CHARS = 1_000_000;

export function writeOpenFiles(state: OpenFiles): string {
  const text = JSON.stringify(state);
  return text.length > MAX_KEPT_CHARS ? JSON.stringify(NO_FILES) : text;
}

const openFilesSchema = z.object({
  files: z.array(z.object({ path: z.string(), saved: z.string(), text: z.string(), fresh: z.boolean() })),
  current: z.string().optional(),
});

export function readOpenFiles(text: string | undefined): OpenFiles {
  if (text === undefined) return NO_FILES;
  try {
    const { files, current } = openFilesSchema.parse(JSON.parse(text));
    return { files, current };
  } catch {
    return NO_FILES;
  }
}
