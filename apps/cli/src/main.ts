import process from 'node:process';
import { Command, Option } from 'commander';
import type { LintOptions } from './commands/lint.ts';
import type { TestOptions } from './commands/test.ts';
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

program
  .command('test')
  .summary('prove that labs work')
  .description(
    'Proves labs on simulated clusters: the setup comes to rest, every task fails before its solution and passes by it (twice, with two seeds), every wrong case fails where its author said, and small mistakes in the solution (mutants) are noticed.',
  )
  .argument('[labs...]', 'ids of labs; default: all of the course')
  .option('--course <folder>', 'folder with course.yaml; default: the nearest one')
  .option('--no-mutants', 'leave the mutants out, which is most of the work')
  .option('--min-score <percent>', 'fail below this mutation score', '0')
  .option('--json', 'findings, scores and times as JSON', false)
  .addHelpText(
    'after',
    `
Exit codes: 0, all labs are proven; 1, some are not; 2, wrong use.

Examples:
  $ podwire test
  $ podwire test guard-the-database --min-score 90
  $ podwire test --no-mutants --json > proof.json`,
  )
  .action(
    runs(async (labs: readonly string[], options: TestOptions) =>
      (await import('./commands/test.ts')).test(labs, options, output),
    ),
  );

program
  .command('lint')
  .summary('find mistakes in a course')
  .description(
    'Finds mistakes in the files of a course, each with file, line, column, a code and what to write instead.',
  )
  .argument('[folder]', 'folder with course.yaml; default: the nearest one')
  .option('--json', 'diagnostics as JSON', false)
  .option('--max-warnings <count>', 'fail when there are more warnings than this')
  .addHelpText(
    'after',
    `
Exit codes: 0, no errors; 1, errors; 2, wrong use. Codes: docs/authoring/diagnostics.md.

Examples:
  $ podwire lint
  $ podwire lint labs --max-warnings 0
  $ podwire lint --json | jq '.diagnostics[].code'`,
  )
  .action(
    runs(async (folder: string | undefined, options: LintOptions) =>
      (await import('./commands/lint.ts')).lint(folder, options, output),
    ),
  );

try {
  await program.parseAsync();
} catch (error) {
  output.err(`podwire: ${stackOf(error)}`);
  process.exitCode = EXIT.internal;
}
