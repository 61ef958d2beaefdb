import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { LabPage } from './lab-page.ts';

/** A real cluster takes half a minute on an idle machine, and this one may have others to make. */
const READY_WITHIN_MS = 300_000;
const LAB = 'labs/policies/deny-and-remember-dns';

/** The commands of a task's solution, as somebody would type them. */
function solution(task: string): string {
  const file = path.resolve(import.meta.dirname, '../..', LAB, 'solution', `${task}.sh`);
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
}

test('the policy lab is done on a real cluster by typing into its terminal', async ({ page }) => {
  test.setTimeout(3 * READY_WITHIN_MS);
  const lab = new LabPage(page);
  await page.goto('/lab/deny-and-remember-dns');
  await page.getByRole('radio', { name: 'Real cluster' }).check();
  await page.getByRole('button', { name: 'Start the lab' }).click();
  // What kind is doing is told while it does it.
  await expect(page.getByText(/^Step \d+ of \d+/)).toBeVisible({ timeout: READY_WITHIN_MS });
  await expect(lab.screen).toContainText('$', { timeout: READY_WITHIN_MS });
  await lab.run('kubectl get nodes', 'podwire-worker');
  await lab.run('uname -s', 'Linux');

  const close = lab.task('Close the shop');
  await lab.check(close);
  await expect(close.getByText('Nobody gets into the shop')).toBeVisible();
  await expect(close).toContainText('Because');
  await type(lab, solution('close'), 'networkpolicy.networking.k8s.io/default-deny-all created');
  await passes(lab, 'Close the shop');

  await page
    .getByRole('button', { name: /Open one way/ })
    .first()
    .click();
  const oneWay = lab.task('Open one way');
  await oneWay.getByRole('radio', { name: /look-up is a connection too/ }).check();
  await type(lab, solution('one-way'), 'networkpolicy.networking.k8s.io/stock-from-front created');
  await passes(lab, 'Open one way');

  await page
    .getByRole('button', { name: /Remember DNS/ })
    .first()
    .click();
  await type(lab, solution('dns'), 'networkpolicy.networking.k8s.io/allow-dns created');
  await passes(lab, 'Remember DNS');

  // A reload finds the same cluster; pausing stops its nodes, and going on starts them with what they had.
  await page.reload();
  await lab.run('kubectl get networkpolicy -n shop --no-headers | wc -l', /^4$/m);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: /Pause/ }).click();
  await expect(page.getByText('Your cluster is paused')).toBeVisible();
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(lab.screen).toContainText('$', { timeout: READY_WITHIN_MS });
  await lab.run('kubectl get networkpolicy -n shop -o name', 'allow-dns');

  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: /End the lab/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End the lab' }).click();
  await expect(page.getByText('You ended this lab')).toBeVisible({ timeout: 120_000 });
});

/** Line by line, as a person would; a real cluster answers when it does. */
async function type(lab: LabPage, script: string, expected: string): Promise<void> {
  await lab.terminal.click();
  for (const line of script.trimEnd().split('\n')) await lab.type(line);
  await lab.shows(expected);
}

/** A CNI writes its rules a moment after the API has taken the policy. */
async function passes(lab: LabPage, title: string): Promise<void> {
  const task = lab.task(title);
  await expect(async () => {
    await lab.check(task);
    await expect(task.getByText('Passed', { exact: true }).first()).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 120_000 });
}
