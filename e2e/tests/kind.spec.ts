import { expect, test } from '@playwright/test';
import { LabPage } from './lab-page.ts';

/** A real cluster takes half a minute on an idle machine, and this one may have others to make. */
const READY_WITHIN_MS = 300_000;

test('a lab is done on a real cluster by typing into its terminal', async ({ page }) => {
  test.setTimeout(3 * READY_WITHIN_MS);
  const lab = new LabPage(page);
  await page.goto('/lab/a-service-in-front');
  await page.getByRole('radio', { name: 'Real cluster' }).check();
  await page.getByRole('button', { name: 'Start the lab' }).click();
  // What kind is doing is told while it does it.
  await expect(page.getByText(/^Step \d+ of \d+/)).toBeVisible({ timeout: READY_WITHIN_MS });
  await expect(lab.screen).toContainText('$', { timeout: READY_WITHIN_MS });
  await lab.run('kubectl get nodes', 'podwire-worker');

  const look = lab.task('See how it fails');
  await look.getByRole('radio', { name: 'It is refused at once' }).check();
  await look.getByRole('radio', { name: /no endpoints/ }).check();
  await lab.check(look);
  await look.getByRole('button', { name: 'Next task' }).click();

  const mend = lab.task('Mend the Service');
  await lab.check(mend);
  await expect(mend.getByText('Because').first()).toBeVisible();
  await lab.run(
    `kubectl patch service my-service -p '{"spec":{"selector":{"app.kubernetes.io/name":"MyApp"}}}'`,
    'service/my-service patched',
  );
  // kube-proxy follows a moment after the API has taken it.
  await expect(async () => {
    await lab.check(mend);
    await expect(page.getByRole('heading', { name: 'Every task of this lab has passed' })).toBeVisible({
      timeout: 2_000,
    });
  }).toPass({ timeout: 120_000 });

  // A reload finds the same cluster; pausing stops its nodes, and going on starts them with what they had.
  await page.reload();
  await lab.run('kubectl get service my-service -o wide', 'name=MyApp');
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: /Pause/ }).click();
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(lab.screen).toContainText('A new shell', { timeout: READY_WITHIN_MS });
  await lab.run('kubectl get service my-service -o yaml', 'name: MyApp');

  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: /End the lab/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End the lab' }).click();
  await expect(page.getByText('You ended this lab')).toBeVisible({ timeout: 120_000 });
});
