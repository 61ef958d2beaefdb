import { DEFAULT_LOCALE, publicLab } from '@podwire/lab';
import type { RootContent } from 'mdast';
import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { Content } from '../content/content.tsx';
import { CommandText } from '../content/parameter.tsx';
import { CommandBlock } from '../content/run-command.tsx';
import { withFigures } from '../figures/figures.ts';
import { LabWorkspace } from '../workspace/lab-workspace.tsx';
import type { LabText } from '../workspace/tasks/public-task.ts';
import {
  addressOf,
  alternatesOf,
  figureSetting,
  languagesOf,
  loadCourse,
  titleOf,
  wayThrough,
} from './load-course.ts';

interface LabPageProps {
  readonly labId: string;
  /** One that the lab is translated into; without it its own. */
  readonly locale?: string;
}

async function findLab(labId: string) {
  const way = wayThrough(await loadCourse());
  const index = way.findIndex((stop) => stop.kind === 'lab' && stop.lab.id === labId);
  const stop = way[index];
  return stop?.kind === 'lab' ? { stop, next: way[index + 1] } : undefined;
}

export async function labMetadata({ labId, locale }: LabPageProps): Promise<Metadata> {
  const found = await findLab(labId);
  if (found === undefined) return {};
  const { title, summary } = publicLab(found.stop.lab, locale);
  return {
    title: `Lab: ${title}`,
    description: summary,
    alternates: alternatesOf(found.stop),
    openGraph: { title, description: summary, type: 'article', ...(locale === undefined ? {} : { locale }) },
  };
}

/** The workspace of a lab, its texts in one of its languages. */
export async function LabPage({ labId, locale }: LabPageProps) {
  const found = await findLab(labId);
  if (found === undefined) notFound();
  const { stop, next } = found;
  // From here on only what a browser may see.
  const lab = publicLab(stop.lab, locale);
  const setting = figureSetting(await loadCourse(), stop, locale);
  const drawn = (nodes: readonly RootContent[]) => <Content nodes={withFigures(nodes, setting)} />;
  const text: LabText = {
    id: lab.id,
    title: lab.title,
    summary: lab.summary,
    minutes: lab.minutes,
    chapterTitle: stop.chapter.title,
    locale: lab.locale ?? DEFAULT_LOCALE,
    translation: locale,
    languages: languagesOf(stop, locale),
    nodes: lab.cluster.nodes,
    backends: lab.backends,
    introduction: drawn(lab.introduction),
    conclusion: drawn(lab.conclusion),
    tasks: lab.tasks.map((task) => ({
      id: task.id,
      title: task.title,
      body: drawn(task.body),
      hints: task.hints.map(({ id, cost, body }) => ({
        id,
        cost,
        body: body === undefined ? undefined : <Content nodes={withFigures(body, setting)} />,
      })),
      hasSolution: task.hasSolution,
      questions: task.questions.map((question) => ({
        id: question.id,
        kind: question.kind,
        prompt: drawn(question.prompt),
        command:
          question.command === undefined ? undefined : (
            <CommandBlock command={question.command}>
              <CommandText text={question.command} />
            </CommandBlock>
          ),
        options: question.options.map((option) => ({ id: option.id, body: <Content nodes={option.body} /> })),
      })),
      checks: task.checks,
      needs: task.needs,
    })),
    next: next === undefined ? undefined : { address: addressOf(next, locale), title: titleOf(next, locale) },
  };
  return <LabWorkspace lab={text} />;
}
