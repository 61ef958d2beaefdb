import type { Kernel } from '../kernel.ts';
import type { SocketId } from '../network.ts';
import type { SocketState } from '../state.ts';

/** RLIMIT_NOFILE's usual soft limit: sockets one process may hold. */
const MAX_SOCKETS_PER_OWNER = 1024;
/** Sockets of one world. */
const MAX_SOCKETS = 16_384;

/** Whether this owner may open another socket (EMFILE otherwise). */
export function mayOpen(kernel: Kernel, owner: string): boolean {
  return (
    (kernel.state.owned.get(owner)?.size ?? 0) < MAX_SOCKETS_PER_OWNER &&
    kernel.state.sockets.size < MAX_SOCKETS
  );
}

export function addSocket(kernel: Kernel, socket: SocketState): void {
  kernel.state.sockets.set(socket.id, socket);
}

export function own(kernel: Kernel, owner: string, id: SocketId): void {
  const ids = kernel.state.owned.get(owner);
  if (ids === undefined) kernel.state.owned.set(owner, new Set([id]));
  else ids.add(id);
}

export function disown(kernel: Kernel, owner: string, id: SocketId): void {
  const ids = kernel.state.owned.get(owner);
  if (ids?.delete(id) === true && ids.size === 0) kernel.state.owned.delete(owner);
}
