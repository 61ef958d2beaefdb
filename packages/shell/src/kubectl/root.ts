import type { Command } from './command/command.ts';
import type { CommandGroup } from './command/help.ts';
import { alphaCommand } from './commands/alpha.ts';
import { apiResourcesCommand, apiVersionsCommand } from './commands/api-resources.ts';
import { applyCommand } from './commands/apply/apply.ts';
import { attachCommand } from './commands/attach.ts';
import { authCommand } from './commands/auth/auth.ts';
import { autoscaleCommand } from './commands/autoscale.ts';
import { certificateCommand } from './commands/certificate.ts';
import { clusterInfoCommand } from './commands/cluster-info.ts';
import { completionCommand } from './commands/completion.ts';
import { configCommand } from './commands/config/config.ts';
import { kustomizeCommand } from './commands/kustomize.ts';
import { copyCommand } from './commands/copy.ts';
import { createCommand } from './commands/create/create.ts';
import { debugCommand } from './commands/debugging/debug.ts';
import { deleteCommand } from './commands/delete.ts';
import { describeCommand } from './commands/describe.ts';
import { editCommand } from './commands/edit.ts';
import { eventsCommand } from './commands/events.ts';
import { execCommand } from './commands/exec.ts';
import { explainCommand } from './commands/explain/explain.ts';
import { exposeCommand } from './commands/expose.ts';
import { portForwardCommand } from './commands/forwarding/port-forward.ts';
import { getCommand } from './commands/get.ts';
import { annotateCommand, labelCommand } from './commands/label.ts';
import { logsCommand } from './commands/logs.ts';
import { cordonCommand, uncordonCommand } from './commands/nodes/cordon.ts';
import { diffCommand } from './commands/diff.ts';
import { drainCommand } from './commands/nodes/drain.ts';
import { taintCommand } from './commands/nodes/taint.ts';
import { optionsCommand } from './commands/options.ts';
import { patchCommand } from './commands/patch.ts';
import { pluginCommand } from './commands/plugin.ts';
import { proxyCommand } from './commands/proxying/proxy.ts';
import { replaceCommand } from './commands/replace.ts';
import { rolloutCommand } from './commands/rollout/rollout.ts';
import { runCommand } from './commands/run.ts';
import { scaleCommand } from './commands/scale.ts';
import { setCommand } from './commands/set/set.ts';
import { topCommand } from './commands/top.ts';
import { versionCommand } from './commands/version.ts';
import { waitCommand } from './commands/wait.ts';

/** Commands in the order in which suggestions name them. */
export const COMMANDS: readonly Command[] = [
  createCommand,
  exposeCommand,
  runCommand,
  setCommand,
  explainCommand,
  getCommand,
  editCommand,
  deleteCommand,
  rolloutCommand,
  scaleCommand,
  autoscaleCommand,
  certificateCommand,
  clusterInfoCommand,
  topCommand,
  cordonCommand,
  uncordonCommand,
  drainCommand,
  taintCommand,
  describeCommand,
  logsCommand,
  attachCommand,
  execCommand,
  portForwardCommand,
  proxyCommand,
  copyCommand,
  authCommand,
  debugCommand,
  eventsCommand,
  diffCommand,
  applyCommand,
  patchCommand,
  replaceCommand,
  waitCommand,
  kustomizeCommand,
  labelCommand,
  annotateCommand,
  completionCommand,
  alphaCommand,
  configCommand,
  pluginCommand(() => COMMANDS),
  versionCommand,
  apiVersionsCommand,
  apiResourcesCommand,
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
