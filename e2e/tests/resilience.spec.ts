import { expect, test } from '@playwright/test';
import { LabPage } from './lab-page.ts';

test('a reload brings back the cluster, the scrollback and the result', async ({ page }) => {
  const lab = new LabPage(page);
  await lab.open('a-service-in-front');
  await lab.run('kubectl create namespace kept', 'namespace/kept created');
  const task = lab.task('See how it fails');
  await task.getByRole('radio', { name: 'It is refused at once' }).check();
  await lab.check(task);
  await page.reload();
  await expect(lab.screen).toContainText('namespace/kept created');
  await expect(lab.task('See how it fails').getByText('failed').first()).toBeVisible();
  await lab.run('kubectl get ns kept', /kept\s+Active/);
});

test('a network lost in the middle of a command loses and doubles nothing', async ({ page, context }) => {
  const lab = new LabPage(page);
  await lab.open('a-service-in-front');
  await lab.type('for i in 1 2 3 4 5 6 7 8; do echo tick-$i; sleep 0.3; done');
  await lab.shows(/^tick-2/m);
  await context.setOffline(true);
  await expect(page.getByText('No connection. Your cluster runs on')).toBeVisible();
  await lab.type('echo typed-while-offline');
  await context.setOffline(false);
  await lab.shows(/^typed-while-offline/m);
  // What is typed while a command writes is echoed in between: a tick may stand behind half a word.
  const ticks = (await lab.lines()).flatMap((line) => line.match(/tick-\d/gu) ?? []);
  expect(ticks).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((tick) => `tick-${tick}`));
  expect((await lab.lines()).filter((line) => line === 'typed-while-offline')).toHaveLength(1);
  await expect(page.getByText('No connection. Your cluster runs on')).toBeHidden();
});
