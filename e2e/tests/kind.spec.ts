import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { LabPage } from './lab-page.ts';

/** A real cluster takes half a minute on an idle machine, and this one may have others to make. */
const READY_WITHIN_MS = 300_000;
/** A real cluster answers when it does. */
const ANSWERS_WITHIN_MS = 90_000;
const LAB = 'labs/policies/deny-and-remember-dns';

/** The commands of a task's solution, as somebody would type them whose task names this port. */
function solution(task: string, stockPort = ''): string {
  const file = path.resolve(import.meta.dirname, '../..', LAB, 'solution', `${task}.sh`);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll('{{stockPort}}', stockPort);
}

test('the policy lab is done on a real cluster by typing into its terminal', async ({ page }) => {
  test.setTimeout(4 * READY_WITHIN_MS);
  const lab = new LabPage(page);
  // The machine is asked what it can before a real cluster is offered; a busy one may not answer at once.
  await expect(async () => {
    await page.goto('/lab/deny-and-remember-dns');
    await page.getByRole('radio', { name: 'Real cluster' }).check({ timeout: 10_000 });
  }).toPass({ timeout: READY_WITHIN_MS });
  await page.getByRole('button', { name: 'Start the lab' }).click();
  // What kind is doing is told while it does it.
  await expect(page.getByText(/^Step \d+ of \d+/)).toBeVisible({ timeout: READY_WITHIN_MS });
  await expect(lab.screen).toContainText('$', { timeout: READY_WITHIN_MS });
  await type(lab, 'kubectl get nodes', 'podwire-worker');
  // A kernel of its own is what no simulated cluster has.
  await type(lab, 'test -r /proc/net/fib_trie && echo really-$((40+2))', 'really-42');

  const close = lab.task('Close the shop');
  await lab.check(close);
  await expect(close.getByText('Nobody gets into the shop')).toBeVisible();
  // A kernel tells no reasons: they are what a simulated cluster of the same objects gives, and said to be.
  await expect(close.getByText(/Inferred: your cluster’s objects were replayed/).first()).toBeVisible({
    timeout: ANSWERS_WITHIN_MS,
  });
  await type(lab, solution('close'), 'networkpolicy.networking.k8s.io/default-deny-all created');
  await passes(lab, 'Close the shop');
  // It counts for credit too: what was made here is graded in a simulated cluster, where nobody has been.
  await close.getByText('Hand in for credit').click();
  await close.getByRole('button', { name: 'Hand in', exact: true }).click({ timeout: ANSWERS_WITHIN_MS });
  await expect(close.getByRole('region', { name: 'What was handed in last' })).toContainText(
    'Passed, with 100 % of the score.',
    { timeout: ANSWERS_WITHIN_MS },
  );
  await close.getByRole('button', { name: 'Next task' }).click();

  const oneWay = lab.task('Open one way');
  await oneWay.getByRole('radio', { name: /look-up is a connection too/ }).check();
  // Each learner's shop listens somewhere else.
  const [, port] = /TCP (\d+), where the pod listens/.exec(await oneWay.innerText()) ?? [];
  await type(lab, solution('one-way', port), 'networkpolicy.networking.k8s.io/stock-from-front created');
  await passes(lab, 'Open one way');
  await oneWay.getByRole('button', { name: 'Next task' }).click();

  await type(lab, solution('dns'), 'networkpolicy.networking.k8s.io/allow-dns created');
  const dns = lab.task('Remember DNS');
  await expect(async () => {
    await lab.check(dns);
    await expect(page.getByRole('heading', { name: 'Every task of this lab has passed' })).toBeVisible({
      timeout: 2_000,
    });
  }).toPass({ timeout: ANSWERS_WITHIN_MS });

  // A reload finds the same cluster; pausing stops its nodes, and going on starts them with what they had.
  await page.reload();
  await expect(lab.screen).toContainText('$', { timeout: ANSWERS_WITHIN_MS });
  await type(lab, 'clear; kubectl get networkpolicy -n shop --no-headers | wc -l', /^4$/m);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: /Pause/ }).click();
  await page.getByRole('button', { name: 'Go on' }).click({ timeout: ANSWERS_WITHIN_MS });
  // The shell of before ended with its cluster, and a new one answers once the cluster does.
  await expect(async () => {
    await lab.type('clear; kubectl get networkpolicy -n shop -o name');
    await expect(lab.screen).toContainText('networkpolicy.networking.k8s.io/allow-dns', {
      useInnerText: true,
      timeout: 15_000,
    });
  }).toPass({ timeout: READY_WITHIN_MS });

  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: /End the lab/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End the lab' }).click();
  await expect(page.getByRole('heading', { name: 'You ended this lab' })).toBeVisible({ timeout: 120_000 });
});

/** Line by line, as a person would; a real cluster answers when it does. */
async function type(lab: LabPage, script: string, expected: string | RegExp): Promise<void> {
  for (const line of script.trimEnd().split('\n')) await lab.type(line);
  await expect(lab.screen).toContainText(expected, { useInnerText: true, timeout: ANSWERS_WITHIN_MS });
}

/** A CNI writes its rules a moment after the API has taken the policy. */
async function passes(lab: LabPage, title: string): Promise<void> {
  const task = lab.task(title);
  await expect(async () => {
    await lab.check(task);
    await expect(task.getByRole('button', { name: 'Next task' })).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: ANSWERS_WITHIN_MS });
}
