import type { DaemonContext } from '@podwire/machine';

/** A line as klog writes it: `I1122 16:06:23.088168       1 log.go:244] Started …`. */
export function klogLine(daemon: DaemonContext, source: string, text: string): string {
  const at = new Date(daemon.nowMs());
  const two = (value: number): string => String(value).padStart(2, '0');
  const micros = String(Math.floor((daemon.nowMs() % 1000) * 1000)).padStart(6, '0');
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}.${micros}`;
  return `I${two(at.getUTCMonth() + 1)}${two(at.getUTCDate())} ${time} ${String(daemon.pid).padStart(7)} ${source}] ${text}\n`;
}

/** `host:port`, with brackets around IPv6, as Go's net package prints it. */
export function hostPort(address: { readonly address: string; readonly port: number }): string {
  return address.address.includes(':')
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
}
