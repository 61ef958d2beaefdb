import { connect } from 'node:net';

/** Between two looks. */
const RETRY_MS = 50;

/** @returns true as soon as something listens there, however long it needs; false when it is over before. */
export async function answers(port: number, over: AbortSignal): Promise<boolean> {
  while (!over.aborted) {
    if (await accepts(port)) return true;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return false;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
