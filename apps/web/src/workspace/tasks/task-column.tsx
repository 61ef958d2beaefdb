'use client';
import type { TakenHint } from '@podwire/protocol';
import { ArrowLeft, ArrowRight, Lock } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button } from '../../design/button.tsx';
import { classNames } from '../../design/class-names.ts';
import { Spinner } from '../../design/progress.tsx';
import { ButtonLink } from '../../design/text-link.tsx';
import { LanguageChoice } from '../../course/language-choice.tsx';
import type { ApiResult } from '../../connection/api.ts';
import type { LabSession } from '../session/lab-session.ts';
import type { CheckState, LabState } from '../session/lab-state.ts';
import type { Answer, AnswersByTask } from './answers.ts';
import { CheckResults } from './check-results.tsx';
import { Credit } from './credit.tsx';
import { Hints } from './hints.tsx';
import type { LabText, TaskText } from './public-task.ts';
import { QuestionField } from './question-field.tsx';
import { reportOf } from './report-model.ts';
import { Solution } from './solution.tsx';
import type { ProbeEvidence } from './report-model.ts';

const NO_HINTS: ReadonlyMap<string, TakenHint> = new Map();
const NOBODY: Promise<ApiResult<never>> = Promise.resolve({
  ok: false,
  error: { code: 'no-session', status: 0, message: 'Start the lab first.' },
});

export interface TaskColumnProps {
  readonly lab: LabText;
  /** undefined until the page is alive: then every task is shown, for readers without scripts. */
  readonly current: number | undefined;
  readonly onGo: (index: number) => void;
  readonly passed: ReadonlySet<string>;
  readonly checks: ReadonlyMap<string, CheckState>;
  readonly answers: AnswersByTask;
  readonly onAnswer: (taskId: string, questionId: string, answer: Answer) => void;
  readonly onCheck: (taskId: string) => void;
  readonly handedIn: LabState['handedIn'];
  readonly takenHints: LabState['takenHints'];
  /** Whoever asks the server for hints, solutions and grades; undefined until the page is alive. */
  readonly learner: Pick<LabSession, 'takeHint' | 'solution' | 'sealing' | 'handIn'> | undefined;
  /** Why nothing can be checked now; undefined when it can. */
  readonly cannotCheck: string | undefined;
  /** Where the task hides the place at which the lab is started. */
  readonly onToStart: (() => void) | undefined;
  readonly onShowPacket: (probe: ProbeEvidence) => void;
}

export function TaskColumn(props: TaskColumnProps) {
  const { lab, current, onGo, passed } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef(current);
  useEffect(() => {
    // Going to another task brings its start into view and the reader's focus with it.
    if (before.current !== undefined && current !== before.current) heading.current?.focus();
    before.current = current;
  }, [current]);
  const allPassed = lab.tasks.every((task) => passed.has(task.id));
  return (
    <div className="mx-auto w-full max-w-[42rem] px-5 pt-5 pb-16 sm:px-6">
      {(current === undefined || current === 0) && (
        <div className="mb-7">
          <h2 className="text-2xl font-[700] tracking-[-0.02em]">{lab.title}</h2>
          <LanguageChoice languages={lab.languages} />
          <div lang={lab.locale} className="prose mt-3">
            {lab.introduction}
          </div>
        </div>
      )}
      <TaskWire tasks={lab.tasks} current={current} passed={passed} onGo={onGo} />
      {lab.tasks.map((task, index) => (
        <section
          key={task.id}
          aria-labelledby={`task-${task.id}`}
          hidden={current !== undefined && current !== index}
          className="mt-5 [&:not([hidden])~&:not([hidden])]:mt-12"
        >
          <h2
            id={`task-${task.id}`}
            ref={index === current ? heading : undefined}
            tabIndex={-1}
            className="text-xl font-[660] outline-none"
          >
            <span className="mr-2.5 font-mono text-base font-normal text-faint">{index + 1}</span>
            {task.title}
          </h2>
          <TaskBody {...props} task={task} index={index} />
        </section>
      ))}
      {allPassed && (
        <section
          aria-labelledby="conclusion"
          className="mt-10 rounded-md border border-allowed/40 bg-allowed-wash/50 px-5 py-4"
        >
          <h2 id="conclusion" className="text-lg font-semibold text-allowed">
            Every task of this lab has passed
          </h2>
          <div className="prose mt-2">{lab.conclusion}</div>
          <div className="mt-4 flex flex-wrap gap-2">
            {lab.next !== undefined && (
              <ButtonLink tone="primary" href={lab.next.address}>
                {lab.next.title} <ArrowRight aria-hidden="true" />
              </ButtonLink>
            )}
            <ButtonLink href="/course">Back to the course</ButtonLink>
          </div>
        </section>
      )}
    </div>
  );
}

interface TaskBodyProps extends TaskColumnProps {
  readonly task: TaskText;
  readonly index: number;
}

function TaskBody({
  lab,
  task,
  index,
  onGo,
  passed,
  checks,
  answers,
  onAnswer,
  onCheck,
  cannotCheck,
  onToStart,
  onShowPacket,
  handedIn,
  takenHints,
  learner,
}: TaskBodyProps) {
  const state = checks.get(task.id);
  const missing = task.needs
    .filter((need) => !passed.has(need))
    .map((need) => lab.tasks.find((other) => other.id === need)?.title ?? need);
  const isPassed = passed.has(task.id) && (reportOf(state)?.verdict ?? 'passed') === 'passed';
  const blocked = missing.length > 0 ? `First pass: ${missing.join(', ')}.` : cannotCheck;
  const next = lab.tasks[index + 1];
  return (
    <>
      <div lang={lab.locale} className="prose mt-3">
        {task.body}
      </div>
      {task.questions.length > 0 && (
        <div className="mt-6 grid gap-3">
          {task.questions.map((question) => (
            <QuestionField
              key={question.id}
              question={question}
              answer={answers.get(task.id)?.[question.id]}
              onAnswer={(answer) => onAnswer(task.id, question.id, answer)}
            />
          ))}
        </div>
      )}
      <div className="mt-6">
        <Hints
          hints={task.hints}
          taken={takenHints.get(task.id) ?? NO_HINTS}
          cannotTake={cannotCheck === undefined ? undefined : 'Start the lab to take it.'}
          onTake={(hintId) => learner?.takeHint(task.id, hintId) ?? NOBODY}
        />
      </div>
      <div className="mt-6 border-t border-line pt-4">
        <CheckResults checks={task.checks} state={state} onShowPacket={onShowPacket} />
        <div className="needs-script mt-4 flex flex-wrap items-center gap-2">
          {isPassed && next !== undefined && (
            <Button tone="primary" onClick={() => onGo(index + 1)}>
              Next task <ArrowRight aria-hidden="true" />
            </Button>
          )}
          <Button
            tone={isPassed ? 'plain' : 'primary'}
            aria-disabled={blocked !== undefined || state?.kind === 'running'}
            onClick={() => {
              if (blocked === undefined) onCheck(task.id);
            }}
          >
            {state?.kind === 'running' && <Spinner />}
            {state?.kind === 'running' ? 'Checking' : isPassed ? 'Check again' : 'Check'}
          </Button>
          {index > 0 && (
            <Button tone="quiet" onClick={() => onGo(index - 1)}>
              <ArrowLeft aria-hidden="true" /> Back
            </Button>
          )}
        </div>
        {blocked !== undefined && (
          <p className="needs-script mt-2 flex items-center gap-1.5 text-sm text-faint">
            {missing.length > 0 && <Lock aria-hidden="true" className="size-3.5" />}
            {blocked}
          </p>
        )}
        {cannotCheck !== undefined && missing.length === 0 && onToStart !== undefined && (
          <Button size="small" className="needs-script mt-2" onClick={onToStart}>
            Go to the start <ArrowRight aria-hidden="true" />
          </Button>
        )}
      </div>
      {isPassed && task.hasSolution && learner !== undefined && (
        <div className="needs-script mt-5">
          <Solution onAsk={() => learner.solution(task.id)} />
        </div>
      )}
      {learner !== undefined && (
        <Credit
          task={task}
          report={handedIn.get(task.id)}
          onAsk={() => learner.sealing(task.id)}
          onHandIn={() => learner.handIn(task.id, answers.get(task.id) ?? {})}
          blocked={
            missing.length > 0
              ? blocked
              : cannotCheck === undefined
                ? undefined
                : 'Start the lab to hand in your work.'
          }
          onShowPacket={onShowPacket}
        />
      )}
    </>
  );
}

interface TaskWireProps {
  readonly tasks: readonly TaskText[];
  readonly current: number | undefined;
  readonly passed: ReadonlySet<string>;
  readonly onGo: (index: number) => void;
}

/** The lab's tasks on one wire: where you are, what has passed, and a way to each. */
function TaskWire({ tasks, current, passed, onGo }: TaskWireProps) {
  return (
    <nav aria-label="Tasks" className="needs-script">
      <ol className="flex">
        {tasks.map((task, index) => (
          <li key={task.id} className="relative flex-1 last:flex-none">
            {index < tasks.length - 1 && (
              <span
                aria-hidden="true"
                className={classNames(
                  'absolute top-[calc(50%-1px)] right-0 left-6 h-0.5',
                  passed.has(task.id) ? 'bg-accent' : 'bg-line',
                )}
              />
            )}
            <button
              type="button"
              onClick={() => onGo(index)}
              title={task.title}
              aria-label={`Task ${index + 1}: ${task.title}${passed.has(task.id) ? ', passed' : ''}`}
              {...(index === current ? { 'aria-current': 'step' as const } : {})}
              className={classNames(
                'relative flex size-7 items-center justify-center rounded-sm border-2 font-mono text-xs font-semibold',
                passed.has(task.id)
                  ? 'border-accent bg-accent text-on-accent'
                  : index === current
                    ? 'border-accent bg-surface text-accent'
                    : 'border-control bg-surface text-muted hover:border-accent',
                index === current && 'outline-2 outline-offset-2 outline-accent',
              )}
            >
              {passed.has(task.id) ? (
                <svg viewBox="0 0 16 16" aria-hidden="true" className="size-4">
                  <path
                    d="M3.5 8.4l3 3 6-6.6"
                    fill="none"
                    stroke="currentColor"
                    strokeWidth="2.2"
                    strokeLinecap="round"
                    strokeLinejoin="round"
                  />
                </svg>
              ) : (
                index + 1
              )}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
