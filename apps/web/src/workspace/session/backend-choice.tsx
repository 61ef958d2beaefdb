'use client';
import type { BackendName, BackendOffer } from '@podwire/protocol';
import { Play, RotateCw } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import { Button } from '../../design/button.tsx';
import { classNames } from '../../design/class-names.ts';
import type { LabText } from '../tasks/public-task.ts';
import { Actions } from './frame.tsx';
import { remember, remembered } from './remembered.ts';
import { sessionApi } from './session-api.ts';
import { backendWords } from './start-words.ts';

interface BackendChoiceProps {
  readonly lab: LabText;
  readonly label: string;
  /** It was started before. */
  readonly again?: boolean;
  readonly onStart: (backend?: BackendName) => void;
}

const SLOT = 'backend';

/** The button that starts the lab; where it runs on several kinds of cluster, the choice between them. */
export function BackendChoice({ lab, label, again = false, onStart }: BackendChoiceProps) {
  const hasChoice = lab.backends.length > 1;
  const [offers, setOffers] = useState<readonly BackendOffer[]>();
  const [wanted, setWanted] = useState<BackendName>();
  const name = useId();
  useEffect(() => {
    if (!hasChoice) return undefined;
    let left = false;
    void sessionApi.backends(lab.id).then((answer) => {
      if (left || !answer.ok) return;
      setOffers(answer.value);
      setWanted(answer.value.find(({ backend }) => backend === remembered(SLOT))?.backend);
    });
    return () => {
      left = true;
    };
  }, [lab.id, hasChoice]);
  const chosen =
    offers?.find(({ backend, offered }) => offered && backend === wanted) ??
    offers?.find(({ offered }) => offered);
  return (
    <>
      {offers !== undefined && (
        <fieldset className="grid gap-2">
          <legend className="sr-only">Kind of cluster</legend>
          {offers.map((offer) => (
            <Choice
              key={offer.backend}
              name={name}
              offer={offer}
              checked={offer.backend === chosen?.backend}
              onChoose={() => {
                setWanted(offer.backend);
                remember(SLOT, offer.backend);
              }}
            />
          ))}
        </fieldset>
      )}
      <Actions>
        <Button tone="primary" size="large" onClick={() => onStart(chosen?.backend ?? lastChoice(lab))}>
          {again ? <RotateCw aria-hidden="true" /> : <Play aria-hidden="true" />} {label}
        </Button>
      </Actions>
    </>
  );
}

/** Finding out what can be had takes seconds: who doesn't wait for it gets what they chose last. */
function lastChoice(lab: LabText): BackendName | undefined {
  return lab.backends.find((backend) => backend === remembered(SLOT));
}

interface ChoiceProps {
  readonly name: string;
  readonly offer: BackendOffer;
  readonly checked: boolean;
  readonly onChoose: () => void;
}

function Choice({ name, offer, checked, onChoose }: ChoiceProps) {
  const words = backendWords(offer);
  const id = useId();
  return (
    <label
      className={classNames(
        'grid grid-cols-[auto_1fr] gap-x-3 rounded-md border px-4 py-3',
        checked ? 'border-accent bg-accent-wash/45' : 'border-control/60',
        offer.offered ? 'cursor-pointer' : 'border-dashed',
      )}
    >
      <input
        type="radio"
        name={name}
        checked={checked}
        disabled={!offer.offered}
        onChange={onChoose}
        aria-describedby={id}
        className="mt-1 size-4 self-start accent-accent"
      />
      <span className="min-w-0">
        <span className="flex flex-wrap items-baseline justify-between gap-x-3">
          <span className="font-semibold">{words.title}</span>
          <span className="text-sm text-muted">{words.ready}</span>
        </span>
        <span id={id} className="mt-0.5 block text-sm text-muted">
          {offer.offered ? words.what : offer.because}
        </span>
      </span>
    </label>
  );
}
