/** An absolute path without `.` and `..`. */
export function resolvePath(cwd: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${cwd}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

export function baseName(path: string): string {
  return path.replace(/\/+$/, '').split('/').at(-1) ?? '';
}

/** filepath.Join: cleaned, and relative stays relative. */
export function joinPath(directory: string, name: string): string {
  const joined = `${directory}/${name}`;
  const parts: string[] = [];
  for (const part of joined.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part === '..' && !joined.startsWith('/')) parts.push(part);
    else if (part !== '' && part !== '.' && part !== '..') parts.push(part);
  }
  const cleaned = (joined.startsWith('/') ? '/' : '') + parts.join('/');
  return cleaned === '' ? '.' : cleaned;
}

/** filepath.Ext: from the last dot of the last element. */
export function extensionOf(path: string): string {
  const base = path.split('/').at(-1) ?? '';
  const dot = base.lastIndexOf('.');
  return dot < 0 ? '' : base.slice(dot);
}
