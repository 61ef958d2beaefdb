import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { Failure, fail } from '../failure.ts';
import { goYaml } from '../printers/yaml.ts';
import { VERSION } from '../surface/settings.ts';
import { goJson, textAt } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';

/** The release that this kubectl speaks and looks like. */
const CLIENT_VERSION: JsonObject = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.5',
  gitCommit: 'ebfac057369b21558006b8815821ab2fb1e29f2d',
  gitTreeState: 'clean',
  buildDate: '2026-02-26T20:06:18Z',
  goVersion: 'go1.24.13',
  compiler: 'gc',
  platform: 'linux/amd64',
};
const KUSTOMIZE_VERSION = 'v5.7.1';

/** Clients and servers that are further apart than this are not supported together. */
const SUPPORTED_MINOR_SKEW = 1;

function numbersOf(version: JsonObject): readonly [number, number] | undefined {
  const match = /^v?(\d+)\.(\d+)\./.exec(textAt(version, 'gitVersion'));
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

function skewWarning(server: JsonObject): string {
  const ours = numbersOf(CLIENT_VERSION);
  const theirs = numbersOf(server);
  if (ours === undefined || theirs === undefined) return '';
  const [major, minor] = ours;
  const [serverMajor, serverMinor] = theirs;
  const between = `between client (${major}.${minor}) and server (${serverMajor}.${serverMinor})`;
  if (major !== serverMajor)
    return `major version difference ${between} exceeds the supported minor version skew of +/-${SUPPORTED_MINOR_SKEW}`;
  return Math.abs(minor - serverMinor) > SUPPORTED_MINOR_SKEW
    ? `version difference ${between} exceeds the supported minor version skew of +/-${SUPPORTED_MINOR_SKEW}`
    : '';
}

function* run({ flags, args, session }: Invocation): Step {
  const output = flags.text('output');
  const clientOnly = flags.toggle('client');
  if (args.length > 0 && !clientOnly) fail(`extra arguments: [${args.join(' ')}]`);
  if (output !== '' && output !== 'yaml' && output !== 'json') fail("--output must be 'yaml' or 'json'");
  const reply = clientOnly ? undefined : session.api().send('GET', '/version');
  const server = reply?.ok === true ? reply.object : undefined;
  const all: JsonObject = {
    clientVersion: CLIENT_VERSION,
    kustomizeVersion: KUSTOMIZE_VERSION,
    ...(server === undefined ? {} : { serverVersion: server }),
  };
  if (output === 'yaml') session.out(`${goYaml(all)}\n`);
  else if (output === 'json') session.out(`${goJson(all, { indent: 2, sortKeys: false })}\n`);
  else {
    session.out(
      `Client Version: ${textAt(CLIENT_VERSION, 'gitVersion')}\nKustomize Version: ${KUSTOMIZE_VERSION}\n`,
    );
    if (server !== undefined) session.out(`Server Version: ${textAt(server, 'gitVersion')}\n`);
  }
  const warning = server === undefined ? '' : skewWarning(server);
  if (warning !== '') {
    if (flags.toggle('warnings-as-errors')) fail(warning);
    session.err(`Warning: ${warning}\n`);
  }
  if (reply?.ok === false) throw new Failure(reply.problem);
  return undefined;
}

export const versionCommand: Command = {
  ...VERSION,
  long: 'Print the client and server version information for the current context.',
  examples: [['Show both versions', 'kubectl version']],
  run,
};
