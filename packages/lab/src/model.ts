import type { Root, RootContent } from 'mdast';
import type { Parameters } from './parameters.ts';

/** A whole course, parsed and checked. Texts for learners keep their `{{parameter}}` placeholders: see `instantiate`. */
export interface Course {
  readonly title: string;
  readonly summary: string;
  readonly chapters: readonly Chapter[];
}

export interface Chapter {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly lessons: readonly Lesson[];
  readonly labs: readonly Lab[];
}

export interface Lesson {
  readonly id: string;
  readonly chapterId: string;
  readonly title: string;
  readonly summary: string;
  readonly minutes: number;
  readonly objectives: readonly string[];
  readonly concepts: readonly string[];
  /** The lab that practises this lesson. */
  readonly labId?: string;
  readonly body: Root;
}

export type Backend = 'simulated' | 'kind' | 'kubernetes';

/** What a lab needs of its cluster. */
export interface ClusterNeeds {
  readonly nodes: number;
  readonly cni: 'bridge' | 'ptp' | 'vxlan' | 'none';
  readonly networkPolicies: boolean;
  /** Hosts outside the cluster that tasks and checks speak of, and the TCP ports on which they answer. */
  readonly outsideHosts: readonly { readonly address: string; readonly tcpPorts: readonly number[] }[];
  /** Services of type LoadBalancer get an address that is reached from outside. */
  readonly loadBalancer?: boolean | undefined;
  /** An NGINX-compatible ingress controller, under an IngressClass of this name. */
  readonly ingress?: { readonly className: string } | undefined;
}

/** Minutes of each of a session's five timers. */
export interface TimerSettings {
  readonly lifetimeMinutes: number;
  readonly overtimeMinutes: number;
  readonly idleMinutes: number;
  readonly orphanedMinutes: number;
  readonly hardDeadlineMinutes: number;
}

export interface ManifestFile {
  /** Relative to the lab's folder. */
  readonly path: string;
  readonly text: string;
}

export interface Lab {
  readonly id: string;
  readonly chapterId: string;
  readonly title: string;
  readonly summary: string;
  readonly minutes: number;
  readonly objectives: readonly string[];
  readonly prerequisites: readonly string[];
  readonly concepts: readonly string[];
  readonly backends: readonly Backend[];
  readonly cluster: ClusterNeeds;
  readonly timers: TimerSettings;
  /** Applied in order of path before the learner arrives. */
  readonly setup: readonly ManifestFile[];
  /** Put into the learner's home folder: path relative to it. */
  readonly files: readonly ManifestFile[];
  readonly introduction: readonly RootContent[];
  readonly tasks: readonly Task[];
  /** Shown when every task has passed. */
  readonly conclusion: readonly RootContent[];
  /** Shell scripts and manifests that pass the tasks, by task. Never leaves the server. */
  readonly solutions: readonly { readonly taskId: string; readonly script: string }[];
  /** Mistakes that people make, and the check at which each must fail. Never leaves the server. */
  readonly wrong: readonly {
    readonly name: string;
    readonly taskId: string;
    readonly checkId: string;
    readonly message?: string;
    readonly script: string;
  }[];
  /** Small mistakes in the solutions that the checks may overlook, and why. Never leaves the server. */
  readonly acceptedMutants?: readonly { readonly mutant: string; readonly reason: string }[];
  /** Changes when anything that grading depends on changes; the same for every draw of parameters. */
  readonly digest: string;
  /** What is drawn for each learner, in the author's order. */
  readonly parameters?: Parameters | undefined;
  /** The lab's files as written, when it has parameters. Never leaves the server. */
  readonly template?: { readonly folder: string; readonly files: readonly ManifestFile[] };
}

export interface Task {
  readonly id: string;
  readonly title: string;
  readonly body: readonly RootContent[];
  readonly hints: readonly Hint[];
  readonly questions: readonly Question[];
  readonly checks: readonly Check[];
  /** Tasks that must be passed first. */
  readonly needs: readonly string[];
}

export interface Hint {
  readonly id: string;
  readonly body: readonly RootContent[];
}

export type QuestionKind = 'text' | 'single' | 'multiple' | 'order' | 'predict';

/** Something the learner answers in the page; graded with the task's checks by an `answer` check. */
export interface Question {
  readonly id: string;
  readonly prompt: readonly RootContent[];
  readonly kind: QuestionKind;
  /** `predict`: what is run once the learner has chosen what they expect of it. */
  readonly command?: string;
  /** Of `order` in an order that says nothing. */
  readonly options: readonly { readonly id: string; readonly body: readonly RootContent[] }[];
}

interface CheckBase {
  readonly id: string;
  readonly title: string;
  readonly weight: number;
  /** `once`: it is enough to have met it at some time. `must-hold`: it is met now. */
  readonly mode: 'once' | 'must-hold';
  /** Checks of the same task that must pass before this one is tried. */
  readonly needs: readonly string[];
  /** The author's own words when it fails; shown before the explanation. */
  readonly message?: string;
  /** It guards what must not break, so it passes before the learner did anything. */
  readonly holdsAtStart?: boolean;
}

export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly labelSelector?: string;
}

export type Check =
  | (CheckBase & {
      readonly kind: 'object';
      readonly object: ObjectReference;
      /** How many objects fit the reference and `match`. Default: at least 1. */
      readonly count?: { readonly min?: number; readonly max?: number };
      /** A partial object: maps match by key, lists need the same length, scalars are equal. */
      readonly match?: unknown;
      /** A CEL expression over `object`, which must be true for the object to fit. */
      readonly cel?: string;
    })
  | (CheckBase & { readonly kind: 'connectivity'; readonly probes: readonly ConnectivityProbe[] })
  | (CheckBase & { readonly kind: 'http'; readonly request: HttpProbe })
  | (CheckBase & { readonly kind: 'logs'; readonly logs: LogProbe })
  | (CheckBase & { readonly kind: 'answer'; readonly questionId: string; readonly accept: AnswerKey });

export type Expectation = 'open' | 'refused' | 'timed-out' | 'blocked';

/** `from` and `to` in the notation of `parseEndpoint`. */
export interface ConnectivityProbe {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** `blocked` is met by anything but an open connection. */
  readonly expect: Expectation;
  /** The client's address as the server must see it, or `pod` for the source pod's own IP. */
  readonly sourceSeen?: string;
}

export interface HttpProbe {
  readonly from: Endpoint;
  readonly url: string;
  readonly status?: number;
  readonly bodyContains?: string;
}

/** A line of a container's log: a text in it, or a pattern that it matches. */
export interface LogProbe {
  readonly pod: Endpoint;
  readonly container?: string;
  readonly contains?: string;
  readonly pattern?: string;
  /** It must not be there. */
  readonly absent: boolean;
}

/** `pod/ns/name`, `service/ns/name`, `node/name`, `toolbox`, `outside/address`, `host/name-or-address`. */
export type Endpoint =
  | { readonly kind: 'pod'; readonly namespace: string; readonly name: string }
  /** The first ready pod that these labels select: for pods with generated names. */
  | { readonly kind: 'pods'; readonly namespace: string; readonly labelSelector: string }
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'toolbox' }
  | { readonly kind: 'outside'; readonly address: string }
  | { readonly kind: 'host'; readonly host: string };

export type AnswerKey =
  | { readonly kind: 'text'; readonly equals: readonly string[] }
  | { readonly kind: 'pattern'; readonly pattern: string }
  /** All of these and no others; `ordered`: in this order. */
  | { readonly kind: 'options'; readonly ids: readonly string[]; readonly ordered?: true }
  /** The value of a field of an object of the learner's cluster, for example a pod's IP. */
  | { readonly kind: 'field'; readonly object: ObjectReference; readonly path: string };

/** What the browser may see of a lab: no solutions, no keys, no check's inner workings. */
export type PublicLab = Omit<
  Lab,
  'solutions' | 'wrong' | 'acceptedMutants' | 'tasks' | 'setup' | 'files' | 'parameters' | 'template'
> & {
  readonly tasks: readonly (Omit<Task, 'checks'> & {
    readonly checks: readonly { readonly id: string; readonly title: string }[];
  })[];
};
