import type { Command } from '../../command/command.ts';
import { CONFIG } from '../../surface/settings.ts';
import {
  deleteClusterCommand,
  deleteContextCommand,
  deleteUserCommand,
  renameContextCommand,
  setClusterCommand,
  setCommand,
  setContextCommand,
  setCredentialsCommand,
  unsetCommand,
  useContextCommand,
} from './change.ts';
import {
  currentContextCommand,
  getClustersCommand,
  getContextsCommand,
  getUsersCommand,
  viewCommand,
} from './view.ts';

export const configCommand: Command = {
  ...CONFIG,
  long: `Modify kubeconfig files using subcommands like "kubectl config set current-context my-context".

 The file is the one that --kubeconfig names; without it, the files of $KUBECONFIG together; without those, \${HOME}/.kube/config.`,
  group: 'stderr',
  subcommands: [
    viewCommand,
    setClusterCommand,
    setCredentialsCommand,
    setContextCommand,
    setCommand,
    unsetCommand,
    currentContextCommand,
    useContextCommand,
    getContextsCommand,
    getClustersCommand,
    getUsersCommand,
    deleteClusterCommand,
    deleteContextCommand,
    deleteUserCommand,
    renameContextCommand,
  ],
};
