'use client';
import { useEffect, useMemo, useRef } from 'react';
import { Spinner } from '../design/progress.tsx';
import { Switch } from '../design/switch.tsx';
import { VerdictMark } from '../design/verdict-mark.tsx';
import { formatMs, verdictWords } from '../packets/packet-model.ts';
import { PacketView } from '../packets/packet-view.tsx';
import { FloorPlan } from '../topology/floor-plan.tsx';
import { topologyOf } from '../topology/topology-model.ts';
import { nameOfKey } from '../topology/topology-path.ts';
import { useTrial } from '../topology/use-trial.ts';
import { HERO_POLICY } from './hero-objects.ts';
import { useLiveCluster } from './use-live-cluster.ts';

/** What the policy stops: the page's own sentence, shown. */
const FIRST = { from: 'pod/default/web', to: 'pod/default/db', port: 80 } as const;
const POLICY_NAME = HERO_POLICY.metadata.name;

/** The product in small, and real: a cluster in this page, its places to choose, its packets hop by hop. */
export function LiveCluster() {
  const cluster = useLiveCluster();
  const model = useMemo(() => topologyOf(cluster.objects, false), [cluster.objects]);
  const trial = useTrial(model, cluster.objects.revision, cluster.probe);
  const policyOn = [...cluster.objects.objects.values()].some((object) => object.kind === 'NetworkPolicy');

  const { again, tried } = trial;
  const seenRevision = useRef(0);
  const { known, revision } = cluster.objects;
  useEffect(() => {
    if (!known || seenRevision.current === revision) return;
    const first = seenRevision.current === 0;
    seenRevision.current = revision;
    // A first packet by itself; and after the policy changed, the same connection once more.
    if (first) again(FIRST);
    else again();
  }, [known, revision, again]);

  return (
    <section
      aria-labelledby="live-heading"
      className="flex min-h-[36rem] flex-col overflow-hidden rounded-lg border border-line bg-raised"
    >
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-b border-line px-4 py-2.5">
        <h2 id="live-heading" className="text-sm font-semibold">
          A cluster, running in this page
          {cluster.bootedInMs !== undefined && (
            <span className="ml-2 font-normal text-faint">booted in {formatMs(cluster.bootedInMs)}</span>
          )}
        </h2>
        <Switch on={policyOn} disabled={!known || cluster.failed} onChange={cluster.setPolicy}>
          NetworkPolicy <span className="font-mono text-xs">{POLICY_NAME}</span>
        </Switch>
      </div>
      {cluster.failed ? (
        <p role="status" className="grid flex-1 place-content-center p-6 text-center text-muted">
          The cluster could not start in this browser. The labs run on the server and do not need this.
        </p>
      ) : known ? (
        <>
          <div className="p-4">
            <p className="pb-3 text-sm text-muted">
              {trial.source === undefined
                ? 'Choose where a packet starts.'
                : trial.destination === undefined
                  ? `From ${nameOfKey(trial.source)}: now choose where it goes.`
                  : policyOn
                    ? 'Switch the policy off, or choose another destination.'
                    : 'Choose another destination, or switch the policy on.'}
            </p>
            <FloorPlan
              model={model}
              source={trial.source}
              destination={trial.destination}
              path={trial.path}
              outcomes={trial.outcomes}
              onChoose={trial.choose}
              withToolbox={false}
            />
          </div>
          <div className="flex min-h-0 flex-1 flex-col border-t border-line">
            {trial.error !== undefined && (
              <p className="px-4 py-2.5 text-sm text-denied" role="status">
                {trial.error}
              </p>
            )}
            {trial.error === undefined && tried !== undefined && (
              <>
                <p role="status" className="flex items-start gap-2 px-4 py-2.5 text-sm">
                  <VerdictMark mark={verdictWords(tried.result.verdict).mark} className="mt-px" />
                  <span>
                    <strong className="font-semibold">{verdictWords(tried.result.verdict).word}.</strong>{' '}
                    <span className="text-muted">{tried.result.because}</span>
                  </span>
                </p>
                <div
                  className="max-h-60 min-h-40 flex-1 overflow-y-auto border-t border-line"
                  tabIndex={0}
                  role="region"
                  aria-label="The packet, hop by hop"
                >
                  <PacketView key={tried.result.packets[0]?.packetId} packets={tried.result.packets} brief />
                </div>
              </>
            )}
          </div>
        </>
      ) : (
        <div className="grid flex-1 place-content-center p-6">
          <p className="needs-script flex items-center gap-2 text-sm text-muted">
            <Spinner /> Booting two nodes
          </p>
          <noscript>
            <p className="max-w-sm text-sm text-muted">
              With scripts, a cluster runs here: choose two pods and see the packet between them, hop by hop.
              Lessons can be read without.
            </p>
          </noscript>
        </div>
      )}
    </section>
  );
}
