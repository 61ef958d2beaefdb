/** The names of a path; empty ones and `.` are dropped, `..` is kept for the walk (a symlink may stand before it). */
export function splitPath(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** An absolute path without `.`, `..` and double slashes; symlinks are not looked at. */
export function normalizePath(path: string): string {
  const names: string[] = [];
  for (const name of splitPath(path)) {
    if (name === '..') names.pop();
    else names.push(name);
  }
  return `/${names.join('/')}`;
}

/** `path` as seen from `cwd`, still with its `..`. */
export function absolutePath(cwd: string, path: string): string {
  return path.startsWith('/') ? path : `${cwd === '/' ? '' : cwd}/${path}`;
}
