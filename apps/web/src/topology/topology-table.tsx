import type { TopologyModel } from './topology-model.ts';
import { podsOf } from './topology-model.ts';

/** The floor plan in words and rows: the same facts, for those who would rather read or hear them. */
export function TopologyTable({ model }: { readonly model: TopologyModel }) {
  return (
    <div className="grid gap-6 text-sm">
      <table className="w-full">
        <caption className="pb-1 text-left font-semibold">Pods</caption>
        <Head columns={['Name', 'Namespace', 'Address', 'Node', 'Status', 'Isolated by']} />
        <tbody>
          {podsOf(model).map((pod) => (
            <Row
              key={pod.key}
              cells={[
                pod.name,
                pod.namespace,
                pod.ip ?? '',
                pod.nodeName ?? 'none yet',
                pod.status,
                [
                  ...pod.ingressPolicies.map((name) => `in: ${name}`),
                  ...pod.egressPolicies.map((name) => `out: ${name}`),
                ].join(', '),
              ]}
            />
          ))}
        </tbody>
      </table>
      <table className="w-full">
        <caption className="pb-1 text-left font-semibold">Services</caption>
        <Head columns={['Name', 'Namespace', 'Type', 'Address', 'Ports', 'Pods behind it']} />
        <tbody>
          {model.doors.map((door) => (
            <Row
              key={door.key}
              cells={[
                door.name,
                door.namespace,
                door.type,
                door.clusterIp ?? door.externalName ?? 'headless',
                door.ports.map((port) => `${port.port}/${port.protocol}`).join(', '),
                door.ready.length === 0 ? 'none' : door.ready.map((key) => key.split('/').at(-1)).join(', '),
              ]}
            />
          ))}
        </tbody>
      </table>
      <table className="w-full">
        <caption className="pb-1 text-left font-semibold">Nodes</caption>
        <Head columns={['Name', 'Address', 'Pod range', 'Status']} />
        <tbody>
          {model.rooms.map((room) => (
            <Row
              key={room.name}
              cells={[room.name, room.address ?? '', room.podCidr ?? '', room.ready ? 'Ready' : 'NotReady']}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head({ columns }: { readonly columns: readonly string[] }) {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th
            key={column}
            scope="col"
            className="border-b border-control py-1 pr-4 text-left text-xs font-semibold text-muted"
          >
            {column}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Row({ cells }: { readonly cells: readonly string[] }) {
  const [first, ...rest] = cells;
  return (
    <tr>
      <th scope="row" className="border-b border-line py-1.5 pr-4 text-left font-semibold">
        {first}
      </th>
      {rest.map((cell, index) => (
        <td key={index} className="border-b border-line py-1.5 pr-4 align-top font-mono text-xs">
          {cell}
        </td>
      ))}
    </tr>
  );
}
