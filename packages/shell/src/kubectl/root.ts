import type { Command } from './command/command.ts';
import type { CommandGroup } from './command/help.ts';
import { attachCommand } from './commands/attach.ts';
import { exposeCommand } from './commands/expose.ts';
import { runCommand } from './commands/run.ts';
import { describeCommand } from './commands/describe.ts';
import { execCommand } from './commands/exec.ts';
import { annotateCommand, labelCommand } from './commands/label.ts';
import { logsCommand } from './commands/logs.ts';
import { scaleCommand } from './commands/scale.ts';
import { applyCommand } from './commands/apply/apply.ts';
import { createCommand } from './commands/create/create.ts';
import { deleteCommand } from './commands/delete.ts';
import { editCommand } from './commands/edit.ts';
import { getCommand } from './commands/get.ts';
import { optionsCommand } from './commands/options.ts';

/** Commands in the order in which suggestions name them. */
export const COMMANDS: readonly Command[] = [
  createCommand,
  exposeCommand,
  runCommand,
  getCommand,
  editCommand,
  deleteCommand,
  scaleCommand,
  describeCommand,
  logsCommand,
  attachCommand,
  execCommand,
  labelCommand,
  annotateCommand,
  applyCommand,
  optionsCommand,
];

export const GROUPS: readonly CommandGroup[] = [
  { title: 'Basic Commands (Beginner):', names: ['create', 'expose', 'run', 'set'] },
  { title: 'Basic Commands (Intermediate):', names: ['explain', 'get', 'edit', 'delete'] },
  { title: 'Deploy Commands:', names: ['rollout', 'scale', 'autoscale'] },
  {
    title: 'Cluster Management Commands:',
    names: ['certificate', 'cluster-info', 'top', 'cordon', 'uncordon', 'drain', 'taint'],
  },
  {
    title: 'Troubleshooting and Debugging Commands:',
    names: ['describe', 'logs', 'attach', 'exec', 'port-forward', 'proxy', 'cp', 'auth', 'debug', 'events'],
  },
  { title: 'Advanced Commands:', names: ['diff', 'apply', 'patch', 'replace', 'wait', 'kustomize'] },
  { title: 'Settings Commands:', names: ['label', 'annotate', 'completion'] },
  { title: 'Subcommands provided by plugins:', names: [] },
];
