import type { Machines } from '@podwire/machine';
import { utf8Decode } from '@podwire/sim';

/** A file of a node that the kubelet or the runtime reads may be this long, bytes; a longer one is as good as missing. */
const MAX_READ_BYTES = 64 * 1024;
/** And a directory may hold so many of them. */
const MAX_LISTED_FILES = 64;

/** Id of the machine that a node's own shell runs on, and whose files are the node's. */
export function nodeMachineId(node: string): string {
  return `node/${node}`;
}

/** A node's files, as the programs of the node itself read them. */
export interface NodeFiles {
  /** undefined when there is no such file, or when it is too long. */
  read(path: string): string | undefined;
  /** Names of the files in a directory, in order of name. */
  list(directory: string): readonly string[];
}

export function nodeFiles(machines: Machines, node: string): NodeFiles {
  const id = nodeMachineId(node);
  return {
    read: (path) => {
      if (!machines.hasMachine(id)) return undefined;
      const found = machines.fileSystem(id).readFile(path);
      return found.ok && found.value.length <= MAX_READ_BYTES ? utf8Decode(found.value) : undefined;
    },
    list: (directory) => {
      if (!machines.hasMachine(id)) return [];
      const found = machines.fileSystem(id).list(directory);
      return found.ok ? [...found.value].sort().slice(0, MAX_LISTED_FILES) : [];
    },
  };
}
