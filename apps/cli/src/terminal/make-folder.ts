import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes a folder and those above it. One at a time: where a file system has a folder and takes no other in it (/proc),
 * Node's own `recursive` tries without end.
 */
export function makeFolder(folder: string): void {
  const missing: string[] = [];
  let at = path.resolve(folder);
  while (statSync(at, { throwIfNoEntry: false }) === undefined && at !== path.dirname(at)) {
    missing.push(at);
    at = path.dirname(at);
  }
  for (const each of missing.reverse()) mkdirSync(each);
  if (!statSync(folder).isDirectory()) throw new Error(`${folder} is a file`);
}
