import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { Failure, attempt, fail, messageOf } from '../failure.ts';
import { operationFor, outputPrinter } from '../printers/printer.ts';
import { objectOf, typeOf } from '../resources/info.ts';
import { mapText } from '../resources/pods.ts';
import { fileQuery, namespaceQuery } from '../resources/query.ts';
import { forEachInfo } from '../resources/visit.ts';
import { EXPOSE } from '../surface/basic.ts';
import { inFieldOrder } from '../values/field-order.ts';
import { goQuote, goSprint } from '../values/go-text.ts';
import { numberAt, objectAt, objectsAt, setAt, textAt, textMapAt, valueAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { compact, metadataWith } from './create/generate.ts';
import { intOrString } from './create/policies.ts';
import { dryRunOf, writeParameters } from './dry-run.ts';
import { withLastApplied } from './last-applied.ts';
import { applyOverrides } from './overrides.ts';

const NAME_MAX = 63;
const EXPOSABLE = new Set(['ReplicationController', 'Service', 'Pod', 'Deployment.apps', 'ReplicaSet.apps']);

/** `a=b,c=d` as a map, with kubectl's objections. */
export function parseLabelSpec(spec: string): JsonObject {
  const labels: JsonObject = {};
  for (const part of spec.split(',')) {
    const pieces = part.split('=');
    if (pieces.length !== 2) fail(`unexpected label spec: ${part}`);
    const [key = '', value = ''] = pieces;
    if (key === '') fail('unexpected empty label key');
    labels[key] = value;
  }
  return labels;
}

function selectorOf(object: JsonObject): string {
  switch (textAt(object, 'kind')) {
    case 'ReplicationController':
      return mapText(textMapAt(object, 'spec', 'selector'));
    case 'Pod': {
      const labels = textMapAt(object, 'metadata', 'labels');
      return labels.size === 0 ? fail('the pod has no labels and cannot be exposed') : mapText(labels);
    }
    case 'Service': {
      const selector = objectAt(object, 'spec', 'selector');
      return selector === undefined
        ? fail('the service has no pod selector set')
        : mapText(textMapAt(selector));
    }
    default: {
      const labels = textMapAt(object, 'spec', 'selector', 'matchLabels');
      const kind = textAt(object, 'kind').toLowerCase();
      if (labels.size === 0) return fail(`invalid ${kind}: no selectors, therefore cannot be exposed`);
      const expressions = valueAt(object, 'spec', 'selector', 'matchExpressions');
      if (Array.isArray(expressions) && expressions.length > 0) {
        return fail(`couldn't convert expressions - "${goSprint(expressions)}" to map-based selector format`);
      }
      return mapText(labels);
    }
  }
}

interface PortOf {
  readonly port: string;
  readonly protocol: string;
}

function portsOf(object: JsonObject): readonly PortOf[] {
  if (textAt(object, 'kind') === 'Service') {
    return objectsAt(object, 'spec', 'ports').map((port) => ({
      port: String(numberAt(port, 'port') ?? 0),
      protocol: textAt(port, 'protocol') || 'TCP',
    }));
  }
  const spec =
    textAt(object, 'kind') === 'Pod'
      ? objectAt(object, 'spec')
      : objectAt(object, 'spec', 'template', 'spec');
  return objectsAt(spec, 'containers').flatMap((container) =>
    objectsAt(container, 'ports').map((port) => ({
      port: String(numberAt(port, 'containerPort') ?? 0),
      protocol: textAt(port, 'protocol') || 'TCP',
    })),
  );
}

export interface ServiceRequest {
  readonly name: string;
  readonly labels: string;
  readonly selector: string;
  /** Comma-separated numbers. */
  readonly ports: string;
  readonly protocol: string;
  /** Protocols by port, of the object that is exposed. */
  readonly protocols: ReadonlyMap<string, readonly string[]>;
  readonly targetPort: string;
  readonly externalIp: string;
  readonly type: string;
  readonly loadBalancerIp: string;
  readonly sessionAffinity: string;
  readonly clusterIp: string;
}

function portNumber(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) fail(`strconv.Atoi: parsing ${goQuote(text)}: invalid syntax`);
  return Number(text);
}

function portObjects(request: ServiceRequest): JsonObject[] {
  if (request.ports === '') return [];
  const texts = request.ports.split(',');
  return texts.flatMap((text, i) => {
    const port = portNumber(text);
    const name = texts.length > 1 ? `port-${i + 1}` : '';
    const known = request.protocol === '' ? (request.protocols.get(text) ?? ['TCP']) : [request.protocol];
    const targetPort = request.targetPort === '' ? port : intOrString(request.targetPort);
    return known.map((protocol) => {
      const named = known.length > 1 ? `port-${i + 1}-${protocol.toLowerCase()}` : name;
      return compact({ name: named === '' ? undefined : named, protocol, port, targetPort });
    });
  });
}

/** The Service that a request describes. */
export function serviceObject(request: ServiceRequest): JsonObject {
  if (request.selector === '') fail('selector must be specified');
  const selector = parseLabelSpec(request.selector);
  const labels = request.labels === '' ? undefined : parseLabelSpec(request.labels);
  const ports = portObjects(request);
  if (
    request.sessionAffinity !== '' &&
    request.sessionAffinity !== 'None' &&
    request.sessionAffinity !== 'ClientIP'
  ) {
    fail(`unknown session affinity: ${request.sessionAffinity}`);
  }
  const text = (value: string): string | undefined => (value === '' ? undefined : value);
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: metadataWith({ name: request.name }, { labels }),
    spec: compact({
      ports: ports.length > 0 ? ports : undefined,
      selector,
      clusterIP: text(request.clusterIp),
      type: text(request.type),
      externalIPs: request.externalIp === '' ? undefined : [request.externalIp],
      sessionAffinity: text(request.sessionAffinity),
      loadBalancerIP: request.type === 'LoadBalancer' ? text(request.loadBalancerIp) : undefined,
    }),
    status: { loadBalancer: {} },
  };
}

function requestFor({ flags }: Invocation, object: JsonObject, name: string): ServiceRequest {
  let selector = flags.text('selector');
  if (selector === '') {
    const found = attempt(() => selectorOf(object));
    selector = found.ok
      ? found.value
      : fail(`couldn't retrieve selectors via --selector flag or introspection: ${messageOf(found.problem)}`);
  }
  const known = portsOf(object);
  const clusterIp = flags.text('cluster-ip');
  let ports = flags.text('port');
  if (ports === '') {
    ports = [...new Set(known.map(({ port }) => port))].join(',');
    if (ports === '' && clusterIp !== 'None') fail("couldn't find port via --port flag or introspection");
  }
  const protocols = new Map<string, string[]>();
  for (const { port, protocol } of known) protocols.set(port, [...(protocols.get(port) ?? []), protocol]);
  return {
    name: flags.text('name') || name.slice(0, NAME_MAX),
    labels: flags.text('labels') || mapText(textMapAt(object, 'metadata', 'labels')),
    selector,
    ports,
    protocol: flags.text('protocol'),
    protocols,
    targetPort: flags.text('target-port'),
    externalIp: flags.text('external-ip'),
    type: flags.text('type'),
    loadBalancerIp: flags.text('load-balancer-ip'),
    sessionAffinity: flags.text('session-affinity'),
    clusterIp,
  };
}

function* run(invocation: Invocation): Step {
  const { flags, args, session } = invocation;
  const dryRun = dryRunOf(session, flags);
  const printer = outputPrinter(session, flags, { operation: operationFor('exposed', dryRun), typed: true });
  yield* forEachInfo(
    session,
    { ...fileQuery(flags), ...namespaceQuery(invocation), args, continueOnError: true },
    function* (info) {
      const type = typeOf(info);
      const kind = type.group === '' ? type.kind : `${type.kind}.${type.group}`;
      if (!EXPOSABLE.has(kind)) fail(`cannot expose a ${kind}`);
      const object = objectOf(info);
      const service = inFieldOrder(
        applyOverrides(flags, serviceObject(requestFor(invocation, object, info.name))),
      );
      if (dryRun === 'client') {
        if (session.namespaceIsExplicit()) setAt(service, ['metadata', 'namespace'], session.namespace());
        session.out(printer.print(inFieldOrder(service)));
        return undefined;
      }
      const body = flags.toggle('save-config') ? withLastApplied(service, 'typed') : service;
      const reply = session.api().send('POST', `/api/v1/namespaces/${session.namespace()}/services`, {
        body,
        query: writeParameters({ dryRun, fieldManager: flags.text('field-manager') }),
      });
      if (!reply.ok) throw new Failure(reply.problem);
      session.out(printer.print(reply.object));
      return undefined;
    },
  );
  return undefined;
}

export const exposeCommand: Command = {
  ...EXPOSE,
  long: `Expose a resource as a new Kubernetes service.

 Takes the selector of a deployment, replica set, replication controller, service or pod, and makes a service with it. Without --port the ports that the object's containers declare are used.

 Possible resources include (case insensitive):

 pod (po), service (svc), replicationcontroller (rc), deployment (deploy), replicaset (rs)`,
  examples: [
    [
      'A service for a deployment, port 80 to port 8080 of its pods',
      'kubectl expose deployment web --port=80 --target-port=8080',
    ],
    ['Reachable on every node', 'kubectl expose deployment web --port=80 --type=NodePort'],
    ['A service for one pod, under another name', 'kubectl expose pod web --port=80 --name=front'],
  ],
  run,
};
