import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { LabPage } from './lab-page.ts';

/** Presses Tab until the wanted element has the focus: a person without a mouse, who may need many. */
async function tabTo(page: Page, name: string | RegExp, role: 'button' | 'radio' | 'link'): Promise<void> {
  const wanted = page.getByRole(role, { name });
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    for (const candidate of await wanted.all()) {
      if (await candidate.evaluate((element) => element === document.activeElement)) return;
    }
  }
  throw new Error(`Tab does not lead to the ${role} ${String(name)}`);
}

function focusIsIn(page: Page, selector: string): Promise<boolean> {
  return page.evaluate((within) => document.activeElement?.closest(within) != null, selector);
}

test('a lab is passed with the keyboard alone', async ({ page }) => {
  const lab = new LabPage(page);
  await page.goto('/lab/a-service-in-front');
  await page.getByRole('button', { name: 'Start the lab' }).waitFor();

  // The first Tab shows a way past the top bar.
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to the task' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await tabTo(page, 'Start the lab', 'button');
  await page.keyboard.press('Enter');
  await lab.shows('$');

  // F6 goes round the areas, and into the terminal.
  for (let presses = 0; presses < 5 && !(await focusIsIn(page, '.xterm')); presses++)
    await page.keyboard.press('F6');
  await page.keyboard.type('kubectl exec client -- curl -sS -m 5 http://my-service/hostname\n');
  await lab.shows("Couldn't connect to server");
  await expect(page.getByText('Esc then Tab leaves').first()).toBeVisible();

  // Tab is the shell's: it completes, and the focus stays. Escape, then Tab, leaves.
  await page.keyboard.type('kubec');
  await page.keyboard.press('Tab');
  await page.keyboard.type('version');
  await lab.shows(/kubectl version/);
  expect(await focusIsIn(page, '.xterm')).toBe(true);
  await page.keyboard.press('Control+C');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  expect(await focusIsIn(page, '.xterm')).toBe(false);

  for (let presses = 0; presses < 5 && !(await focusIsIn(page, '[data-area="tasks"]')); presses++)
    await page.keyboard.press('F6');
  await tabTo(page, 'It is refused at once', 'radio');
  await page.keyboard.press('Space');
  await tabTo(page, "The pods don't listen on 9376", 'radio');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('radio', { name: /no endpoints/ })).toBeChecked();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('button', { name: 'Next task' })).toBeVisible();
});

test('the editor completes, marks mistakes on their line, applies, and lets go of the keyboard', async ({
  page,
}) => {
  const lab = new LabPage(page);
  await lab.open('pods-on-a-flat-network');
  await lab
    .task('Reach the server from the other node')
    .getByRole('button', { name: 'Open ~/client.yaml in the editor' })
    .click();
  const editor = page.getByRole('textbox', { name: /^Editor: ~\/client\.yaml/ });
  await editor.getByText('Say here').click();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.keyboard.type('nodeNaem: somewhere');
  await expect(editor.locator('.cm-line', { hasText: 'nodeNaem' }).locator('.cm-lintRange')).toBeVisible();

  for (let presses = 0; presses < 'aem: somewhere'.length; presses++) await page.keyboard.press('Backspace');
  await page.keyboard.type('a');
  await page.getByRole('option', { name: /nodeName/ }).click();
  await page.keyboard.type('podwire-control-plane');
  await expect(editor.locator('.cm-lintRange')).toHaveCount(0);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await expect(editor).not.toBeFocused();
  await page.getByRole('button', { name: 'Apply', exact: true }).click();
  await lab.shows('pod/client created');
});

test('panes are resized with the keyboard, and stay so over a reload', async ({ page }) => {
  const lab = new LabPage(page);
  await lab.open('a-service-in-front');
  const handle = page.getByRole('separator', { name: 'Resize the task column' });
  const column = page.getByRole('region', { name: 'Task', exact: true });
  const before = (await column.boundingBox())?.width ?? 0;
  await handle.focus();
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press('ArrowRight');
  const after = (await column.boundingBox())?.width ?? 0;
  expect(after).toBeGreaterThan(before + 10);
  await page.reload();
  await lab.shows('$');
  expect((await column.boundingBox())?.width).toBeCloseTo(after, -1);
});
