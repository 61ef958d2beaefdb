import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { LabPage } from './lab-page.ts';

const LABS = ['pods-on-a-flat-network', 'a-service-in-front', 'guard-the-database'] as const;
const PAGES = [
  '/',
  '/course',
  '/learn/pods/flat-network',
  '/learn/services/service-selectors',
  '/learn/policies/network-policy',
  '/account',
  '/admin/claim',
  '/nowhere',
  ...LABS.map((lab) => `/lab/${lab}`),
];

/**
 * What axe finds on the page as it is now, in light and in dark. Of its rules only those on contrast look at colours,
 * so dark needs no others. A terminal's text is drawn in cells by the thousand, and xterm.js holds its contrast.
 */
async function violations(page: Page, within = 'html'): Promise<readonly string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const axe = new AxeBuilder({ page }).include(within).exclude('.xterm');
    if (colorScheme === 'dark') axe.withRules(['color-contrast', 'link-in-text-block']);
    const { violations: broken } = await axe.analyze();
    for (const { id, nodes } of broken)
      for (const node of nodes) found.push(`${colorScheme} ${id}: ${node.html}`);
  }
  return found;
}

for (const path of PAGES) {
  test(`axe finds nothing on ${path}`, async ({ page }) => {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    expect(await violations(page)).toEqual([]);
  });
}

test('axe finds nothing in the lab workspace: terminal, topology, a failed check, its packet', async ({
  page,
}) => {
  const lab = new LabPage(page);
  await lab.open('a-service-in-front');
  const first = lab.task('See how it fails');
  await first.getByRole('radio', { name: 'It is refused at once' }).check();
  await first.getByRole('radio', { name: /no endpoints/ }).check();
  await lab.check(first);
  await first.getByRole('button', { name: 'Next task' }).click();
  const second = lab.task('Mend the Service');
  await lab.check(second);
  await expect(page.getByRole('button', { name: /^Pod client/ })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await second.getByRole('button', { name: 'Show me the packet' }).first().click();
  await expect(page.getByRole('region', { name: 'The way of a packet' })).toContainText('cni0');
  expect(await violations(page, '[data-area="panes"]')).toEqual([]);
});

test('axe finds nothing in a lesson’s packet that was sent again, nor in what is wrong with its port', async ({
  page,
}) => {
  await page.goto('/learn/policies/network-policy');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.getByRole('button', { name: 'Send it again' }).click();
  const figure = page.locator('figure', { has: page.getByRole('form', { name: 'Send this packet' }) });
  await expect(figure.getByRole('status')).toContainText('Sent in a cluster');
  await figure.getByRole('switch').click();
  expect(await violations(page, 'figure')).toEqual([]);
  await figure.getByLabel('Port').fill('70000');
  await page.keyboard.press('Enter');
  await expect(figure.getByRole('alert')).toBeVisible();
  expect(await violations(page, 'figure')).toEqual([]);
});

test('axe finds nothing in the editor with a mistake in it, nor in a dialog over it', async ({ page }) => {
  const lab = new LabPage(page);
  await lab.open('pods-on-a-flat-network');
  await page.getByRole('tab', { name: 'Editor' }).click();
  await page.getByRole('button', { name: 'New file' }).click();
  await page.getByRole('textbox', { name: 'Name or path' }).fill('pod.yaml');
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: /^Editor:/ }).fill('apiVersion: v1\nkind: Pod\nmetadata: []\n');
  await expect(page.locator('.cm-lint-marker-error').first()).toBeVisible();
  expect(await violations(page, '[data-area="panes"]')).toEqual([]);
  await page.keyboard.press('F1');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  expect(await violations(page, '[role="dialog"]')).toEqual([]);
});

test('axe finds nothing in the lab workspace on a small screen', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/lab/a-service-in-front');
  const panes = page.getByRole('navigation', { name: 'Panes' });
  await panes.getByRole('button', { name: 'Terminal' }).click();
  await page.getByRole('button', { name: 'Start the lab' }).click();
  await expect(new LabPage(page).screen).toContainText('$');
  expect(await violations(page)).toEqual([]);
  await panes.getByRole('button', { name: 'Topology' }).click();
  await expect(page.getByRole('button', { name: /^Pod client/ })).toBeVisible();
  expect(await violations(page)).toEqual([]);
});

test('with reduced motion, dark is dark at once: nothing is left between two colours', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.goto('/course');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
});

test('no page is wider than a small screen', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  for (const path of PAGES) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    const overflow = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    expect(overflow, path).toBe(0);
  }
});

test('a lesson is readable without JavaScript', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/learn/pods/flat-network');
  await expect(page.getByRole('heading', { name: 'Pods on a flat network', level: 1 })).toBeVisible();
  await expect(page.getByText('Every pod has an IP address of its own')).toBeVisible();
  await context.close();
});

test('pages break no content policy', async ({ page }) => {
  const broken: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) broken.push(message.text());
  });
  for (const path of PAGES) await page.goto(path);
  const lab = new LabPage(page);
  await lab.open('pods-on-a-flat-network');
  expect(broken).toEqual([]);
});
