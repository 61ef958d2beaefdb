import type { ClusterOrigin } from '../port.ts';
import { dressOf, shapeOf } from './cluster-maker.ts';
import type { WarmPlan } from './warm-pool.ts';

/** Of labs asked for lately, so many are remembered when it is decided what to keep warm. */
const MAX_REMEMBERED = 32;

/** What labs need that were asked for, or are likely to be; the latest first. */
export class LikelyLabs {
  #labs: readonly WarmPlan[] = [];

  /** Guesses, the most likely first: behind what learners asked for. */
  add(origins: readonly ClusterOrigin[]): void {
    for (const plan of origins.map(planOf))
      if (!this.#labs.some(({ key }) => key === plan.key))
        this.#labs = [...this.#labs, plan].slice(0, MAX_REMEMBERED);
  }

  asked(origin: ClusterOrigin): void {
    const plan = planOf(origin);
    this.#labs = [plan, ...this.#labs.filter(({ key }) => key !== plan.key)].slice(0, MAX_REMEMBERED);
  }

  /** First one of the shape, which does for each of its labs; then the lab itself, which is quicker still. */
  plans(): readonly WarmPlan[] {
    const plans: WarmPlan[] = [];
    for (const plan of this.#labs) {
      const shape = shapeOf(plan.needs);
      if (!plans.some(({ key }) => key === shape)) plans.push({ key: shape, needs: plan.needs });
      plans.push(plan);
    }
    return plans;
  }
}

function planOf(origin: ClusterOrigin): WarmPlan {
  return {
    key: dressOf(origin),
    needs: origin.needs,
    dress: { needs: origin.needs, setup: origin.setup, files: origin.files },
  };
}
