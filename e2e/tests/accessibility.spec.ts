import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { LabPage } from './lab-page.ts';

const PAGES = [
  '/',
  '/course',
  '/learn/pods/flat-network',
  '/learn/services/service-selectors',
  '/learn/policies/network-policy',
  '/account',
  '/nowhere',
];

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    for (const path of PAGES) {
      test(`axe finds nothing on ${path}`, async ({ page }) => {
        await page.goto(path);
        await expect(page.locator('main')).toBeVisible();
        expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
      });
    }
    test('axe finds nothing in the lab workspace', async ({ page }) => {
      const lab = new LabPage(page);
      await lab.open('pods-on-a-flat-network');
      expect((await new AxeBuilder({ page }).exclude('.xterm').analyze()).violations).toEqual([]);
    });
  });
}

test('a lesson is readable without JavaScript', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/learn/pods/flat-network');
  await expect(page.getByRole('heading', { name: 'Pods on a flat network', level: 1 })).toBeVisible();
  await expect(page.getByText('Every pod has an IP address of its own')).toBeVisible();
  await context.close();
});

test('the keyboard gets into the terminal and out again', async ({ page }) => {
  const lab = new LabPage(page);
  await lab.open('pods-on-a-flat-network');
  await lab.terminal.click();
  await page.keyboard.type('echo in');
  await page.keyboard.press('Enter');
  await expect(lab.screen).toContainText('in');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await expect(lab.terminal.locator('textarea')).not.toBeFocused();
});

test('pages break no content policy', async ({ page }) => {
  const violations: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) violations.push(message.text());
  });
  for (const path of PAGES) await page.goto(path);
  const lab = new LabPage(page);
  await lab.open('pods-on-a-flat-network');
  expect(violations).toEqual([]);
});
