import type { Code, Paragraph, RootContent } from 'mdast';
import type { ContainerDirective, LeafDirective, TextDirective } from 'mdast-util-directive';
import type { Diagnostic, DiagnosticSink } from './diagnostic.ts';
import type { Endpoint } from './check-model.ts';
import { ENDPOINT_NOTATIONS, parseEndpoint } from './endpoint.ts';
import { plainText, positionOf, visit } from './markdown.ts';
import { fillText } from './parameters.ts';
import type { ParameterValues } from './parameters.ts';

type Directive = ContainerDirective | LeafDirective | TextDirective;

/** Containers of prose; they may stand wherever prose may. */
export const PROSE_CONTAINERS: readonly string[] = ['note', 'warning', 'packet', 'diagram', 'quiz'];
/** In lessons, where nothing is graded, these are texts that are shown on demand. */
export const LESSON_CONTAINERS: readonly string[] = [...PROSE_CONTAINERS, 'hint', 'solution'];
const PROTOCOLS: readonly string[] = ['tcp', 'udp', 'icmp'];
const MAX_PORT = 65_535;

interface ProseSetting {
  /** Whether a cluster can be had to draw from: a lab has its own, a lesson that of the lab it leads to. */
  readonly hasCluster: boolean;
  readonly labIds?: ReadonlySet<string>;
  /** Values of `{{parameters}}`, of which attributes may be made. */
  readonly values: ParameterValues;
}

/** What the directives within prose say: a place to run something, a line of a file, a packet, a diagram. */
export function checkDirectives(
  nodes: readonly RootContent[],
  setting: ProseSetting,
  sink: DiagnosticSink,
): void {
  visit(nodes, (node) => {
    if (node.type === 'code') checkCode(node, setting, sink);
    if (node.type === 'paragraph') checkTornDirective(node, sink);
    if (node.type !== 'containerDirective' && node.type !== 'leafDirective' && node.type !== 'textDirective')
      return;
    if (node.name === 'run') checkPlace(node, 'in', node.attributes?.['in'] ?? undefined, setting, sink);
    else if (node.name === 'file') checkFile(node, sink);
    else if (node.name === 'packet') checkPacket(node, setting, sink);
    else if (node.name === 'diagram') checkDiagram(node, setting, sink);
    else if (node.type === 'leafDirective')
      report(
        node,
        sink,
        `"::${node.name}" is no directive.`,
        'Write ::packet or ::diagram, or begin the line otherwise.',
      );
  });
}

/** `::: check{…}` is a paragraph to the parser, and what was meant is lost. */
function checkTornDirective(node: Paragraph, sink: DiagnosticSink): void {
  const [first] = node.children;
  const torn = first?.type === 'text' ? /^(:{3,})[ \t]+([a-z]+)/u.exec(first.value) : null;
  if (torn === null) return;
  const [, colons = '', name = ''] = torn;
  report(
    node,
    sink,
    `"${colons} ${name}" is no directive: there is a space after the colons.`,
    `Write ${colons}${name}.`,
    'PW0204',
  );
}

/** The place of a command: `sh run in=node/podwire-worker`. */
function placeOfCode(meta: string | null | undefined): string | undefined {
  return /(?:^|\s)in=(\S+)/.exec(meta ?? '')?.[1];
}

function checkCode(node: Code, setting: ProseSetting, sink: DiagnosticSink): void {
  checkPlace(node, 'in', placeOfCode(node.meta), setting, sink);
}

function checkPlace(
  node: Directive | Code,
  name: string,
  given: string | undefined,
  { values }: ProseSetting,
  sink: DiagnosticSink,
): void {
  if (given === undefined) return;
  const kind = parseEndpoint(fillText(given, values))?.kind;
  if (kind !== 'pod' && kind !== 'node' && kind !== 'toolbox')
    report(
      node,
      sink,
      `${name}="${given}" is no place with a terminal.`,
      'Write toolbox, node/<name> or pod/<namespace>/<name>.',
    );
}

function checkFile(node: Directive, sink: DiagnosticSink): void {
  const path = node.children.map(plainText).join('');
  const line = node.attributes?.['line'];
  if (!path.startsWith('/') && !path.startsWith('~/'))
    report(
      node,
      sink,
      `"${path}" is no whole path of a file.`,
      'Write :file[~/name.yaml], or a path that begins with /.',
    );
  if (typeof line === 'string' && !/^[1-9]\d{0,5}$/.test(line))
    report(
      node,
      sink,
      `line=${line} is no line of a file.`,
      'Write a number from 1 on: :file[~/web.yaml]{line=12}.',
    );
}

const PACKET_SOURCES: readonly Endpoint['kind'][] = ['pod', 'node', 'toolbox', 'outside'];
/** A node is dialled at its address. */
const PACKET_DESTINATIONS: readonly Endpoint['kind'][] = ['pod', 'service', 'host'];

function notationsOf(kinds: readonly string[]): readonly string[] {
  return ENDPOINT_NOTATIONS.filter((notation) => kinds.includes(notation.split('/', 1)[0] ?? ''));
}

function checkPacket(node: Directive, setting: ProseSetting, sink: DiagnosticSink): void {
  const { from, to, port, protocol } = node.attributes ?? {};
  for (const [name, text, kinds] of [
    ['from', from, PACKET_SOURCES],
    ['to', to, PACKET_DESTINATIONS],
  ] as const) {
    const endpoint = typeof text === 'string' ? parseEndpoint(fillText(text, setting.values)) : undefined;
    if (endpoint === undefined || !kinds.includes(endpoint.kind))
      report(
        node,
        sink,
        typeof text === 'string'
          ? `${name}="${text}" is nothing that a packet ${name === 'from' ? 'comes from' : 'goes to'}.`
          : `This packet does not say where it ${name === 'from' ? 'comes from' : 'goes'}.`,
        `Give ${name}=… as one of ${notationsOf(kinds).join(', ')}.`,
      );
  }
  if (typeof protocol === 'string' && !PROTOCOLS.includes(protocol))
    report(node, sink, `protocol="${protocol}" is none of ${PROTOCOLS.join(', ')}.`, 'Leave it out for tcp.');
  const number = Number(fillText(port ?? '0', setting.values));
  if (!Number.isInteger(number) || number < 0 || number > MAX_PORT)
    report(node, sink, `port="${port ?? ''}" is no port.`, 'Write a number from 1 to 65535.');
  else if (number === 0 && protocol !== 'icmp')
    report(node, sink, 'This packet goes to no port.', 'Give port=…, or protocol=icmp.');
  if (node.type !== 'textDirective') checkCluster(node, setting, sink);
}

function checkDiagram(node: Directive, setting: ProseSetting, sink: DiagnosticSink): void {
  checkCluster(node, setting, sink);
}

/** What is drawn needs a cluster that it is drawn from. */
function checkCluster(node: Directive, { hasCluster, labIds }: ProseSetting, sink: DiagnosticSink): void {
  const lab = node.attributes?.['lab'];
  if (typeof lab === 'string') {
    if (labIds !== undefined && !labIds.has(lab))
      sink.report({
        code: 'PW0203',
        ...positionOf(node),
        message: `There is no lab "${lab}" whose setup this could be drawn from.`,
        remedy: 'Name a lab that course.yaml lists.',
      });
    return;
  }
  const own =
    node.type === 'containerDirective' &&
    node.children.some((child) => child.type === 'code' && isApplied(child));
  if (!hasCluster && !own)
    report(
      node,
      sink,
      `There is no cluster that this ${node.name} could be drawn from.`,
      'Name a lab whose setup is taken (lab=some-lab), put manifests inside as ```yaml apply blocks, or give the lesson a lab.',
    );
}

/** A block of manifests that a figure is made with. */
export function isApplied(node: Code): boolean {
  return (node.meta ?? '').split(/\s+/).includes('apply');
}

function report(
  node: Directive | Code | Paragraph,
  sink: DiagnosticSink,
  message: string,
  remedy: string,
  code: Diagnostic['code'] = 'PW0211',
): void {
  sink.report({ code, ...positionOf(node), message, remedy });
}
