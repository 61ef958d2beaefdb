import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { fail } from '../failure.ts';
import { buildKustomization } from '../kustomize/build.ts';
import { KUSTOMIZE } from '../surface/advanced.ts';
import { errnoText } from '../values/errno-text.ts';

const REFUSED = ['enable-alpha-plugins', 'enable-helm', 'network', 'as-current-user'];

function* run({ args, flags, session }: Invocation): Step {
  if (args.length > 1) fail('specify one path to kustomization.yaml');
  for (const name of REFUSED)
    if (flags.toggle(name)) fail(`--${name} is not part of this simulation: there are no plugins to run`);
  const text = buildKustomization(session, args[0] ?? '.');
  const output = flags.text('output');
  if (output === '') session.out(text);
  else {
    const written = session.process.fs.writeFile(session.path(output), new TextEncoder().encode(text));
    if (!written.ok) fail(`open ${output}: ${errnoText(written.errno)}`);
  }
  return undefined;
}

export const kustomizeCommand: Command = {
  ...KUSTOMIZE,
  long: `Build the manifests that a directory's kustomization.yaml describes.

 Helm charts, plugins, components, replacements and addresses on the internet are refused.`,
  examples: [
    ['This directory', 'kubectl kustomize'],
    ['An overlay, into a file', 'kubectl kustomize overlays/test -o test.yaml'],
  ],
  run,
};
