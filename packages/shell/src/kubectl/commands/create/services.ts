import type { Command, Invocation } from '../../command/command.ts';
import { fail } from '../../failure.ts';
import * as surface from '../../surface/create.ts';
import { goQuote } from '../../values/go-text.ts';
import type { JsonObject, JsonValue } from '../../values/json.ts';
import { dns1123Subdomain, portName, portNumber } from '../../values/validation.ts';
import { compact, generate, metadataWith } from './generate.ts';
import type { GeneratorRequest } from './generate.ts';
import { requireFlags } from './required.ts';

type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';

/** strconv.ParseUint(text, 10, 16) with its messages; zero is a port here. */
export function parsePort(text: string): number {
  if (!/^\d+$/.test(text)) fail(`strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax`);
  const port = Number(text);
  if (port > 65_535) fail(`strconv.ParseUint: parsing ${goQuote(text)}: value out of range`);
  return port;
}

/** `80`, `80:8080` or `80:http`. */
function parsePorts(text: string): { readonly port: number; readonly targetPort: JsonValue } {
  const [first = '', second] = text.split(':');
  const port = parsePort(first);
  if (second === undefined) return { port, targetPort: port };
  if (/^[-+]?\d+$/.test(second)) {
    const target = Number(second);
    const errors = portNumber(target);
    if (errors.length > 0) fail(errors.join(','));
    return { port, targetPort: target };
  }
  const errors = portName(second);
  if (errors.length > 0) fail(errors.join(','));
  return { port, targetPort: second };
}

function service(type: ServiceType): (request: GeneratorRequest) => JsonObject {
  return ({ invocation: { flags }, name, metadata }) => {
    const tcp = flags.listIfAny('tcp');
    const clusterIp = flags.textIfAny('clusterip');
    const externalName = flags.textIfAny('external-name');
    if (clusterIp === 'None' && type !== 'ClusterIP')
      fail('ClusterIP=None can only be used with ClusterIP service type');
    if (clusterIp !== 'None' && tcp.length === 0 && type !== 'ExternalName')
      fail('at least one tcp port specifier must be provided');
    if (type === 'ExternalName' && dns1123Subdomain(externalName).length > 0)
      fail(`invalid service external name ${externalName}`);
    const nodePort = flags.has('node-port') ? flags.integer('node-port') : 0;
    const ports = tcp.map((text) => {
      const { port, targetPort } = parsePorts(text);
      return compact({
        name: text.replaceAll(':', '-'),
        protocol: 'TCP',
        port,
        targetPort,
        nodePort: nodePort === 0 ? undefined : nodePort,
      });
    });
    return {
      kind: 'Service',
      apiVersion: 'v1',
      metadata: metadataWith(metadata, { labels: { app: name } }),
      spec: compact({
        ports: ports.length > 0 ? ports : undefined,
        selector: { app: name },
        clusterIP: clusterIp === '' ? undefined : clusterIp,
        type,
        externalName: externalName === '' ? undefined : externalName,
      }),
      status: { loadBalancer: {} },
    };
  };
}

function run(type: ServiceType): (invocation: Invocation) => ReturnType<typeof generate> {
  return (invocation) => {
    if (type === 'ExternalName') requireFlags(invocation, ['external-name']);
    return generate(invocation, {
      resource: 'services',
      namespaced: true,
      failure: `failed to create ${type} service:`,
      build: service(type),
    });
  };
}

export const createService: Command = {
  ...surface.CREATE_SERVICE,
  group: 'stderr',
  subcommands: [
    {
      ...surface.CREATE_SERVICE_CLUSTERIP,
      examples: [
        [
          'Reach pods labelled app=web on port 80 of a virtual IP',
          'kubectl create service clusterip web --tcp=80:8080',
        ],
        [
          'Only a DNS name for the pods, without a virtual IP',
          'kubectl create service clusterip web --clusterip="None"',
        ],
      ],
      run: run('ClusterIP'),
    },
    {
      ...surface.CREATE_SERVICE_NODEPORT,
      examples: [['Open a port of every node', 'kubectl create service nodeport web --tcp=80:8080']],
      run: run('NodePort'),
    },
    {
      ...surface.CREATE_SERVICE_LOADBALANCER,
      examples: [['Ask for a load balancer', 'kubectl create service loadbalancer web --tcp=80:8080']],
      run: run('LoadBalancer'),
    },
    {
      ...surface.CREATE_SERVICE_EXTERNALNAME,
      long: `Create an ExternalName service with the specified name.

 Such a service is an alias in DNS: it leads to a name outside the cluster instead of to pods.`,
      examples: [
        [
          'Give an outside name a name in the cluster',
          'kubectl create service externalname db --external-name db.example.com',
        ],
      ],
      run: run('ExternalName'),
    },
  ],
};
