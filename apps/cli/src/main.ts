import process from 'node:process';
import { Command, Option } from 'commander';
import type { DoctorOptions } from './commands/doctor.ts';
import type { ExplainOptions } from './commands/explain.ts';
import type { GradeCommandOptions } from './commands/grade.ts';
import type { LintOptions } from './commands/lint.ts';
import type { NewCourseOptions, NewLabOptions } from './commands/new.ts';
import type { PreviewOptions } from './commands/preview.ts';
import type { TestOptions } from './commands/test.ts';
import type { TraceOptions } from './commands/trace.ts';
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

/** Options of kind clusters, and what they are where the site runs. */
const NODE_IMAGE = {
  about: 'node image of kind clusters',
  value: process.env['KIND_NODE_IMAGE'] ?? 'kindest/node:v1.34.0',
};
const TOOLBOX_IMAGE = {
  about: 'toolbox image of kind clusters',
  value: process.env['PODWIRE_TOOLBOX_IMAGE'] ?? 'podwire/toolbox:latest',
};

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
  .option(
    '--ingress [class]',
    'with an NGINX-compatible Ingress controller under this IngressClass (nginx)',
    false,
  )
  .option('--gateway [class]', 'with the Gateway API and a controller for this GatewayClass (podwire)', false)
  .option('--load-balancer', 'with a load balancer for Services', false)
  .option(
    '--json',
    'lines of JSON on standard output: ready (server, kubeconfig, seed, settings), error',
    false,
  )
  .addHelpText(
    'after',
    `
Exit codes: 0, ended by Ctrl-C; 1, the cluster could not run; 2, wrong use.

Examples:
  $ podwire up --nodes 3 --cni bridge --policies --seed 7 --port 6443 --kubeconfig ./kubeconfig
  $ kubectl --kubeconfig ./kubeconfig get nodes
  $ podwire up --port 0 --kubeconfig ./kubeconfig --json | jq -r 'select(.kind == "ready").server'`,
  )
  .action(runs(async (options: UpOptions) => (await import('./commands/up.ts')).up(options, output)));

program
  .command('test')
  .summary('prove that labs work')
  .description(
    'Proves labs on the clusters of one backend: the setup comes to rest, every task fails before its solution and passes by it (twice, with two seeds), every wrong case fails where its author said, and small mistakes in the solution (mutants) are noticed.',
  )
  .argument('[labs...]', 'ids or folders of labs; default: all of the course')
  .option('--course <folder>', 'folder with course.yaml; default: the nearest one')
  .option('--no-mutants', 'leave the mutants out, which is most of the work')
  .option('--min-score <percent>', 'fail below this mutation score', '0')
  .option(
    '--backend <backend>',
    'simulated, or kind: real clusters on this machine, without mutants',
    'simulated',
  )
  .option('--node-image <image>', NODE_IMAGE.about, NODE_IMAGE.value)
  .option('--toolbox-image <image>', TOOLBOX_IMAGE.about, TOOLBOX_IMAGE.value)
  .option('--json', 'findings, scores and times as JSON', false)
  .addHelpText(
    'after',
    `
Exit codes: 0, all labs are proven; 1, some are not; 2, wrong use.

Examples:
  $ podwire test
  $ podwire test guard-the-database --min-score 90
  $ podwire test --no-mutants --json > proof.json
  $ podwire test --backend kind what-it-cannot-stop`,
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

program
  .command('preview')
  .summary('show a course in the real site, following its files')
  .description(
    'Runs the site on a course: every page and every lab, as learners get them. A change in a file is on the page in less than a second; mistakes are shown over it, and here. Ends on Ctrl-C.',
  )
  .argument('[folder]', 'folder with course.yaml; default: the nearest one')
  .option('--port <port>', 'port of the site', '3000')
  .option('--data <folder>', 'folder for its database; default: .podwire/preview of this checkout')
  .option(
    '--json',
    'lines of JSON on standard output: building, built, ready (url), read (diagnostics), error',
    false,
  )
  .addHelpText(
    'after',
    `
Exit codes: 0, ended by Ctrl-C; 1, the site could not run; 2, wrong use.

Examples:
  $ podwire preview ~/net --port 3100
  $ podwire preview ~/net --json | jq -r 'select(.kind == "read").diagnostics[].code'`,
  )
  .action(
    runs(async (folder: string | undefined, options: PreviewOptions) =>
      (await import('./commands/preview.ts')).preview(folder, options, output),
    ),
  );

program
  .command('trace')
  .summary('follow a packet between two endpoints of given manifests')
  .description(
    'Follows a packet hop by hop on a simulated cluster made of the given manifests; no server is needed. Each hop says what was decided, and by which field of which object. Containers whose image is not part of the simulation get a stand-in that listens on their ports.',
  )
  .requiredOption('-f, --filename <paths...>', 'files or folders of manifests; - for standard input')
  .requiredOption(
    '--from <place>',
    'pod/web, pod/shop/web, deploy/web, node/NAME, outside/203.0.113.7 or toolbox',
  )
  .requiredOption(
    '--to <target>',
    'svc/db:6379, pod/db:6379, node/NAME:30080, lb/web:80, 10.0.0.1:443 or http://web/',
  )
  .option('-n, --namespace <name>', 'namespace of names without one', 'default')
  .option('--protocol <protocol>', 'tcp, udp or icmp', 'tcp')
  .option('--nodes <count>', 'nodes, beside those that the manifests name', '2')
  .option('--cni <plugin>', 'container network: bridge, ptp, vxlan or none', 'bridge')
  .option('--no-policies', 'a network plugin that does not enforce NetworkPolicy')
  .option('--seed <number>', 'seed of what is drawn: which endpoint, for example', '1')
  .option('--timeout <seconds>', 'how long the client waits', '4')
  .option('--all', 'every packet and every step', false)
  .option('--json', 'verdict, addresses, endpoints and packets as JSON', false)
  .addHelpText(
    'after',
    `
Exit codes: 0, it connects; 1, it does not; 2, wrong use.

Examples:
  $ podwire trace -f manifests/ --from pod/web --to svc/db:6379
  $ podwire trace -f app.yaml --from outside/203.0.113.7 --to node/podwire-worker:30080
  $ kubectl get all,netpol,cm -A -o yaml | podwire trace -f - --from deploy/shop/web --to http://api/health`,
  )
  .action(
    runs(async (options: TraceOptions) => (await import('./commands/trace.ts')).trace(options, output)),
  );

program
  .command('explain')
  .summary('say what network policies mean, in words and as a matrix')
  .description(
    'Says what the NetworkPolicies of given manifests mean: in words, and as a matrix of which pod may reach which.',
  )
  .requiredOption('-f, --filename <paths...>', 'files or folders of manifests; - for standard input')
  .option('--port <ports...>', 'ports of the matrix: 80, tcp/80, udp/53; default: those of the policies', [])
  .option('--json', 'words and matrix as JSON', false)
  .addHelpText(
    'after',
    '\nExit codes: 0, explained; 2, wrong use.\n\nExample:\n  $ podwire explain -f manifests/ --port 6379',
  )
  .action(
    runs(async (options: ExplainOptions) => (await import('./commands/explain.ts')).explain(options, output)),
  );

program
  .command('grade')
  .summary('grade a folder or archive of submissions')
  .description(
    "Grades submissions: each file, folder or archive in the folder is one, of manifests and an optional answers.yaml (question: answer). Each is applied on a fresh cluster that its learner never touched, and only what the lab's own solutions make and change is taken along. One that is bad never stops the rest; one that can't be read is not gradable and costs no attempt.",
  )
  .argument('[submissions]', 'folder or archive (.zip, .tar, .tar.gz) of submissions')
  .requiredOption('--lab <id>', 'the lab they are for')
  .option('--course <folder>', 'folder with course.yaml; default: the nearest one')
  .option('--out <file>', 'append results as JSON Lines; run again to go on where it stopped')
  .option('--csv <file>', 'write a table')
  .option('--junit <file>', 'write a JUnit report')
  .option('--seed <number>', 'seed of the clusters', '1')
  .option('--jobs <count>', 'processes; default: one for each processor')
  .option('--no-sealed', 'take everything along, also what the lab does not ask for')
  .option('--evidence <folder>', 'keep what each verdict rests on')
  .option('--replay <file>', 'grade again from kept evidence, and compare')
  .addOption(new Option('--part', 'grade what standard input names').default(false).hideHelp())
  .addHelpText(
    'after',
    `
Exit codes: 0, all were graded (passed or not); 1, some could not be for reasons of ours; 2, wrong use.

Example:
  $ podwire grade submissions/ --lab guard-the-database --out results.jsonl --csv grades.csv`,
  )
  .action(
    runs(async (submissions: string | undefined, options: GradeCommandOptions) =>
      (await import('./commands/grade.ts')).grade(submissions, options, output),
    ),
  );

const make = program
  .command('new')
  .summary('make a course, or a lab that works')
  .description('Makes a course or a lab from a template that podwire test proves as it stands.');
make
  .command('course')
  .description('Makes an empty course.')
  .argument('<folder>', 'where')
  .option('--json', 'what was made as JSON', false)
  .addHelpText('after', '\nExit codes: 0, made; 2, wrong use.\n\nExample:\n  $ podwire new course ~/net')
  .action(
    runs(async (folder: string, options: NewCourseOptions) =>
      (await import('./commands/new.ts')).newCourse(folder, options, output),
    ),
  );
make
  .command('lab')
  .description('Makes a lab and lists it in course.yaml.')
  .argument('<name>', '<chapter>/<lab>')
  .option('--course <folder>', 'folder with course.yaml; default: the nearest one')
  .option('--title <title>', 'title of the lab')
  .option('--json', 'what was made as JSON', false)
  .addHelpText(
    'after',
    '\nExit codes: 0, made; 2, wrong use.\n\nExample:\n  $ podwire new lab services/first-service --title "A first Service"',
  )
  .action(
    runs(async (name: string, options: NewLabOptions) =>
      (await import('./commands/new.ts')).newLab(name, options, output),
    ),
  );

program
  .command('doctor')
  .summary('say what this machine can run, and what is missing')
  .description('Says what this machine can run, and what is missing, with the remedy.')
  .option('--json', 'findings as JSON', false)
  .option('--node-image <image>', NODE_IMAGE.about, NODE_IMAGE.value)
  .option('--toolbox-image <image>', TOOLBOX_IMAGE.about, TOOLBOX_IMAGE.value)
  .addHelpText('after', '\nExit codes: 0, simulated clusters run here; 1, they do not.')
  .action(
    runs(async (options: DoctorOptions) => (await import('./commands/doctor.ts')).doctor(options, output)),
  );

program
  .command('completion')
  .summary('complete commands and options on Tab')
  .description('Prints a script with which a shell completes commands, options and files.')
  .argument('<shell>', 'bash, zsh or fish')
  .addHelpText(
    'after',
    `
Examples:
  $ source <(podwire completion bash)
  $ podwire completion zsh > "\${fpath[1]}/_podwire"
  $ podwire completion fish > ~/.config/fish/completions/podwire.fish`,
  )
  .action(
    runs(async (shell: string) =>
      (await import('./commands/completion.ts')).completion(shell, program, output),
    ),
  );

program.addHelpText(
  'after',
  `
Exit codes: 0, all is well; 1, what was looked at has mistakes or fails; 2, wrong use; 70, a mistake of ours.
Colours are left out with NO_COLOR, and where output is no terminal; progress is shown on a terminal alone.`,
);

try {
  await program.parseAsync();
} catch (error) {
  output.err(`podwire: ${stackOf(error)}`);
  process.exitCode = EXIT.internal;
}
