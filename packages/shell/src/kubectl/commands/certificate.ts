import { resourcePath } from '../api/discovery.ts';
import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { Failure, fail, isNotFound, messageOf, reasonOf } from '../failure.ts';
import { outputPrinter } from '../printers/printer.ts';
import { objectOf, retrieve, typeOf } from '../resources/info.ts';
import type { ResourceInfo } from '../resources/info.ts';
import { fileQuery } from '../resources/query.ts';
import { forEachInfo } from '../resources/visit.ts';
import { CERTIFICATE, CERTIFICATE_APPROVE, CERTIFICATE_DENY } from '../surface/cluster.ts';
import { goQuote, rfc3339 } from '../values/go-text.ts';
import { objectsAt, setAt, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';

const RESOURCE = 'certificatesigningrequests';
/** A request that others change at the same time is tried again this often. */
const MAX_TRIES = 10;

interface Verdict {
  readonly operation: string;
  readonly condition: string;
  readonly opposite: string;
  readonly reason: string;
  readonly message: string;
}

const APPROVED: Verdict = {
  operation: 'approved',
  condition: 'Approved',
  opposite: 'Denied',
  reason: 'KubectlApprove',
  message: 'This CSR was approved by kubectl certificate approve.',
};
const DENIED: Verdict = {
  operation: 'denied',
  condition: 'Denied',
  opposite: 'Approved',
  reason: 'KubectlDeny',
  message: 'This CSR was denied by kubectl certificate deny.',
};

/** The request with the verdict added; undefined when it has it already and that is enough. */
function judged(
  { session, flags }: Invocation,
  request: JsonObject,
  verdict: Verdict,
): JsonObject | undefined {
  const conditions = objectsAt(request, 'status', 'conditions');
  const has = (type: string): boolean => conditions.some((each) => textAt(each, 'type') === type);
  if (has(verdict.opposite))
    fail(
      `certificate signing request ${goQuote(textAt(request, 'metadata', 'name'))} is already ${verdict.opposite}`,
    );
  if (has(verdict.condition)) return flags.toggle('force') ? request : undefined;
  const { condition, reason, message } = verdict;
  const lastUpdateTime = rfc3339(session.nowMs());
  setAt(
    request,
    ['status', 'conditions'],
    [...conditions, { type: condition, status: 'True', reason, message, lastUpdateTime }],
  );
  return request;
}

function judge(invocation: Invocation, info: ResourceInfo, verdict: Verdict): void {
  const { session } = invocation;
  const type = typeOf(info);
  if (type.resource !== RESOURCE || type.group !== 'certificates.k8s.io')
    fail(
      `can only handle CertificateSigningRequest.certificates.k8s.io objects, got ${type.kind}${type.group === '' ? '' : `.${type.group}`}`,
    );
  for (let tries = 0; ; tries += 1) {
    const current = session.api().send('GET', resourcePath(type, '', info.name));
    if (!current.ok && isNotFound(current.problem))
      fail(`could not find v1 version of ${info.name}: ${messageOf(current.problem)}`);
    if (!current.ok) throw new Failure(current.problem);
    const body = judged(invocation, current.object, verdict);
    if (body === undefined) return;
    const reply = session.api().send('PUT', resourcePath(type, '', info.name, 'approval'), { body });
    if (reply.ok) return;
    if (reasonOf(reply.problem) !== 'Conflict' || tries >= MAX_TRIES) throw new Failure(reply.problem);
    retrieve(session, info);
  }
}

function* run(invocation: Invocation, verdict: Verdict): Step {
  const { args, flags, session } = invocation;
  const printer = outputPrinter(session, flags, { operation: verdict.operation });
  if (args.length === 0 && flags.list('filename').length === 0 && flags.text('kustomize') === '')
    fail('one or more CSRs must be specified as <name> or -f <filename>');
  const query = {
    ...fileQuery(flags),
    namespace: '',
    args: args.map((name) => `${RESOURCE}/${name}`),
    continueOnError: true,
    latest: true,
  };
  const found = yield* forEachInfo(session, query, function* (info) {
    judge(invocation, info, verdict);
    session.out(printer.print(objectOf(info)));
    return undefined;
  });
  if (found === 0) session.out('No resources found\n');
  return undefined;
}

const approve: Command = {
  ...CERTIFICATE_APPROVE,
  long: `Approve a certificate signing request (CSR).

 The signer may then issue the certificate, and whoever holds it may act as the name in it: look at the request before you approve it.`,
  examples: [['Approve a request', 'kubectl certificate approve node-csr']],
  run: (invocation) => run(invocation, APPROVED),
};

const deny: Command = {
  ...CERTIFICATE_DENY,
  long: 'Deny a certificate signing request (CSR): no certificate is issued for it.',
  examples: [['Deny a request', 'kubectl certificate deny node-csr']],
  run: (invocation) => run(invocation, DENIED),
};

export const certificateCommand: Command = {
  ...CERTIFICATE,
  long: 'Modify certificate resources.',
  subcommands: [approve, deny],
  *run({ session, help }) {
    session.out(help());
    return undefined;
  },
};
