'use client';
import type { BackendName, SessionView } from '@podwire/protocol';
import { Play } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '../../design/button.tsx';
import { Callout } from '../../design/callout.tsx';
import { Spinner } from '../../design/progress.tsx';
import type { LabText } from '../tasks/public-task.ts';
import { BackendChoice } from './backend-choice.tsx';
import { endWords } from './end-words.ts';
import { Actions, Frame } from './frame.tsx';
import { StartProgress } from './start-progress.tsx';
import type { Phase } from './lab-state.ts';

interface SessionScreenProps {
  readonly lab: LabText;
  readonly phase: Phase;
  /** The kind of cluster chosen, where there is a choice. */
  readonly onStart: (backend?: BackendName) => void;
  readonly onResume: () => void;
  readonly onUseHere: () => void;
  /** The start is no longer wanted. */
  readonly onCancel: () => void;
}

const SAFE = 'What you have passed is stored and safe.';
const STEP_SHOWN_AFTER_MS = 300;

/** Stands where the panes will be, while there is no cluster to show in them. */
export function SessionScreen({ lab, phase, onStart, onResume, onUseHere, onCancel }: SessionScreenProps) {
  switch (phase.kind) {
    case 'looking':
      return <Waiting text="Looking for your cluster" />;
    case 'starting':
      return <Starting nodes={lab.nodes} step="Asking for a cluster" />;
    case 'none':
      return (
        <Frame title="Your cluster">
          {phase.last?.state === 'ended' && phase.last.endReason !== 'learner-ended' && (
            <Ended session={phase.last} />
          )}
          <p className="text-muted">
            {lab.nodes} {lab.nodes === 1 ? 'node' : 'nodes'} of your own, with a terminal, an editor, the
            topology and every packet. The time begins when it is ready.
          </p>
          <BackendChoice lab={lab} label="Start the lab" onStart={onStart} />
        </Frame>
      );
    case 'start-failed':
      return (
        <Frame title="The lab can’t start now">
          <Callout tone="error" title={phase.error.message} live />
          <p className="text-muted">You can read the tasks meanwhile. {SAFE}</p>
          <BackendChoice lab={lab} label="Try again" again onStart={onStart} />
        </Frame>
      );
    case 'elsewhere':
      return (
        <Frame title="This lab is open in another tab">
          <p className="text-muted">
            Two pages would type into the same terminals. Your cluster runs on; use it in one of them.
          </p>
          <Actions>
            <Button tone="primary" onClick={onUseHere}>
              Use it here
            </Button>
          </Actions>
        </Frame>
      );
    case 'session':
      return (
        <OfSession
          lab={lab}
          session={phase.session}
          onStart={onStart}
          onResume={onResume}
          onCancel={onCancel}
        />
      );
  }
}

type OfSessionProps = Pick<SessionScreenProps, 'lab' | 'onStart' | 'onResume' | 'onCancel'> & {
  readonly session: SessionView;
};

function OfSession({ lab, session, onStart, onResume, onCancel }: OfSessionProps) {
  const { progress } = session;
  switch (session.state) {
    case 'requested':
      return <Starting nodes={lab.nodes} step="Waiting for room on a machine" />;
    case 'starting':
      return progress === undefined ? (
        <Starting nodes={lab.nodes} step="Booting the cluster and putting the lab’s objects into it" />
      ) : (
        <StartProgress nodes={lab.nodes} progress={progress} onCancel={onCancel} />
      );
    case 'ready':
      return progress === undefined ? null : (
        <StartProgress nodes={lab.nodes} progress={progress} title="Your cluster comes back" />
      );
    case 'paused':
      return (
        <Frame title="Your cluster is paused">
          <p className="text-muted">
            {session.backend === 'kind'
              ? 'Its nodes are stopped; objects and files are as you left them. Programs in terminals have ended. Going on takes some seconds, and the time stands still until then.'
              : 'Everything is as you left it: objects, files, terminals. The time stands still until you go on.'}
          </p>
          <Actions>
            <Button tone="primary" size="large" onClick={onResume}>
              <Play aria-hidden="true" /> Go on
            </Button>
          </Actions>
        </Frame>
      );
    case 'ending':
      return <Waiting text="Ending the cluster" />;
    case 'ended':
      return (
        <Frame title="">
          <Ended session={session} />
          <BackendChoice lab={lab} label="Start a new cluster" again onStart={onStart} />
        </Frame>
      );
  }
}

function Ended({ session }: { readonly session: SessionView }) {
  const words = endWords(session);
  return (
    <div>
      <h2 className="text-xl font-[660]">{words.title}</h2>
      <p className="mt-2 text-muted">
        {words.body} {SAFE}
      </p>
    </div>
  );
}

function Starting({ nodes, step }: { readonly nodes: number; readonly step: string }) {
  return (
    <Frame title="Starting your cluster">
      <div aria-hidden="true" className="flex gap-3">
        {Array.from({ length: nodes }, (_, node) => (
          <span
            key={node}
            className="starting-node h-16 flex-1 rounded-md border border-control/60"
            style={{ animationDelay: `${node * 180}ms` }}
          />
        ))}
      </div>
      <p role="status" className="flex items-center gap-2 text-muted">
        <Spinner /> {step} <Elapsed />
      </p>
    </Frame>
  );
}

/** Seconds waited, once it is long enough to wonder. */
function Elapsed() {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  return seconds < 2 ? null : <span className="font-mono text-sm text-faint">{seconds} s</span>;
}

function Waiting({ text }: { readonly text: string }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), STEP_SHOWN_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="grid h-full place-content-center p-6">
      {shown && (
        <p role="status" className="flex items-center gap-2 text-muted">
          <Spinner /> {text}
        </p>
      )}
    </div>
  );
}
