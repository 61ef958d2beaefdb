import type { Root, RootContent } from 'mdast';
import type { Parameters } from './parameters.ts';
import type { Check } from './check-model.ts';

export type * from './check-model.ts';

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
  /** The language it is written in, as BCP 47 tags it. */
  readonly locale: string;
  /** Its quizzes stand in it without their keys. */
  readonly body: Root;
  /** With their keys. Never leaves the server. */
  readonly quizzes: readonly Quiz[];
  readonly translations: readonly LessonTranslation[];
}

/** A lesson in another language. */
export interface LessonTranslation {
  readonly locale: string;
  readonly title: string;
  readonly summary: string;
  readonly objectives: readonly string[];
  readonly body: Root;
  /** For their explanations; the keys are the original's. */
  readonly quizzes: readonly Quiz[];
}

/** A lab in another language: its texts, under the ids of the original. */
export interface LabTranslation {
  readonly locale: string;
  readonly title: string;
  readonly summary: string;
  readonly objectives: readonly string[];
  readonly introduction: readonly RootContent[];
  readonly conclusion: readonly RootContent[];
  readonly tasks: readonly TaskTranslation[];
  readonly quizzes: readonly Quiz[];
}

export interface TaskTranslation {
  readonly id: string;
  readonly title: string | undefined;
  readonly body: readonly RootContent[];
  readonly hints: readonly Pick<Hint, 'id' | 'body'>[];
  readonly questions: readonly Pick<Question, 'id' | 'prompt' | 'options'>[];
  readonly checks: readonly { readonly id: string; readonly title: string | undefined }[];
  readonly solution: readonly RootContent[] | undefined;
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
  /** The Gateway API, and a controller for a GatewayClass of this name. */
  readonly gateway?: { readonly className: string } | undefined;
  /** Addresses of pods and Services; IPv4 when not given. */
  readonly ipFamily?: 'ipv4' | 'ipv6' | 'dual' | undefined;
  /** One range of each family. */
  readonly podCidrs?: readonly string[] | undefined;
  readonly serviceCidrs?: readonly string[] | undefined;
  /** How kube-proxy writes its rules; nftables when not given. */
  readonly proxyMode?: 'nftables' | 'iptables' | undefined;
  /** In the order of the nodes, the control plane first. */
  readonly nodeLabels?: readonly Readonly<Record<string, string>>[] | undefined;
  /** Images that learners will want: on a real cluster they are put on the nodes beforehand, with those of the setup. */
  readonly images?: readonly string[] | undefined;
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
  /** The language it is written in, as BCP 47 tags it. */
  readonly locale?: string;
  readonly translations?: readonly LabTranslation[];
  /** Those in its texts, with their keys. Never leaves the server. */
  readonly quizzes?: readonly Quiz[];
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
  /** Told once the task has passed. Never leaves the server before. */
  readonly solution?: readonly RootContent[];
  /** Tasks that must be passed first. */
  readonly needs: readonly string[];
}

export interface Hint {
  readonly id: string;
  /** Percent of the task's score that it costs; free without. */
  readonly cost?: number;
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

/** A question that a text asks its reader: it counts for nothing, and what was answered is kept. */
export type PublicQuiz = Question;

export interface Quiz extends PublicQuiz {
  /** Ids of the right options; of `order` in the right order. */
  readonly key: readonly string[];
  /** Given with the answer. */
  readonly explanation: readonly RootContent[];
}

/** What the browser may see of a lab: no solutions, no keys, no check's inner workings. */
export type PublicLab = Omit<
  Lab,
  | 'solutions'
  | 'wrong'
  | 'acceptedMutants'
  | 'tasks'
  | 'setup'
  | 'files'
  | 'parameters'
  | 'template'
  | 'translations'
  | 'quizzes'
> & {
  /** Languages that it can be read in beside its own. */
  readonly locales: readonly string[];
  readonly tasks: readonly (Omit<Task, 'checks' | 'solution' | 'hints'> & {
    /** One that costs something has no body here: the server gives it to whoever pays. */
    readonly hints: readonly (Pick<Hint, 'id' | 'cost'> & { readonly body: Hint['body'] | undefined })[];
    readonly hasSolution: boolean;
    readonly checks: readonly { readonly id: string; readonly title: string }[];
  })[];
};
