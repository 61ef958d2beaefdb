import type { NetErrno } from '../network.ts';
import type { IcmpMessage, IpPacket } from '../packet.ts';

/** What an ICMP error means to a socket (Linux' icmp_err_convert); undefined when it is no error to a process. */
export function errnoOf(message: Extract<IcmpMessage, { readonly about: IpPacket }>): NetErrno | undefined {
  if (message.type === 'fragmentation-needed') return undefined;
  if (message.type === 'time-exceeded') return 'EHOSTUNREACH';
  switch (message.code) {
    case 'network':
      return 'ENETUNREACH';
    case 'host':
    case 'admin-prohibited':
      return 'EHOSTUNREACH';
    case 'port':
      return 'ECONNREFUSED';
  }
}
