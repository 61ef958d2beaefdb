'use client';
import { Route, Send } from 'lucide-react';
import { useId, useMemo, useState } from 'react';
import type { ProbeResultView } from '@podwire/protocol';
import { Button } from '../design/button.tsx';
import { classNames } from '../design/class-names.ts';
import { SMALL_INPUT_CLASS } from '../design/field.tsx';
import { Spinner } from '../design/progress.tsx';
import { VerdictMark } from '../design/verdict-mark.tsx';
import { verdictWords } from '../packets/packet-model.ts';
import { FloorPlan } from './floor-plan.tsx';
import { useTrial } from './use-trial.ts';
import type { Probe, Trial, Tried } from './use-trial.ts';
import type { ObjectsState } from './object-view.ts';
import { podsOf, topologyOf } from './topology-model.ts';
import type { TopologyModel } from './topology-model.ts';
import { nameOfKey } from './topology-path.ts';
import { TopologyTable } from './topology-table.tsx';

interface TopologyPaneProps {
  readonly objects: ObjectsState;
  readonly onProbe: Probe;
  readonly onShowPackets: (title: string, result: ProbeResultView) => void;
}

/** The live floor plan: choose where a connection starts and where it goes, and see how far it gets. */
export function TopologyPane({ objects, onProbe, onShowPackets }: TopologyPaneProps) {
  const [withSystem, setWithSystem] = useState(false);
  const [asTable, setAsTable] = useState(false);
  const model = useMemo(() => topologyOf(objects, withSystem), [objects, withSystem]);
  const trial = useTrial(model, objects.revision, onProbe);
  if (!model.known) {
    return (
      <p className="flex items-center gap-2 p-4 text-sm text-muted">
        <Spinner /> Waiting for the cluster’s objects
      </p>
    );
  }
  return (
    <div className="flex h-full flex-col">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b border-line px-4 py-1.5 text-xs text-muted">
        <p>
          {trial.source === undefined
            ? 'Choose where a connection starts.'
            : trial.destination === undefined
              ? 'Now choose where it goes.'
              : 'Choose another place, or change the port below.'}
        </p>
        <div className="flex flex-wrap items-center gap-x-4">
          <label className="flex items-center gap-1.5">
            <input
              type="checkbox"
              className="size-4"
              checked={withSystem}
              onChange={(event) => setWithSystem(event.target.checked)}
            />
            System pods{!withSystem && model.hiddenSystemPods > 0 ? ` (${model.hiddenSystemPods})` : ''}
          </label>
          <label className="flex items-center gap-1.5">
            <input
              type="checkbox"
              className="size-4"
              checked={asTable}
              onChange={(event) => setAsTable(event.target.checked)}
            />
            As a list
          </label>
        </div>
      </div>
      <div className="min-h-0 flex-1 overflow-auto p-4" tabIndex={0} role="region" aria-label="Topology">
        {asTable ? (
          <TopologyTable model={model} />
        ) : (
          <FloorPlan
            model={model}
            source={trial.source}
            destination={trial.destination}
            path={trial.path}
            outcomes={trial.outcomes}
            onChoose={trial.choose}
            withToolbox
          />
        )}
      </div>
      <TrialBar
        trial={trial}
        model={model}
        onShowPackets={onShowPackets}
        stale={trial.tried !== undefined && trial.tried.revision !== objects.revision}
      />
    </div>
  );
}

interface TrialBarProps {
  readonly trial: Trial;
  readonly model: TopologyModel;
  readonly onShowPackets: TopologyPaneProps['onShowPackets'];
  readonly stale: boolean;
}

const LABEL_CLASS = 'flex items-center gap-1.5 text-xs font-semibold text-muted';

function TrialBar({ trial, model, onShowPackets, stale }: TrialBarProps) {
  const id = useId();
  const { source, destination, tried } = trial;
  const pods = podsOf(model);
  const typedHost = destination?.startsWith('host/') === true ? destination.slice('host/'.length) : undefined;
  return (
    <div className="border-t border-line bg-raised">
      {(tried !== undefined || trial.error !== undefined) && (
        <div
          className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2 text-sm"
          role="status"
        >
          {trial.error !== undefined ? (
            <span className="text-denied">{trial.error}</span>
          ) : (
            tried !== undefined && <TriedLine tried={tried} stale={stale} onShowPackets={onShowPackets} />
          )}
        </div>
      )}
      <form
        className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (source !== undefined && destination !== undefined)
            void trial.attempt(source, destination, trial.port, trial.protocol);
        }}
      >
        <label className={`${LABEL_CLASS} min-w-36 flex-1`} htmlFor={`${id}-from`}>
          From
          <select
            id={`${id}-from`}
            className={SMALL_INPUT_CLASS}
            value={source ?? ''}
            onChange={(event) => trial.setSource(event.target.value === '' ? undefined : event.target.value)}
          >
            <option value="">choose</option>
            {pods.map((pod) => (
              <option key={pod.key} value={pod.key}>
                {nameOfKey(pod.key)}
              </option>
            ))}
            {model.rooms.map((room) => (
              <option key={room.name} value={`node/${room.name}`}>
                node {room.name}
              </option>
            ))}
            <option value="toolbox">toolbox</option>
          </select>
        </label>
        <label className={`${LABEL_CLASS} min-w-36 flex-1`} htmlFor={`${id}-to`}>
          To
          <select
            id={`${id}-to`}
            className={SMALL_INPUT_CLASS}
            value={typedHost === undefined ? (destination ?? '') : 'host/'}
            onChange={(event) =>
              trial.setDestination(event.target.value === '' ? undefined : event.target.value)
            }
          >
            <option value="">choose</option>
            {model.doors.map((door) => (
              <option key={door.key} value={door.key}>
                {nameOfKey(door.key)}
              </option>
            ))}
            {pods.map((pod) => (
              <option key={pod.key} value={pod.key}>
                {nameOfKey(pod.key)}
              </option>
            ))}
            <option value="host/">a name or address</option>
          </select>
        </label>
        {typedHost !== undefined && (
          <label className={`${LABEL_CLASS} min-w-48 flex-1`} htmlFor={`${id}-host`}>
            Host
            <input
              id={`${id}-host`}
              className={`${SMALL_INPUT_CLASS} font-mono`}
              value={typedHost}
              maxLength={253}
              onChange={(event) => trial.setDestination(`host/${event.target.value}`)}
              autoComplete="off"
              spellCheck={false}
            />
          </label>
        )}
        <label className={LABEL_CLASS} htmlFor={`${id}-protocol`}>
          By
          <select
            id={`${id}-protocol`}
            className={SMALL_INPUT_CLASS}
            value={trial.protocol}
            onChange={(event) => {
              const next = event.target.value;
              trial.setProtocol(next === 'udp' || next === 'icmp' ? next : 'tcp');
            }}
          >
            <option value="tcp">TCP</option>
            <option value="udp">UDP</option>
            <option value="icmp">ping</option>
          </select>
        </label>
        <label
          className={classNames(LABEL_CLASS, 'w-28', trial.protocol === 'icmp' && 'opacity-50')}
          htmlFor={`${id}-port`}
        >
          Port
          <input
            id={`${id}-port`}
            className={`${SMALL_INPUT_CLASS} font-mono`}
            type="number"
            min={1}
            max={65_535}
            disabled={trial.protocol === 'icmp'}
            value={trial.port}
            onChange={(event) =>
              trial.setPort(Math.min(65_535, Math.max(0, event.target.valueAsNumber || 0)))
            }
          />
        </label>
        <Button
          type="submit"
          tone="primary"
          size="small"
          disabled={source === undefined || destination === undefined || trial.busy}
        >
          {trial.busy ? <Spinner /> : <Send aria-hidden="true" />} Try
        </Button>
        <Button
          size="small"
          disabled={source === undefined || trial.busy}
          onClick={() => void trial.reachAll()}
        >
          Who can it reach?
        </Button>
      </form>
    </div>
  );
}

function TriedLine({
  tried,
  stale,
  onShowPackets,
}: {
  readonly tried: Tried;
  readonly stale: boolean;
  readonly onShowPackets: TopologyPaneProps['onShowPackets'];
}) {
  const { mark, word } = verdictWords(tried.result.verdict);
  const title = `${nameOfKey(tried.sourceKey)} to ${nameOfKey(tried.destinationKey)}${tried.request.protocol === 'icmp' ? ', ping' : `, ${tried.request.protocol.toUpperCase()} ${tried.request.port}`}`;
  return (
    <>
      <span className="flex items-center gap-1.5 font-semibold">
        <VerdictMark mark={mark} className="size-4.5" /> {word}
      </span>
      <span className="min-w-0 flex-1 basis-60 text-muted">
        {tried.result.because}
        {stale && <span className="ml-1.5 text-caution">The cluster has changed since.</span>}
      </span>
      <Button size="small" onClick={() => onShowPackets(title, tried.result)}>
        <Route aria-hidden="true" /> Show me the packet
      </Button>
    </>
  );
}
