import type { Process, Task, TaskProgram } from '@podwire/machine';
import { certificatePem, digest, matchHost, parseCertificates } from '@podwire/tls';
import type { Certificate } from '@podwire/tls';
import { complain, print } from '../../stdio/output.ts';
import { hexPairs, nameForOpenssl, timeText } from '../certificate-text.ts';
import { certificateReport, extensionReport } from './certificate-report.ts';
import { client, verify } from './client.ts';
import { lastOf, readInput, readWords, writeOutput } from './files.ts';
import { makeKey, request } from './request.ts';

const VERSION = 'OpenSSL 3.0.17 1 Jul 2025 (Library: OpenSSL 3.0.17 1 Jul 2025)';

/** openssl: the commands that make, show and check certificates. */
export const openssl: TaskProgram = {
  kind: 'task',
  *run(process) {
    const [command, ...args] = process.argv.slice(1);
    switch (command) {
      case 'version':
        yield* print(process, `${VERSION}\n`);
        return 0;
      case 'req':
        return yield* request(process, args);
      case 'genrsa':
      case 'genpkey':
      case 'ecparam':
        return yield* makeKey(process, command, args);
      case 'x509':
        return yield* x509(process, args);
      case 's_client':
        return yield* client(process, args);
      case 'verify':
        return yield* verify(process, args);
      case undefined:
        return yield* complain(
          process,
          'openssl: say a command; in this simulation: req, genrsa, genpkey, ecparam, x509, s_client, verify, version',
        );
      default:
        return yield* complain(process, `openssl: ${command} is not part of this simulation`);
    }
  },
};

function* x509(process: Process, args: readonly string[]): Task {
  const words = readWords('x509', args, {
    flags: [
      ...['noout', 'text', 'subject', 'issuer', 'dates', 'startdate', 'enddate', 'serial', 'fingerprint'],
      ...['sha1', 'sha256', 'sha384', 'sha512'],
    ],
    values: ['in', 'out', 'ext', 'checkend', 'checkhost'],
  });
  if (typeof words === 'string') return yield* complain(process, words);
  const text = yield* readInput(process, lastOf(words, 'in'), 'certificate');
  if (text === undefined) return 1;
  const [certificate] = parseCertificates(text) ?? [];
  if (certificate === undefined)
    return yield* complain(
      process,
      `Could not read certificate from ${lastOf(words, 'in') ?? '<stdin>'}\nUnable to load certificate`,
    );
  let exitCode = 0;
  let output = '';
  // In the order in which they were asked for, as openssl prints them.
  for (const arg of args) {
    const name = arg.replace(/^--?/, '');
    if (name === 'ext' && arg.startsWith('-'))
      output +=
        extensionReport(certificate, (lastOf(words, 'ext') ?? '').split(',')) ?? 'No extensions matching\n';
    else if (name === 'checkend' && arg.startsWith('-')) {
      const seconds = Number(lastOf(words, 'checkend'));
      const expires = certificate.notAfterMs < process.nowMs() + seconds * 1_000;
      output += expires ? 'Certificate will expire\n' : 'Certificate will not expire\n';
      if (expires) exitCode = 1;
    } else if (name === 'checkhost' && arg.startsWith('-')) {
      const host = lastOf(words, 'checkhost') ?? '';
      const matches = matchHost(certificate, host).kind !== 'none';
      output += `Hostname ${host} does${matches ? '' : ' NOT'} match certificate\n`;
    } else if (words.flags.has(name) && arg.startsWith('-')) output += shown(certificate, name, words.flags);
  }
  if (!words.flags.has('noout')) output += certificatePem(certificate);
  return (yield* writeOutput(process, lastOf(words, 'out'), output)) ? exitCode : 1;
}

function shown(certificate: Certificate, name: string, flags: ReadonlySet<string>): string {
  const start = `notBefore=${timeText(certificate.notBeforeMs)}\n`;
  const end = `notAfter=${timeText(certificate.notAfterMs)}\n`;
  switch (name) {
    case 'text':
      return certificateReport(certificate);
    case 'subject':
      return `subject=${nameForOpenssl(certificate.subject)}\n`;
    case 'issuer':
      return `issuer=${nameForOpenssl(certificate.issuer)}\n`;
    case 'dates':
      return start + end;
    case 'startdate':
      return start;
    case 'enddate':
      return end;
    case 'serial':
      return `serial=${hexPairs(certificate.serial).replaceAll(':', '')}\n`;
    case 'fingerprint': {
      const algorithm = (['sha256', 'sha384', 'sha512'] as const).find((each) => flags.has(each)) ?? 'sha1';
      const label = algorithm === 'sha1' ? 'SHA1' : algorithm;
      return `${label} Fingerprint=${hexPairs(digest(algorithm, certificate.der))}\n`;
    }
    default:
      return '';
  }
}
