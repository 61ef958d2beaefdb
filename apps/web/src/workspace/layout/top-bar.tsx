'use client';
import {
  CircleAlert,
  Clock,
  Keyboard,
  MonitorUp,
  MoreHorizontal,
  Pause,
  Power,
  RotateCcw,
  Undo2,
  WifiOff,
} from 'lucide-react';
import Link from 'next/link';
import { useEffect, useState } from 'react';
import type { SessionView } from '@podwire/protocol';
import { Button, IconButton } from '../../design/button.tsx';
import { classNames } from '../../design/class-names.ts';
import { LogoMark } from '../../design/logo.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../design/menu.tsx';
import { Spinner } from '../../design/progress.tsx';
import { Tooltip } from '../../design/tooltip.tsx';
import { ThemeToggle } from '../../design/theme-toggle.tsx';
import type { LabState } from '../session/lab-state.ts';
import { formatTimeLeft, serverNowMs, timeLeft, timerWords } from '../session/time-left.ts';
import type { LabText } from '../tasks/public-task.ts';

export interface TopBarActions {
  readonly extend: () => void;
  readonly stay: () => void;
  readonly pause: () => void;
  readonly end: () => void;
  readonly startAfresh: () => void;
  readonly showKeys: () => void;
  readonly toggleScreenReader: () => void;
  readonly resetLayout: () => void;
}

interface TopBarProps {
  readonly lab: LabText;
  readonly state: LabState;
  readonly screenReader: boolean;
  readonly actions: TopBarActions;
}

/** Where am I, how long have I, is all well; nothing else. */
export function TopBar({ lab, state, screenReader, actions }: TopBarProps) {
  const session = state.phase.kind === 'session' ? state.phase.session : undefined;
  const live = session?.state === 'ready';
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line bg-surface pr-2 pl-3 sm:gap-3">
      <Link href="/course" aria-label="Back to the course" className="rounded-sm p-1">
        <LogoMark />
      </Link>
      <h1 className="min-w-0 flex-1 truncate text-sm">
        <span className="hidden font-normal text-muted sm:inline">
          {lab.chapterTitle} <span aria-hidden="true">/</span>{' '}
        </span>
        <span className="font-semibold">{lab.title}</span>
      </h1>
      {live && <LinkState link={state.link} />}
      {live && state.clock !== undefined && <TimeLeft session={session} state={state} actions={actions} />}
      <ThemeToggle />
      <Menu
        trigger={
          <IconButton label="More">
            <MoreHorizontal />
          </IconButton>
        }
      >
        <MenuItem icon={<Keyboard />} onSelect={actions.showKeys} hint="F1">
          Keyboard
        </MenuItem>
        <MenuItem
          icon={<MonitorUp />}
          onSelect={actions.toggleScreenReader}
          hint={screenReader ? 'on' : 'off'}
        >
          Screen reader mode
        </MenuItem>
        <MenuItem icon={<Undo2 />} onSelect={actions.resetLayout}>
          Arrange panes anew
        </MenuItem>
        {session !== undefined && session.state !== 'ended' && (
          <>
            <MenuSeparator />
            <MenuItem
              icon={<Clock />}
              onSelect={actions.extend}
              disabled={!live || session.timers.extensionsLeft === 0}
              hint={
                session.timers.extensionsLeft === 0 ? 'used up' : `+${session.timers.extensionMinutes} min`
              }
            >
              More time
            </MenuItem>
            <MenuItem icon={<Pause />} onSelect={actions.pause} disabled={!live}>
              Pause the cluster
            </MenuItem>
            <MenuItem icon={<RotateCcw />} onSelect={actions.startAfresh}>
              Start afresh
            </MenuItem>
            <MenuItem icon={<Power />} onSelect={actions.end}>
              End the lab
            </MenuItem>
          </>
        )}
      </Menu>
    </header>
  );
}

function LinkState({ link }: { readonly link: LabState['link'] }) {
  if (link === 'online') {
    return (
      <span className="hidden items-center gap-1.5 text-xs text-muted sm:flex">
        <span aria-hidden="true" className="size-2 rounded-full bg-allowed" /> Connected
      </span>
    );
  }
  return (
    <span role="status" className="flex items-center gap-1.5 text-xs font-semibold text-caution">
      {link === 'offline' ? <WifiOff aria-hidden="true" className="size-4" /> : <Spinner />}
      {link === 'offline' ? 'Offline' : 'Connecting'}
    </span>
  );
}

interface TimeLeftProps {
  readonly session: SessionView;
  readonly state: LabState;
  readonly actions: TopBarActions;
}

const TICK_MS = 1_000;

function TimeLeft({ session, state, actions }: TimeLeftProps) {
  const [pageMs, setPageMs] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setPageMs(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  if (state.clock === undefined) return null;
  const left = timeLeft(session.timers, serverNowMs(state.clock, Math.max(pageMs, state.clock.pageMs)));
  if (left === undefined) return null;
  const words = timerWords(left.timer);
  const Icon = left.urgency === 'calm' ? Clock : CircleAlert;
  return (
    <span className="flex items-center gap-2">
      <Tooltip text={`${formatTimeLeft(left.leftMs)} ${words}`}>
        <span
          role="timer"
          tabIndex={0}
          className={classNames(
            'flex items-center gap-1.5 text-sm whitespace-nowrap',
            left.urgency === 'calm'
              ? 'text-muted'
              : left.urgency === 'soon'
                ? 'text-caution'
                : 'font-semibold text-denied',
          )}
        >
          <Icon aria-hidden="true" className="size-4" />
          <span className="font-mono text-xs font-semibold">{formatTimeLeft(left.leftMs)}</span>
          <span className={classNames('text-xs', left.urgency === 'calm' ? 'sr-only' : 'hidden md:inline')}>
            {words}
          </span>
        </span>
      </Tooltip>
      {left.timer === 'idle' || left.timer === 'orphaned' ? (
        <Button size="small" onClick={actions.stay}>
          Stay
        </Button>
      ) : (
        left.urgency !== 'calm' &&
        left.extendable && (
          <Button size="small" onClick={actions.extend}>
            +{session.timers.extensionMinutes} min
          </Button>
        )
      )}
    </span>
  );
}
