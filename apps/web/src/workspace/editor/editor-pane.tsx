'use client';
import { EditorView } from '@codemirror/view';
import { FilePlus2, FileText, Play, Save, X } from 'lucide-react';
import { useCallback, useEffect, useId, useRef, useState } from 'react';
import { Button, IconButton } from '../../design/button.tsx';
import { classNames } from '../../design/class-names.ts';
import { Field } from '../../design/field.tsx';
import { Menu, MenuItem, MenuLabel } from '../../design/menu.tsx';
import { useToaster } from '../../design/toast.tsx';
import { keepDraft, keptDraft } from '../session/remembered.ts';
import { sessionApi } from '../session/session-api.ts';
import type { FileEntry } from '../session/session-api.ts';
import { editorState } from './editor-setup.ts';
import {
  absolutePath,
  HOME,
  isChanged,
  readOpenFiles,
  shellPath,
  shortPath,
  withClosed,
  withOpened,
  withSaved,
  withText,
  writeOpenFiles,
} from './open-files.ts';
import type { OpenFile } from './open-files.ts';

/** A file that something else asks to see: a task's text, a report. A new `request` opens it again. */
export interface FileRequest {
  readonly path: string;
  readonly line: number | undefined;
  readonly request: number;
}

interface EditorPaneProps {
  readonly sessionId: string;
  readonly wanted: FileRequest | undefined;
  /** Types into the terminal. */
  readonly onCommand: (command: string) => void;
  readonly onActive: () => void;
}

export function EditorPane({ sessionId, wanted, onCommand, onActive }: EditorPaneProps) {
  const toaster = useToaster();
  const [open, setOpen] = useState(() => readOpenFiles(keptDraft(`files-${sessionId}`)));
  useEffect(() => {
    keepDraft(`files-${sessionId}`, writeOpenFiles(open));
  }, [open, sessionId]);
  const [folder, setFolder] = useState<readonly FileEntry[]>([]);
  const [line, setLine] = useState<{
    readonly path: string;
    readonly line: number;
    readonly request: number;
  }>();
  const [naming, setNaming] = useState(false);
  const current = open.files.find((file) => file.path === open.current);

  const listFolder = useCallback(async () => {
    const result = await sessionApi.readFile(sessionId, HOME);
    if (result.ok && result.value.kind === 'folder')
      setFolder(result.value.entries.filter((entry) => entry.kind === 'file' && !entry.name.startsWith('.')));
  }, [sessionId]);

  const show = useCallback(
    async (path: string) => {
      const result = await sessionApi.readFile(sessionId, path);
      if (result.ok && result.value.kind === 'file') {
        const { text } = result.value.file;
        setOpen((before) => withOpened(before, path, text));
      } else if (!result.ok && result.error.status === 404)
        setOpen((before) => withOpened(before, path, '', true));
      else if (!result.ok) toaster.showError(`${shortPath(path)} can’t be opened`, result.error.message);
    },
    [sessionId, toaster],
  );

  useEffect(() => {
    // The list comes from the toolbox; until it is there the pane is empty.
    // oxlint-disable-next-line react/set-state-in-effect -- state is set when the answer comes
    void listFolder();
  }, [listFolder]);

  useEffect(() => {
    const path = wanted === undefined ? undefined : absolutePath(wanted.path);
    if (wanted === undefined || path === undefined) return;
    // oxlint-disable-next-line react/set-state-in-effect -- state is set when the answer comes
    void show(path).then(() =>
      setLine(wanted.line === undefined ? undefined : { path, line: wanted.line, request: wanted.request }),
    );
  }, [wanted, show]);

  const save = useCallback(
    async (file: OpenFile): Promise<boolean> => {
      const result = await sessionApi.saveFile(sessionId, file.path, file.text);
      if (result.ok) {
        setOpen((before) => withSaved(before, file.path, file.text));
        if (file.fresh) void listFolder();
      } else
        toaster.showError(
          `${shortPath(file.path)} is not saved`,
          `${result.error.message} Your text is still here.`,
        );
      return result.ok;
    },
    [sessionId, toaster, listFolder],
  );

  const apply = async (file: OpenFile): Promise<void> => {
    if (isChanged(file) && !(await save(file))) return;
    onCommand(`kubectl apply -f ${shellPath(file.path)}`);
  };

  const change = useCallback(
    (path: string, text: string) => {
      setOpen((before) => withText(before, path, text));
      onActive();
    },
    [onActive],
  );

  return (
    <div className="flex h-full min-h-0 flex-col bg-terminal">
      <div className="flex items-center gap-1 border-b border-line bg-raised px-2 py-1">
        <div role="group" aria-label="Open files" className="flex min-w-0 flex-1 gap-1 overflow-x-auto">
          {open.files.map((file) => (
            <span
              key={file.path}
              className={classNames(
                'flex shrink-0 items-center rounded-sm text-sm',
                file.path === open.current ? 'bg-accent-wash text-accent-strong' : 'text-muted',
              )}
            >
              <button
                type="button"
                className="rounded-sm px-2 py-1 font-mono text-xs"
                aria-pressed={file.path === open.current}
                onClick={() => setOpen((before) => ({ ...before, current: file.path }))}
              >
                {shortPath(file.path)}
                {isChanged(file) && (
                  <span className="ml-1 text-caution">
                    <span aria-hidden="true">●</span>
                    <span className="sr-only">not saved</span>
                  </span>
                )}
              </button>
              <IconButton
                label={`Close ${shortPath(file.path)}`}
                className="size-6"
                onClick={() => {
                  if (
                    isChanged(file) &&
                    file.text !== '' &&
                    !window.confirm(`${shortPath(file.path)} is not saved. Close it all the same?`)
                  )
                    return;
                  setOpen((before) => withClosed(before, file.path));
                }}
              >
                <X />
              </IconButton>
            </span>
          ))}
        </div>
        <Menu
          onOpen={() => void listFolder()}
          trigger={
            <Button size="small" tone="quiet">
              <FileText aria-hidden="true" /> Files
            </Button>
          }
        >
          <MenuLabel>In your home folder</MenuLabel>
          {folder.map((entry) => (
            <MenuItem key={entry.name} onSelect={() => void show(`${HOME}/${entry.name}`)}>
              <span className="font-mono text-xs">{entry.name}</span>
            </MenuItem>
          ))}
          {folder.length === 0 && <MenuLabel>No files yet</MenuLabel>}
          <MenuItem icon={<FilePlus2 />} onSelect={() => setNaming(true)}>
            New file, or another path
          </MenuItem>
        </Menu>
        {current !== undefined && (
          <>
            <Button size="small" disabled={!isChanged(current)} onClick={() => void save(current)}>
              <Save aria-hidden="true" /> Save
            </Button>
            <Button
              size="small"
              tone="primary"
              onClick={() => void apply(current)}
              title="Saves, then types kubectl apply into the terminal"
            >
              <Play aria-hidden="true" /> Apply
            </Button>
          </>
        )}
      </div>
      {naming && (
        <NewFile
          onClose={() => setNaming(false)}
          onOpen={(path) => {
            setNaming(false);
            void show(path);
          }}
        />
      )}
      {current === undefined ? (
        <div className="grid flex-1 place-content-center justify-items-center gap-3 p-6 text-center">
          <p className="max-w-xs text-sm text-muted">
            Manifests of your toolbox, with completion and with mistakes shown on their line.
          </p>
          <div className="flex flex-wrap justify-center gap-2">
            {folder.slice(0, 6).map((entry) => (
              <Button key={entry.name} size="small" onClick={() => void show(`${HOME}/${entry.name}`)}>
                <FileText aria-hidden="true" /> {entry.name}
              </Button>
            ))}
            <Button size="small" onClick={() => setNaming(true)}>
              <FilePlus2 aria-hidden="true" /> New file
            </Button>
          </div>
        </div>
      ) : (
        <TextEditor
          key={current.path}
          file={current}
          line={line?.path === current.path ? line : undefined}
          onChange={change}
          onSave={(file) => void save(file)}
        />
      )}
    </div>
  );
}

function NewFile({
  onOpen,
  onClose,
}: {
  readonly onOpen: (path: string) => void;
  readonly onClose: () => void;
}) {
  const [text, setText] = useState('');
  const path = absolutePath(text);
  const id = useId();
  return (
    <form
      id={id}
      className="flex items-end gap-2 border-b border-line bg-raised px-3 py-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (path !== undefined) onOpen(path);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <Field
        label="Name or path"
        className="flex-1 [&_input]:font-mono [&_input]:text-sm"
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder="policy.yaml"
        autoFocus
        autoComplete="off"
        spellCheck={false}
      />
      <Button type="submit" tone="primary" disabled={path === undefined}>
        Open
      </Button>
      <Button tone="quiet" onClick={onClose}>
        Cancel
      </Button>
    </form>
  );
}

interface TextEditorProps {
  readonly file: OpenFile;
  readonly line: { readonly line: number; readonly request: number } | undefined;
  readonly onChange: (path: string, text: string) => void;
  readonly onSave: (file: OpenFile) => void;
}

function TextEditor({ file, line, onChange, onSave }: TextEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef({ file, onChange, onSave });
  useEffect(() => {
    latest.current = { file, onChange, onSave };
  });
  useEffect(() => {
    if (host.current === null) return undefined;
    const { path, text } = latest.current.file;
    const made = new EditorView({
      parent: host.current,
      state: editorState(text, path, {
        label: `Editor: ${shortPath(path)}`,
        onChange: (next) => latest.current.onChange(path, next),
        onSave: () => latest.current.onSave(latest.current.file),
      }),
    });
    view.current = made;
    return () => made.destroy();
  }, []);
  useEffect(() => {
    // The file was read anew from the toolbox, and nothing had been typed here.
    const made = view.current;
    if (made !== undefined && made.state.doc.toString() !== file.text)
      made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: file.text } });
  }, [file.text]);
  useEffect(() => {
    const made = view.current;
    if (made === undefined || line === undefined) return;
    const target = made.state.doc.line(Math.min(Math.max(line.line, 1), made.state.doc.lines));
    made.dispatch({
      selection: { anchor: target.from, head: target.to },
      effects: EditorView.scrollIntoView(target.from, { y: 'center' }),
    });
    made.focus();
  }, [line]);
  return <div ref={host} className="min-h-0 flex-1 overflow-hidden" />;
}
