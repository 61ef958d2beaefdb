import type { RawData, WebSocket } from 'ws';

/** How bytes and their channel travel in one message; the subprotocol chooses. */
export interface ChannelCodec {
  encode(channel: number, data: Uint8Array): Buffer | string;
  /** undefined for a message without a channel. */
  decode(message: Buffer): { readonly channel: number; readonly data: Buffer } | undefined;
}

const ZERO = '0'.charCodeAt(0);

/** channel.k8s.io: a byte of channel before each message. */
const binaryChannels: ChannelCodec = {
  encode: (channel, data) => Buffer.concat([Buffer.from([channel]), data]),
  decode: (message) => {
    const [channel] = message;
    return channel === undefined ? undefined : { channel, data: message.subarray(1) };
  },
};

/** base64.channel.k8s.io: a digit of channel, and the data in base64. */
const base64Channels: ChannelCodec = {
  encode: (channel, data) => `${channel}${Buffer.from(data).toString('base64')}`,
  decode: (message) => {
    const [digit] = message;
    if (digit === undefined) return undefined;
    return { channel: digit - ZERO, data: Buffer.from(message.toString('latin1', 1), 'base64') };
  },
};

export function codecOf(protocol: string): ChannelCodec {
  return protocol.includes('base64') ? base64Channels : binaryChannels;
}

/** A message as one buffer, however it came. */
export function bytesOf(message: RawData): Buffer {
  if (Array.isArray(message)) return Buffer.concat(message);
  return Buffer.isBuffer(message) ? message : Buffer.from(message);
}

const TOO_FAR_BEHIND = 1013;
/** Output a client may be behind; beyond it, it is gone or broken. */
const MAX_BEHIND_BYTES = 64 * 1_024 * 1_024;

export function sendTo(client: WebSocket, message: Buffer | string): void {
  if (client.readyState !== client.OPEN) return;
  if (client.bufferedAmount > MAX_BEHIND_BYTES) client.close(TOO_FAR_BEHIND);
  else client.send(message);
}
