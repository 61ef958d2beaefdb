import { parseIp } from '@podwire/netsim';
import type { InterfaceInfo, Network, NetnsId, SocketAddress, SocketInfo } from '@podwire/netsim';

/** Numbers of /proc/net/tcp, from the kernel's tcp_states.h. */
const TCP_STATES: Readonly<Record<string, number>> = {
  ESTABLISHED: 1,
  SYN_SENT: 2,
  SYN_RECV: 3,
  FIN_WAIT1: 4,
  FIN_WAIT2: 5,
  TIME_WAIT: 6,
  CLOSE: 7,
  CLOSE_WAIT: 8,
  LAST_ACK: 9,
  LISTEN: 10,
  CLOSING: 11,
};
const UDP_UNCONNECTED = 7;

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');

/** An address as the kernel prints it: words of four bytes, each turned round on a little-endian machine. */
function hexAddress(address: string): string {
  const words = parseIp(address)?.words ?? [0];
  return words.map((word) => [0, 8, 16, 24].map((shift) => hex((word >>> shift) & 255, 2)).join('')).join('');
}

const endpoint = ({ address, port }: SocketAddress): string => `${hexAddress(address)}:${hex(port, 4)}`;

function stateOf(socket: SocketInfo): number {
  if (socket.protocol === 'udp') return socket.remote === undefined ? UDP_UNCONNECTED : 1;
  return TCP_STATES[socket.state.toUpperCase().replaceAll('-', '_')] ?? 0;
}

const SOCKET_HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const SOCKET_HEAD_6 =
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

function socketTable(sockets: readonly SocketInfo[], v6: boolean): string {
  const nobody = { address: v6 ? '::' : '0.0.0.0', port: 0 };
  const lines = sockets.map(
    (socket, index) =>
      `${String(index).padStart(4)}: ${endpoint(socket.local)} ${endpoint(socket.remote ?? nobody)} ${hex(stateOf(socket), 2)} 00000000:00000000 00:00000000 00000000     0        0 ${socket.id} 1 0000000000000000 100 0 0 10 0`,
  );
  return [v6 ? SOCKET_HEAD_6 : SOCKET_HEAD.padEnd(149), ...lines, ''].join('\n');
}

/** RTF_UP, RTF_GATEWAY and RTF_HOST of the kernel's route.h. */
const [UP, GATEWAY, HOST] = [1, 2, 4];

function routeTable(network: Network, netns: NetnsId): string {
  const rows = network
    .routes(netns)
    .filter(({ destination }) => !destination.includes(':'))
    .map(({ destination, via, metric, interfaceName }) => {
      const [base = '0.0.0.0', prefix = '32'] = destination.split('/');
      const bits = Number(prefix);
      const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
      const maskText = [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255).join('.');
      const flags = UP + (via === undefined ? 0 : GATEWAY) + (bits === 32 ? HOST : 0);
      return `${interfaceName}\t${hexAddress(base)}\t${hexAddress(via ?? '0.0.0.0')}\t${hex(flags, 4)}\t0\t0\t${metric ?? 0}\t${hexAddress(maskText)}\t0\t0\t0`;
    });
  return `${['Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT', ...rows].map((row) => row.padEnd(127)).join('\n')}\n`;
}

function arpTable(network: Network, netns: NetnsId): string {
  const rows = network
    .neighbors(netns)
    .filter(({ address }) => !address.includes(':'))
    .map(({ address, mac, state, interfaceName }) => {
      const flags = mac === undefined ? '0x0' : state === 'PERMANENT' ? '0x6' : '0x2';
      return `${address.padEnd(16)} 0x1         ${flags.padEnd(10)}  ${mac ?? '00:00:00:00:00:00'}     *        ${interfaceName}\n`;
    });
  return `IP address       HW type     Flags       HW address            Mask     Device\n${rows.join('')}`;
}

function deviceTable(interfaces: readonly InterfaceInfo[]): string {
  const rows = interfaces.map(({ name, rx, tx }) => {
    const cell = (value: number, width: number): string => String(value).padStart(width);
    return `${name.padStart(6)}: ${cell(rx.bytes, 7)} ${cell(rx.packets, 7)}    0 ${cell(rx.dropped, 4)}    0     0          0         0 ${cell(tx.bytes, 8)} ${cell(tx.packets, 7)}    0 ${cell(tx.dropped, 4)}    0     0       0          0\n`;
  });
  return `Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n${rows.join('')}`;
}

/** /proc/net of a namespace, by file name: what the network knows, as the kernel writes it. */
export function procNet(network: Network, netns: NetnsId): ReadonlyMap<string, string> {
  const sockets = network.sockets(netns);
  const chosen = (protocol: string, v6: boolean): string =>
    socketTable(
      sockets.filter((socket) => socket.protocol === protocol && socket.local.address.includes(':') === v6),
      v6,
    );
  return new Map([
    ['arp', arpTable(network, netns)],
    ['dev', deviceTable(network.interfaces(netns))],
    ['route', routeTable(network, netns)],
    ['tcp', chosen('tcp', false)],
    ['tcp6', chosen('tcp', true)],
    ['udp', chosen('udp', false)],
    ['udp6', chosen('udp', true)],
  ]);
}
