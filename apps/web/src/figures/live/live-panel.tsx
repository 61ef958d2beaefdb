'use client';
import { Send, Undo2 } from 'lucide-react';
import { useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { ProbeResultView } from '@podwire/protocol';
import type { PacketMention } from '../../content/command-port.tsx';
import { Button } from '../../design/button.tsx';
import { classNames } from '../../design/class-names.ts';
import { SMALL_INPUT_CLASS } from '../../design/field.tsx';
import { Spinner } from '../../design/progress.tsx';
import { Switch } from '../../design/switch.tsx';
import { formatMs, verdictWords } from '../../packets/packet-model.ts';
import type { LiveSource } from '../figure.ts';
import { PacketFigure } from '../packet-figure.tsx';
import { arrive } from './arrive.ts';
import { baseOfLab } from './bases.ts';
import {
  choicesWith,
  experimentOf,
  isSame,
  manifestName,
  readExperiment,
  withDestination,
  withManifest,
} from './experiment.ts';
import type { Experiment } from './experiment.ts';
import { liveCluster } from './live-cluster.ts';
import type { LivePhase } from './live-cluster.ts';
import type { ClusterPlaces, PlaceChoice } from './places.ts';

export interface LivePanelProps {
  readonly mention: PacketMention;
  readonly live: LiveSource;
  /** The figure as it was drawn when the page was made; shown until a packet has been sent. */
  readonly drawn: ReactNode;
  readonly onPutBack: () => void;
}

interface Shown {
  readonly experiment: Experiment;
  readonly mention: PacketMention;
  readonly result: ProbeResultView;
  readonly bootedInMs: number | undefined;
  readonly nodes: number;
  /** Sent again, the same packet arrives again. */
  readonly turn: number;
}

type Phase = LivePhase | 'asking';
type Problem = { readonly of: 'port' | 'cluster'; readonly message: string };

const PHASE_WORDS: Readonly<Record<Phase, string>> = {
  asking: 'Loading the cluster',
  loading: 'Loading the cluster',
  booting: 'Booting the nodes',
  sending: 'The packet is on its way',
};
const NOWHERE: ClusterPlaces = { from: [], to: [] };

/** A figure's packet as an experiment: sent in a cluster of this page, with what the reader changes. */
export function LivePanel({ mention, live, drawn, onPutBack }: LivePanelProps) {
  const [experiment, setExperiment] = useState(() => experimentOf(mention));
  const [places, setPlaces] = useState(NOWHERE);
  const [phase, setPhase] = useState<Phase>();
  const [problem, setProblem] = useState<Problem>();
  const [shown, setShown] = useState<Shown>();
  const id = useId();
  const portField = useRef<HTMLInputElement>(null);
  const sendButton = useRef<HTMLButtonElement>(null);

  const send = useCallback(
    async (wanted: Experiment): Promise<void> => {
      const reading = readExperiment(wanted, live.objects);
      if (!reading.ok) {
        setProblem({ of: 'port', message: reading.portProblem });
        portField.current?.focus();
        return;
      }
      setProblem(undefined);
      setPhase('asking');
      const base = await baseOfLab(live.labId);
      if (!base.ok) {
        setPhase(undefined);
        setProblem({ of: 'cluster', message: base.error.message });
        return;
      }
      const { request, objects } = reading;
      const outcome = await liveCluster().send(
        { base: base.value, shell: live.shell, objects, request },
        setPhase,
      );
      setPhase(undefined);
      if (!outcome.ok) {
        setProblem({ of: 'cluster', message: outcome.message });
        return;
      }
      const { result, places: there, bootedInMs } = outcome.sent;
      setPlaces(there);
      setShown((before) => ({
        experiment: wanted,
        mention: reading.mention,
        result,
        bootedInMs,
        nodes: base.value.needs.nodes,
        turn: (before?.turn ?? 0) + 1,
      }));
    },
    [live],
  );

  const hasBegun = useRef(false);
  useEffect(() => {
    if (hasBegun.current) return;
    hasBegun.current = true;
    // Whoever pressed the button that opened this goes on from here.
    sendButton.current?.focus({ preventScroll: true });
    void send(experimentOf(mention));
  }, [send, mention]);

  const busy = phase !== undefined;
  const change = (next: Experiment): void => {
    setExperiment(next);
    setProblem(undefined);
  };
  const portError = problem?.of === 'port' ? problem.message : undefined;
  const isPing = experiment.protocol === 'icmp';
  return (
    <>
      <form
        aria-label="Send this packet"
        className="@container border-b border-line px-4 py-3"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) void send(experiment);
        }}
      >
        <div className="grid grid-cols-2 gap-x-3 gap-y-2.5 @lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_5.5rem_5.5rem]">
          <Labelled label="From" htmlFor={`${id}-from`} wide>
            <PlaceSelect
              id={`${id}-from`}
              value={experiment.from}
              choices={places.from}
              onChange={(from) => change({ ...experiment, from })}
            />
          </Labelled>
          <Labelled label="To" htmlFor={`${id}-to`} wide>
            <PlaceSelect
              id={`${id}-to`}
              value={experiment.to}
              choices={places.to}
              onChange={(to) => change(withDestination(experiment, to, places.to))}
            />
          </Labelled>
          <Labelled label="By" htmlFor={`${id}-by`}>
            <select
              id={`${id}-by`}
              className={SMALL_INPUT_CLASS}
              value={experiment.protocol}
              onChange={({ target: { value } }) =>
                change({ ...experiment, protocol: value === 'udp' || value === 'icmp' ? value : 'tcp' })
              }
            >
              <option value="tcp">TCP</option>
              <option value="udp">UDP</option>
              <option value="icmp">ping</option>
            </select>
          </Labelled>
          <Labelled label="Port" htmlFor={`${id}-port`}>
            <input
              ref={portField}
              id={`${id}-port`}
              className={classNames(SMALL_INPUT_CLASS, 'font-mono aria-invalid:border-denied')}
              inputMode="numeric"
              autoComplete="off"
              value={isPing ? '' : experiment.port}
              disabled={isPing}
              aria-invalid={portError !== undefined}
              {...(portError === undefined ? {} : { 'aria-describedby': `${id}-problem` })}
              onChange={({ target: { value } }) => change({ ...experiment, port: value })}
            />
          </Labelled>
        </div>
        {live.objects.length > 0 && (
          <ul aria-label="Manifests of this figure" className="mt-3 grid gap-2">
            {live.objects.map((object, index) => {
              const on = !experiment.off.includes(index);
              return (
                <li key={index}>
                  <Switch on={on} onChange={(next) => change(withManifest(experiment, index, next))}>
                    <span className={on ? undefined : 'text-muted line-through'}>{manifestName(object)}</span>
                  </Switch>
                </li>
              );
            })}
          </ul>
        )}
        <div className="mt-3 flex flex-wrap items-center gap-x-2 gap-y-2">
          <Button ref={sendButton} type="submit" size="small" tone="primary" aria-disabled={busy}>
            <Send aria-hidden="true" /> Send
          </Button>
          <Button tone="quiet" size="small" onClick={onPutBack}>
            <Undo2 aria-hidden="true" /> Back to the lesson’s own
          </Button>
        </div>
        {problem !== undefined && (
          <p id={`${id}-problem`} role="alert" className="mt-2 text-sm font-semibold text-denied">
            {problem.message}
          </p>
        )}
        <p
          role="status"
          className={classNames(
            'flex items-center gap-2 text-sm text-muted',
            problem === undefined && 'mt-2 min-h-5',
          )}
        >
          {phase !== undefined && (
            <>
              <Spinner /> {PHASE_WORDS[phase]}
            </>
          )}
          {phase === undefined && problem === undefined && shown !== undefined && (
            <ShownWords
              shown={shown}
              changed={!isSame(shown.experiment, experiment)}
              without={live.objects.filter((_, index) => shown.experiment.off.includes(index))}
            />
          )}
        </p>
      </form>
      {shown === undefined ? drawn : <Arrived key={shown.turn} shown={shown} />}
    </>
  );
}

function ShownWords({
  shown,
  changed,
  without,
}: {
  readonly shown: Shown;
  readonly changed: boolean;
  readonly without: LiveSource['objects'];
}) {
  if (changed) return <>Changed since. Below is still the packet before.</>;
  const { result, nodes, bootedInMs } = shown;
  return (
    <span>
      <span className="sr-only">
        {verdictWords(result.verdict).word}. {result.because}{' '}
      </span>
      Sent in a cluster of {nodes} node{nodes === 1 ? '' : 's'} in this page
      {bootedInMs === undefined ? '' : `, booted in ${formatMs(bootedInMs)}`}
      {without.length === 0 ? '' : `, without ${without.map(manifestName).join(', ')}`}.
    </span>
  );
}

function Arrived({ shown: { mention, result } }: { readonly shown: Shown }) {
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (root.current !== null) arrive(root.current);
  }, []);
  return (
    <div ref={root}>
      <PacketFigure mention={mention} result={result} />
    </div>
  );
}

interface LabelledProps {
  readonly label: string;
  readonly htmlFor: string;
  /** As wide as the form where there is little room. */
  readonly wide?: boolean;
  readonly children: ReactNode;
}

function Labelled({ label, htmlFor, wide = false, children }: LabelledProps) {
  return (
    <div className={classNames('grid min-w-0 gap-1', wide && 'col-span-2 @lg:col-span-1')}>
      <label htmlFor={htmlFor} className="text-xs font-semibold text-muted">
        {label}
      </label>
      {children}
    </div>
  );
}

interface PlaceSelectProps {
  readonly id: string;
  readonly value: string;
  readonly choices: readonly PlaceChoice[];
  readonly onChange: (key: string) => void;
}

function PlaceSelect({ id, value, choices, onChange }: PlaceSelectProps) {
  const groups = new Map<PlaceChoice['group'], PlaceChoice[]>();
  for (const choice of choicesWith(choices, value))
    groups.set(choice.group, [...(groups.get(choice.group) ?? []), choice]);
  return (
    <select
      id={id}
      className={SMALL_INPUT_CLASS}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      {[...groups].map(([group, members]) => (
        <optgroup key={group} label={group}>
          {members.map(({ key, name }) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}
