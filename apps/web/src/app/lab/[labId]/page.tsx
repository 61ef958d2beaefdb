import { publicLab } from '@podwire/lab';
import type { RootContent } from 'mdast';
import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { Content } from '../../../content/content.tsx';
import { CommandBlock } from '../../../content/run-command.tsx';
import { CommandText } from '../../../content/parameter.tsx';
import { addressOf, figureSetting, loadCourse, wayThrough } from '../../../course/load-course.ts';
import { withFigures } from '../../../figures/figures.ts';
import { LabWorkspace } from '../../../workspace/lab-workspace.tsx';
import type { LabText } from '../../../workspace/tasks/public-task.ts';

interface LabPageProps {
  readonly params: Promise<{ readonly labId: string }>;
}

export const dynamicParams = false;

export async function generateStaticParams() {
  const course = await loadCourse();
  return course.chapters.flatMap((chapter) => chapter.labs.map((lab) => ({ labId: lab.id })));
}

async function find(params: LabPageProps['params']) {
  const { labId } = await params;
  const way = wayThrough(await loadCourse());
  const index = way.findIndex((stop) => stop.kind === 'lab' && stop.lab.id === labId);
  const stop = way[index];
  return stop?.kind === 'lab' ? { stop, next: way[index + 1] } : undefined;
}

export async function generateMetadata({ params }: LabPageProps): Promise<Metadata> {
  const found = await find(params);
  if (found === undefined) return {};
  const { title, summary } = found.stop.lab;
  return {
    title: `Lab: ${title}`,
    description: summary,
    openGraph: { title, description: summary, type: 'article' },
  };
}

export default async function LabPage({ params }: LabPageProps) {
  const found = await find(params);
  if (found === undefined) notFound();
  const { stop, next } = found;
  // From here on only what a browser may see.
  const lab = publicLab(stop.lab);
  const setting = figureSetting(await loadCourse(), `${lab.chapterId}/${lab.id}/lab.md`, lab.id);
  const drawn = (nodes: readonly RootContent[]) => <Content nodes={withFigures(nodes, setting)} />;
  const text: LabText = {
    id: lab.id,
    title: lab.title,
    summary: lab.summary,
    minutes: lab.minutes,
    chapterTitle: stop.chapter.title,
    nodes: lab.cluster.nodes,
    introduction: drawn(lab.introduction),
    conclusion: drawn(lab.conclusion),
    tasks: lab.tasks.map((task) => ({
      id: task.id,
      title: task.title,
      body: drawn(task.body),
      hints: task.hints.map((hint) => ({ id: hint.id, body: <Content nodes={hint.body} /> })),
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
    next:
      next === undefined
        ? undefined
        : { address: addressOf(next), title: next.kind === 'lesson' ? next.lesson.title : next.lab.title },
  };
  return <LabWorkspace lab={text} />;
}
