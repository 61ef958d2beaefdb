import type { Command, Invocation } from '../command/command.ts';
import type { Step } from '../command/step.ts';
import { usageFailure } from '../command/run.ts';
import { fail } from '../failure.ts';
import { TOP, TOP_NODE, TOP_POD } from '../surface/cluster.ts';

/** Clusters without a metrics server have nothing to show. */
function refuse(use: string, selectors: readonly string[]): (invocation: Invocation) => Step {
  return function* ({ flags, args, session, commandPath }) {
    if (args.length > 1) throw usageFailure(commandPath, use);
    const sortBy = flags.text('sort-by');
    if (sortBy !== '' && sortBy !== 'cpu' && sortBy !== 'memory')
      fail('--sort-by accepts only cpu or memory');
    if (args.length > 0 && selectors.some((name) => flags.text(name) !== ''))
      fail('only one of NAME or selector can be provided');
    session.api().call('GET', '/api');
    return fail('Metrics API not available');
  };
}

export const topCommand: Command = {
  ...TOP,
  long: `Display resource (CPU/memory) usage.

 This command provides a view of recent resource consumption for nodes and pods. It needs a metrics server in the cluster.`,
  group: 'stderr',
  subcommands: [
    {
      ...TOP_NODE,
      long: 'Display resource (CPU/memory) usage of nodes.',
      examples: [['All nodes', 'kubectl top node']],
      run: refuse(TOP_NODE.use, ['selector']),
    },
    {
      ...TOP_POD,
      long: 'Display resource (CPU/memory) usage of pods.',
      examples: [['The pods of the namespace', 'kubectl top pod']],
      run: refuse(TOP_POD.use, ['selector', 'field-selector']),
    },
  ],
};
