import process from 'node:process';
import { Command, Option } from 'commander';
import type { UpOptions } from './commands/up.ts';
import { EXIT, stackOf, terminalOutput } from './terminal/output.ts';
import type { ExitCode } from './terminal/output.ts';

const output = terminalOutput();
const program = new Command('podwire')
  .description('Learn Kubernetes networking on a simulated cluster, packet by packet.')
  .showHelpAfterError('(podwire --help shows what there is)')
  .exitOverride((error) => {
    // Commander has said what is wrong; a wrong use is told from a failure by its code.
    process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
  });

/** Each command loads its own part when it is used: the others cost nothing. */
function runs<Arguments extends readonly unknown[]>(
  command: (...given: Arguments) => Promise<ExitCode>,
): (...given: Arguments) => Promise<void> {
  return async (...given) => {
    process.exitCode = await command(...given);
  };
}

program
  .command('up')
  .summary('run one simulated cluster behind a real Kubernetes API')
  .description(
    'Runs one simulated cluster in the foreground. Its API is served over HTTPS on loopback with client certificates: kubectl, helm and client libraries work on it. Ends on Ctrl-C.',
  )
  .option('--name <name>', 'name of the cluster; its nodes are named after it', 'podwire')
  .option('--nodes <count>', 'nodes, the control plane among them', '2')
  .addOption(new Option('--cni <plugin>', 'container network: bridge, ptp, vxlan or none').default('bridge'))
  .option('--policies', 'enforce NetworkPolicy; otherwise policies are stored and not enforced', false)
  .option('--seed <number>', 'seed of everything random', '1')
  .option('--port <port>', 'port of the API server; 0: any that is free', '6443')
  .requiredOption('--kubeconfig <file>', 'where to write the kubeconfig')
  .option('--ip-family <family>', 'ipv4, ipv6 or dual', 'ipv4')
  .option('--pod-cidr <cidr>', 'range of the pods; two with a comma between them for dual')
  .option('--service-cidr <cidr>', 'range of the Services; two with a comma between them for dual')
  .option('--proxy-mode <mode>', 'how kube-proxy writes its rules: nftables or iptables', 'nftables')
  .option('--ingress', 'with an Ingress controller', false)
  .option('--load-balancer', 'with a load balancer for Services', false)
  .addHelpText(
    'after',
    `
Examples:
  $ podwire up --nodes 3 --cni bridge --policies --seed 7 --port 6443 --kubeconfig ./kubeconfig
  $ kubectl --kubeconfig ./kubeconfig get nodes`,
  )
  .action(runs(async (options: UpOptions) => (await import('./commands/up.ts')).up(options, output)));

try {
  await program.parseAsync();
} catch (error) {
  output.err(`podwire: ${stackOf(error)}`);
  process.exitCode = EXIT.internal;
}
