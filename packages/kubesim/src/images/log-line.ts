import type { DaemonContext } from '@podwire/machine';
import { klogText } from '../runtime/klog.ts';

/** A line as klog writes it: `I1122 16:06:23.088168       1 log.go:244] Started …`. */
export function klogLine(daemon: DaemonContext, source: string, text: string): string {
  return klogText(daemon.nowMs(), daemon.pid, 'I', source, text);
}

/** `host:port`, with brackets around IPv6, as Go's net package prints it. */
export function hostPort(address: { readonly address: string; readonly port: number }): string {
  return address.address.includes(':')
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
}
