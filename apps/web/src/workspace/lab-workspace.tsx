'use client';
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels';
import type { PlaceView, ProbeResultView } from '@podwire/protocol';
import { CommandProvider } from '../content/command-port.tsx';
import type { CommandPort } from '../content/command-port.tsx';
import { useStore } from '../connection/store.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ToastProvider, useToaster } from '../design/toast.tsx';
import { TooltipProvider } from '../design/tooltip.tsx';
import type { ShownProbe } from '../packets/packets-pane.tsx';
import { keyOfPlace, nameOfKey, placeOfKey } from '../topology/topology-path.ts';
import type { FileRequest } from './editor/editor-pane.tsx';
import { KeysDialog } from './layout/keys-dialog.tsx';
import { NarrowPanes } from './layout/narrow-panes.tsx';
import { PaneContext } from './layout/pane-context.tsx';
import type { PaneWorld } from './layout/pane-context.tsx';
import { TERMINAL_TAB_PREFIX } from './layout/pane-model.ts';
import { Panes } from './layout/panes.tsx';
import { PanesPort } from './layout/panes-port.ts';
import { TopBar } from './layout/top-bar.tsx';
import { useWorkspaceKeys } from './layout/use-workspace-keys.ts';
import { WarningBar } from './layout/warning-bar.tsx';
import { probeOfMention } from './probe-of-mention.ts';
import { LabSession } from './session/lab-session.ts';
import { FIRST_STATE } from './session/lab-state.ts';
import type { LabState } from './session/lab-state.ts';
import { remember, remembered } from './session/remembered.ts';
import { SessionScreen } from './session/session-screen.tsx';
import { createStore } from '../connection/store.ts';
import { readAnswers, withAnswer, writeAnswers } from './tasks/answers.ts';
import type { Answer, AnswersByTask } from './tasks/answers.ts';
import { titlesWith } from './tasks/public-task.ts';
import type { LabText } from './tasks/public-task.ts';
import { TaskColumn } from './tasks/task-column.tsx';

const WIDE = '(min-width: 60rem)';
const NO_SESSION = createStore<LabState>(FIRST_STATE);
/** Reading is told to the server this often at most; see LabSession.active. */
const NOTHING_OPEN = () => undefined;

export function LabWorkspace({ lab }: { readonly lab: LabText }) {
  return (
    <TooltipProvider>
      <ToastProvider>
        <Inside lab={lab} />
      </ToastProvider>
    </TooltipProvider>
  );
}

/** `undefined` while the page is only its prerendered self. */
function useWide(): boolean | undefined {
  return useSyncExternalStore<boolean | undefined>(
    (changed) => {
      const media = window.matchMedia(WIDE);
      media.addEventListener('change', changed);
      return () => media.removeEventListener('change', changed);
    },
    () => window.matchMedia(WIDE).matches,
    NOTHING_OPEN,
  );
}

function samePlace(left: PlaceView, right: PlaceView): boolean {
  return keyOfPlace(left) === keyOfPlace(right);
}

function Inside({ lab: template }: { readonly lab: LabText }) {
  const toaster = useToaster();
  const [own, setOwn] = useState<LabSession>();
  const state = useStore(own?.state ?? NO_SESSION);
  const session = state.phase.kind === 'session' ? state.phase.session : undefined;
  const lab = useMemo(() => titlesWith(template, session?.parameters), [template, session?.parameters]);
  const { translation } = template;
  const wide = useWide();
  const [panes] = useState(() => new PanesPort());
  const [current, setCurrent] = useState<number>();
  const [answers, setAnswers] = useState<AnswersByTask>(new Map());
  const [shownProbe, setShownProbe] = useState<ShownProbe>();
  const [wantedFile, setWantedFile] = useState<FileRequest>();
  const [keysOpen, setKeysOpen] = useState(false);
  const [ending, setEnding] = useState<'end' | 'afresh'>();
  const [screenReader, setScreenReader] = useState(false);

  useEffect(() => {
    const session = new LabSession(lab.id, translation);
    // oxlint-disable-next-line react/set-state-in-effect -- the session lives as long as the page, and only in a browser
    setOwn(session);
    setScreenReader(remembered('screen-reader') === 'on');
    setAnswers(readAnswers(remembered(`answers-${lab.id}`)));
    const task = Number(remembered(`task-${lab.id}`) ?? 0);
    setCurrent(Number.isInteger(task) && task >= 0 && task < lab.tasks.length ? task : 0);
    const started = window.location.hash === '#start';
    if (started) window.history.replaceState(null, '', window.location.pathname);
    void session.begin(started);
    return () => session.leave();
  }, [lab.id, lab.tasks.length, translation]);

  useReading(own);

  const go = useCallback(
    (index: number) => {
      setCurrent(index);
      remember(`task-${lab.id}`, String(index));
    },
    [lab.id],
  );

  const showPackets = useCallback(
    (title: string, result: ProbeResultView, expected?: string) => {
      setShownProbe((before) => ({
        title,
        result,
        request: (before?.request ?? 0) + 1,
        ...(expected === undefined ? {} : { expected }),
      }));
      panes.show('packets');
    },
    [panes],
  );

  const ready = session?.state === 'ready';

  const typeCommand = useCallback(
    (command: string, at?: string) => {
      const terminals = own?.state.get().terminals ?? [];
      const place = at === undefined ? undefined : placeOfKey(at);
      if (ready && own !== undefined && place !== undefined) {
        const there = terminals.find(
          (link) => link.status.get().kind !== 'exited' && samePlace(link.place, place),
        );
        const opened = there ?? own.openTerminal(place);
        if (opened !== undefined) {
          // A terminal that has just been opened gets its tab when React has drawn it.
          setTimeout(() => panes.show(`${TERMINAL_TAB_PREFIX}${opened.id}`));
          opened.type(`${command.replaceAll('\n', '\r')}\r`);
          return;
        }
      }
      const terminal =
        terminals.find((link) => link.id === panes.lastTerminal && link.status.get().kind === 'open') ??
        terminals.find((link) => link.status.get().kind !== 'exited');
      if (!ready || terminal === undefined) {
        toaster.show('Start the lab first', 'Commands are typed into its terminal.');
        return;
      }
      panes.show(`${TERMINAL_TAB_PREFIX}${terminal.id}`);
      terminal.type(`${command.replaceAll('\n', '\r')}\r`);
    },
    [own, ready, panes, toaster],
  );

  const port = useMemo<CommandPort>(
    () => ({
      typeCommand,
      openFile: (path, line) => {
        setWantedFile((before) => ({ path, line, request: (before?.request ?? 0) + 1 }));
        panes.show('editor');
      },
      tracePacket: (mention) => {
        const request = probeOfMention(mention);
        if (request === undefined || own === undefined) return;
        void own.probe(request).then((answer) => {
          if (answer.ok) showPackets(`${nameOfKey(mention.from)} to ${nameOfKey(mention.to)}`, answer.value);
          else toaster.showError('This could not be tried', answer.error.message);
        });
      },
      parameters: session?.parameters,
    }),
    [typeCommand, own, session?.parameters, showPackets, panes, toaster],
  );

  const answer = useCallback(
    (taskId: string, questionId: string, given: Answer) => {
      const next = withAnswer(answers, taskId, questionId, given);
      setAnswers(next);
      remember(`answers-${lab.id}`, writeAnswers(next));
    },
    [answers, lab.id],
  );

  const check = useCallback(
    (taskId: string) => {
      void own?.check(taskId, answers.get(taskId) ?? {});
    },
    [own, answers],
  );

  useWorkspaceKeys({
    onCheck: () => {
      const task = current === undefined ? undefined : lab.tasks[current];
      if (task !== undefined && ready) check(task.id);
    },
    onKeys: () => setKeysOpen(true),
  });

  const world = useMemo<PaneWorld | undefined>(
    () =>
      own === undefined || session === undefined
        ? undefined
        : {
            lab: own,
            session,
            state,
            screenReader,
            shownProbe,
            wantedFile,
            typeCommand,
            showPackets,
            onTerminalFocus: (terminalId) => {
              panes.terminalFocused(terminalId);
            },
            openAgain: (terminalId) => own.reopenTerminal(terminalId),
          },
    [own, session, state, screenReader, shownProbe, wantedFile, typeCommand, showPackets, panes],
  );

  const tell =
    (what: string) => (result: { readonly ok: boolean; readonly error?: { readonly message: string } }) => {
      if (!result.ok) toaster.showError(what, result.error?.message);
    };

  // A real cluster that comes back takes some seconds, and has nothing to show until then.
  const screen =
    ready && session.progress === undefined ? undefined : (
      <SessionScreen
        lab={lab}
        phase={state.phase}
        onStart={(backend) => void own?.start(false, backend)}
        onCancel={() => void own?.end().then(tell('The start can’t be withdrawn'))}
        onResume={() => void own?.resume().then(tell('The cluster can’t go on'))}
        onUseHere={() => void own?.useHere()}
      />
    );

  const tasks = (
    <TaskColumn
      lab={lab}
      current={current}
      onGo={go}
      passed={state.passedTasks}
      checks={state.checks}
      answers={answers}
      onAnswer={answer}
      onCheck={check}
      handedIn={state.handedIn}
      takenHints={state.takenHints}
      learner={own}
      cannotCheck={ready ? undefined : 'Start the lab to check your work.'}
      onToStart={wide === false ? () => panes.show(`${TERMINAL_TAB_PREFIX}toolbox`) : undefined}
      onShowPacket={(probe) => showPackets(probe.label, probe.result, probe.expected)}
    />
  );

  return (
    <CommandProvider port={port}>
      <PaneContext value={world}>
        <div className="flex h-dvh flex-col">
          <a href="#task" className="skip-link">
            Skip to the task
          </a>
          <TopBar
            lab={lab}
            state={state}
            screenReader={screenReader}
            actions={{
              extend: () => void own?.extend().then(tell('The time can’t be extended')),
              stay: () => own?.stay(),
              pause: () => void own?.pause().then(tell('The cluster can’t be paused')),
              end: () => setEnding('end'),
              startAfresh: () => setEnding('afresh'),
              showKeys: () => setKeysOpen(true),
              toggleScreenReader: () => {
                remember('screen-reader', screenReader ? undefined : 'on');
                setScreenReader(!screenReader);
              },
              resetLayout: () => panes.reset(),
            }}
          />
          <WarningBar
            state={state}
            onExtend={() => void own?.extend().then(tell('The time can’t be extended'))}
          />
          <main id="task" tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
            {wide === undefined && (
              <div className="min-h-0 flex-1 overflow-y-auto lg:w-[min(38%,42rem)] lg:border-r lg:border-line">
                {tasks}
              </div>
            )}
            {wide === true && (
              <Wide tasks={tasks}>{screen ?? (world === undefined ? null : <Panes port={panes} />)}</Wide>
            )}
            {wide === false && <NarrowPanes port={panes} tasks={tasks} screen={screen} />}
          </main>
        </div>
        <KeysDialog open={keysOpen} onOpenChange={setKeysOpen} />
        <EndDialog
          ending={ending}
          onClose={() => setEnding(undefined)}
          onEnd={() => {
            setEnding(undefined);
            void own?.end().then(tell('The lab can’t be ended'));
          }}
          onAfresh={() => {
            setEnding(undefined);
            void own?.start(true);
          }}
        />
      </PaneContext>
    </CommandProvider>
  );
}

function Wide({ tasks, children }: { readonly tasks: React.ReactNode; readonly children: React.ReactNode }) {
  const { defaultLayout, onLayoutChanged } = useDefaultLayout({
    id: 'podwire-columns',
    panelIds: ['tasks', 'panes'],
  });
  return (
    <Group
      orientation="horizontal"
      className="min-h-0 flex-1"
      {...(defaultLayout === undefined ? {} : { defaultLayout })}
      onLayoutChanged={onLayoutChanged}
    >
      <Panel id="tasks" defaultSize="37%" minSize="300px" maxSize="60%" className="bg-surface">
        <div
          data-area="tasks"
          tabIndex={0}
          role="region"
          aria-label="Task"
          className="h-full overflow-y-auto outline-offset-[-3px]"
        >
          {tasks}
        </div>
      </Panel>
      <Separator className="pane-handle" aria-label="Resize the task column" />
      <Panel id="panes" minSize="320px">
        <div data-area="panes" className="h-full">
          {children}
        </div>
      </Panel>
    </Group>
  );
}

/** Scrolling, clicking and typing anywhere on the page is activity: who reads is not idle. */
function useReading(session: LabSession | undefined): void {
  useEffect(() => {
    if (session === undefined) return undefined;
    const active = (): void => {
      if (document.visibilityState === 'visible') session.active('reading');
    };
    const events = ['scroll', 'pointerdown', 'keydown', 'wheel'] as const;
    for (const event of events) window.addEventListener(event, active, { capture: true, passive: true });
    return () => {
      for (const event of events) window.removeEventListener(event, active, { capture: true });
    };
  }, [session]);
}

interface EndDialogProps {
  readonly ending: 'end' | 'afresh' | undefined;
  readonly onClose: () => void;
  readonly onEnd: () => void;
  readonly onAfresh: () => void;
}

function EndDialog({ ending, onClose, onEnd, onAfresh }: EndDialogProps) {
  return (
    <Dialog
      open={ending !== undefined}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={ending === 'afresh' ? 'Start afresh?' : 'End this lab?'}
      footer={
        <>
          <Button onClick={onClose}>Keep working</Button>
          <Button tone="danger" onClick={ending === 'afresh' ? onAfresh : onEnd}>
            {ending === 'afresh' ? 'Start afresh' : 'End the lab'}
          </Button>
        </>
      }
    >
      <p className="text-muted">
        The cluster goes, with the objects and files you made in it. What you have passed stays.
        {ending === 'afresh' && ' A new cluster takes its place at once.'}
      </p>
    </Dialog>
  );
}
