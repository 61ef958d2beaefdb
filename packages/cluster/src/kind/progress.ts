/** What creating a cluster goes through, in order. `kind`'s own steps, then ours. */
export const CREATE_STEPS = [
  'network',
  'node-image',
  'nodes',
  'configuration',
  'control-plane',
  'cni',
  'storage',
  'workers',
  'limits',
  'toolbox',
  'ready',
  'setup',
] as const;
export type CreateStep = (typeof CREATE_STEPS)[number];

/** For the learner who waits. */
const STEP_TEXTS: Readonly<Record<CreateStep, string>> = {
  network: 'Making a network of your own',
  'node-image': 'Looking for the node image',
  nodes: 'Starting the nodes',
  configuration: 'Writing their configuration',
  'control-plane': 'Starting the control plane',
  cni: 'Installing the CNI',
  storage: 'Installing the storage class',
  workers: 'Joining the workers',
  limits: 'Bounding memory and processors',
  toolbox: 'Starting your toolbox',
  ready: 'Waiting until the nodes are ready',
  setup: 'Setting the lab up',
};

/** The beginnings of the lines in which `kind create cluster` (0.2x and 0.3x) tells that a step begins. */
const KIND_LINES: readonly (readonly [string, CreateStep])[] = [
  ['Ensuring node image', 'node-image'],
  ['Preparing nodes', 'nodes'],
  ['Writing configuration', 'configuration'],
  ['Starting control-plane', 'control-plane'],
  ['Installing CNI', 'cni'],
  ['Installing StorageClass', 'storage'],
  ['Joining worker nodes', 'workers'],
  ['Joining more control-plane nodes', 'workers'],
];

/** The step that a line of `kind` says has begun. It marks those that begin with `•`, those that ended with `✓` or `✗`. */
export function stepOfLine(line: string): CreateStep | undefined {
  const begun = /^\s*•\s+(.*)$/.exec(line)?.[1];
  return begun === undefined ? undefined : KIND_LINES.find(([text]) => begun.startsWith(text))?.[1];
}

/** How much a new measurement counts beside the old ones. */
const WEIGHT_OF_NEWEST = 0.3;

/** Tells how long each step took lately, so that a wait has an end. Kept per shape of cluster. */
export class StepTimes {
  readonly #shapes = new Map<string, Map<CreateStep, number>>();
  readonly #maxShapes: number;

  constructor(maxShapes = 64) {
    this.#maxShapes = maxShapes;
  }

  record(shape: string, step: CreateStep, durationMs: number): void {
    let steps = this.#shapes.get(shape);
    if (steps === undefined) {
      if (this.#shapes.size >= this.#maxShapes) return;
      steps = new Map();
      this.#shapes.set(shape, steps);
    }
    const before = steps.get(step);
    steps.set(step, before === undefined ? durationMs : before + (durationMs - before) * WEIGHT_OF_NEWEST);
  }

  /** Milliseconds from the beginning of `step` to a ready cluster, or undefined while nothing is known of that. */
  remainingMs(shape: string, step: CreateStep): number | undefined {
    const known = CREATE_STEPS.slice(CREATE_STEPS.indexOf(step)).flatMap(
      (each) => this.#shapes.get(shape)?.get(each) ?? [],
    );
    return known.length === 0 ? undefined : known.reduce((sum, each) => sum + each, 0);
  }
}

/** A step for the learner who waits, and how far that is. */
export function stepText(step: CreateStep): {
  readonly text: string;
  readonly number: number;
  readonly of: number;
} {
  return { text: STEP_TEXTS[step], number: CREATE_STEPS.indexOf(step) + 1, of: CREATE_STEPS.length };
}

/** Tells each step and measures it. One for each attempt. */
export class Stepper {
  readonly #shape: string;
  readonly #times: StepTimes;
  readonly #tell: (step: CreateStep, remainingMs: number | undefined) => void;
  readonly #done: { readonly step: CreateStep; readonly durationMs: number }[] = [];
  #current: { readonly step: CreateStep; readonly sinceMs: number } | undefined;

  constructor(
    shape: string,
    times: StepTimes,
    tell: (step: CreateStep, remainingMs: number | undefined) => void,
  ) {
    this.#shape = shape;
    this.#times = times;
    this.#tell = tell;
  }

  begin(step: CreateStep): void {
    this.#close();
    this.#current = { step, sinceMs: performance.now() };
    this.#tell(step, this.#times.remainingMs(this.#shape, step));
  }

  /** It is there. A start that failed says nothing of how long one takes: only whole ones are remembered. */
  finish(): void {
    this.#close();
    for (const { step, durationMs } of this.#done.splice(0))
      this.#times.record(this.#shape, step, durationMs);
  }

  #close(): void {
    if (this.#current === undefined) return;
    const { step, sinceMs } = this.#current;
    this.#done.push({ step, durationMs: performance.now() - sinceMs });
    this.#current = undefined;
  }
}
