import { normalizeWorkspaceModel } from 'react-resizable-panels';
import type { WorkspaceModel, WorkspaceModelInput } from 'react-resizable-panels';
import { remember, remembered } from '../session/remembered.ts';

/** What a tab of the panes shows. */
export type PaneData =
  | { readonly kind: 'terminal'; readonly terminalId: string }
  | { readonly kind: 'editor' }
  | { readonly kind: 'topology' }
  | { readonly kind: 'packets' };
export type PaneKind = PaneData['kind'];

export const TERMINAL_TAB_PREFIX = 'terminal:';

export function terminalTab(terminalId: string, title: string) {
  return {
    id: `${TERMINAL_TAB_PREFIX}${terminalId}`,
    title,
    data: { kind: 'terminal' as const, terminalId },
  };
}

/** Terminal and editor above, topology and packets below: cause and effect are seen at once. */
export function firstPanes(): WorkspaceModelInput<PaneData> {
  return {
    version: 1,
    root: {
      type: 'split',
      orientation: 'vertical',
      children: [
        {
          type: 'tabset',
          id: 'upper',
          size: 45,
          tabs: [
            { ...terminalTab('toolbox', 'toolbox'), disableClose: true },
            { id: 'editor', title: 'Editor', data: { kind: 'editor' }, disableClose: true },
          ],
        },
        {
          type: 'tabset',
          id: 'lower',
          size: 55,
          tabs: [
            { id: 'topology', title: 'Topology', data: { kind: 'topology' }, disableClose: true },
            { id: 'packets', title: 'Packets', data: { kind: 'packets' }, disableClose: true },
          ],
        },
      ],
    },
  };
}

const PANES_KEY = 'panes';
const NEEDED = ['terminal:toolbox', 'editor', 'topology', 'packets'];

/** The arrangement of last time. Terminals other than the toolbox belong to a cluster and are added when it lists them. */
export function rememberedPanes(): WorkspaceModelInput<PaneData> {
  const text = remembered(PANES_KEY);
  if (text === undefined) return firstPanes();
  let saved: unknown;
  try {
    saved = JSON.parse(text);
  } catch {
    return firstPanes();
  }
  const model = normalizeWorkspaceModel<PaneData>(saved, {
    mapTab: (tab) => (NEEDED.includes(tab.id) ? tab : null),
  });
  const tabs = new Set<string>();
  if (model !== null) collectTabs(model.root, tabs);
  return model !== null && NEEDED.every((id) => tabs.has(id))
    ? { version: 1, root: model.root }
    : firstPanes();
}

function collectTabs(node: WorkspaceModel<PaneData>['root'], tabs: Set<string>): void {
  if (node.type === 'tabset') for (const tab of node.tabs) tabs.add(tab.id);
  else for (const child of node.children) collectTabs(child, tabs);
}

export function rememberPanes(model: WorkspaceModel<PaneData> | undefined): void {
  remember(PANES_KEY, model === undefined ? undefined : JSON.stringify(model));
}
