import type { ApiUpgrade } from '@podwire/kubesim';
import type { RawData, WebSocket } from 'ws';
import type { ClusterClock } from './cluster-clock.ts';
import { CommandSession, failureInWords } from './remote-command.ts';
import { bytesOf, codecOf, sendTo } from './websocket-channels.ts';

const V5 = 'v5.channel.k8s.io';
const V4: readonly string[] = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'];

/** v5 can say that standard input has ended; before v4 the exit code is told in words. */
export const COMMAND_PROTOCOLS: readonly string[] = [V5, ...V4, 'channel.k8s.io', 'base64.channel.k8s.io'];

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
const NORMAL_CLOSURE = 1000;

/** Carries one command's streams over a WebSocket. */
export function serveCommandOverWebSocket(
  client: WebSocket,
  command: ApiUpgrade,
  clock: Pick<ClusterClock, 'catchUp' | 'wake'>,
  wanted: { readonly stdout: boolean; readonly stderr: boolean },
): void {
  const codec = codecOf(client.protocol);
  const send = (channel: number, data: Uint8Array): void => sendTo(client, codec.encode(channel, data));
  // Before v5 an empty message on the lowest channel out says that the connection stands.
  if (client.protocol !== V5) {
    const first = wanted.stdout ? CHANNEL.stdout : wanted.stderr ? CHANNEL.stderr : CHANNEL.error;
    send(first, new Uint8Array(0));
  }
  const session = new CommandSession(
    command,
    {
      output: (stream, data) => {
        if (wanted[stream]) send(CHANNEL[stream], data);
      },
      finish: (status) => {
        const last =
          client.protocol === V5 || V4.includes(client.protocol)
            ? JSON.stringify(status)
            : failureInWords(status);
        if (last !== undefined) send(CHANNEL.error, Buffer.from(last));
        client.close(NORMAL_CLOSURE);
      },
      pause: () => client.pause(),
      resume: () => client.resume(),
    },
    clock,
  );
  client.on('message', (message: RawData) => {
    const decoded = codec.decode(bytesOf(message));
    if (decoded === undefined) return;
    const { channel, data } = decoded;
    if (channel === CHANNEL.stdin) session.input(data);
    else if (channel === CHANNEL.resize) session.resize(data);
    else if (channel === CHANNEL.close && client.protocol === V5 && data[0] === CHANNEL.stdin)
      session.endInput();
  });
  client.on('error', () => client.terminate());
  client.on('close', () => session.close());
}
