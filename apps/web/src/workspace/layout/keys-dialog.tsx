'use client';
import { Dialog } from '../../design/dialog.tsx';
import { Kbd } from '../../design/kbd.tsx';

const GROUPS = [
  {
    title: 'Anywhere in the lab',
    keys: [
      ['F6', 'Next area: task, panes, top bar'],
      ['Shift F6', 'The area before'],
      ['Ctrl Enter', 'Check the task you are at'],
      ['F1', 'This list'],
    ],
  },
  {
    title: 'In a terminal',
    keys: [
      ['Esc, then Tab', 'Leave the terminal'],
      ['Ctrl C', 'Copy what is selected; with nothing selected, interrupt'],
      ['Ctrl V', 'Paste'],
      ['Ctrl Shift F', 'Find in what was printed'],
      ['Shift PageUp', 'Scroll back'],
    ],
  },
  {
    title: 'In the editor',
    keys: [
      ['Esc, then Tab', 'Leave the editor'],
      ['Ctrl S', 'Save'],
      ['Ctrl Space', 'What may stand here'],
      ['F8', 'Next mistake'],
      ['Ctrl F', 'Find'],
    ],
  },
  {
    title: 'Tabs and panes',
    keys: [
      ['← →', 'Next tab, with a tab focused'],
      ['Delete', 'Close the focused terminal’s tab'],
      ['← → ↑ ↓', 'Resize, with the line between panes focused'],
    ],
  },
] as const;

interface KeysDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

export function KeysDialog({ open, onOpenChange }: KeysDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Keyboard"
      description="On a Mac, Ctrl in the editor and for pasting is ⌘."
      width="wide"
    >
      <div className="grid gap-x-10 gap-y-6 pt-2 sm:grid-cols-2">
        {GROUPS.map((group) => (
          <section key={group.title}>
            <h3 className="text-sm font-semibold">{group.title}</h3>
            <dl className="mt-2 grid grid-cols-[auto_1fr] items-baseline gap-x-4 gap-y-1.5 text-sm">
              {group.keys.map(([keys, what]) => (
                <div key={`${keys}${what}`} className="contents">
                  <dt className="flex items-baseline gap-1 whitespace-nowrap">
                    {keys
                      .split(' ')
                      .map((key, index) =>
                        key === 'then' ? (
                          <span key={index}> then </span>
                        ) : (
                          <Kbd key={index}>{key.replace(',', '')}</Kbd>
                        ),
                      )}
                  </dt>
                  <dd className="text-muted">{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
