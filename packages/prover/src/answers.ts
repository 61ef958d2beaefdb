import type { Answers } from '@podwire/grader';
import type { ProvingCluster } from './proving-ground.ts';

/** `# answer: question = value` lines of a script; a value may be `$(command)`, run in the toolbox, or `a, b` for several options. */
export async function answersOf(
  cluster: Pick<ProvingCluster, 'runScript'>,
  script: string,
): Promise<Answers> {
  const answers: Record<string, string | readonly string[]> = {};
  for (const [, question = '', value = ''] of script.matchAll(/^# answer: ([a-z0-9-]+) = (.+)$/gm)) {
    if (value.startsWith('$(')) {
      const ran = await cluster.runScript(`echo ${value}`);
      answers[question] = ran.output.trim();
    } else answers[question] = value.includes(', ') ? value.split(', ') : value;
  }
  return answers;
}
