import { expect, test } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';

const LESSON = '/learn/policies/network-policy';
const BACK = 'Back to the lesson’s own';

/** How the packet ended, as the figure has it; the status says it to screen readers as well. */
function verdict(figure: Locator, word: string): Locator {
  return figure.getByText(new RegExp(`^${word} ?after `));
}

/** The lesson's packet: a stranger asks the database, which a policy guards. */
async function openLesson(page: Page): Promise<Locator> {
  await page.goto(LESSON);
  const figure = page.locator('figure', { hasText: 'The stranger tries, with this policy in place' });
  await expect(verdict(figure, 'Timed out')).toBeVisible();
  return figure;
}

async function sendAgain(figure: Locator): Promise<void> {
  await figure.getByRole('button', { name: 'Send it again' }).click();
  await expect(figure.getByRole('status')).toContainText(
    'Sent in a cluster of 2 nodes in this page, booted in',
  );
}

async function send(figure: Locator): Promise<void> {
  await figure.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(figure.getByRole('status')).toContainText('Sent in a cluster of 2 nodes');
}

test('a lesson’s packet is sent again, without its policy, to a closed port, and put back', async ({
  page,
}) => {
  const figure = await openLesson(page);
  await sendAgain(figure);
  await expect(verdict(figure, 'Timed out')).toBeVisible();
  await expect(figure.getByText('NetworkPolicy default/test-network-policy').first()).toBeVisible();

  const policy = figure.getByRole('switch', { name: 'NetworkPolicy default/test-network-policy' });
  await expect(policy).toBeChecked();
  await policy.click();
  await expect(figure.getByRole('status')).toHaveText('Changed since. Below is still the packet before.');
  await send(figure);
  await expect(figure.getByRole('status')).toContainText('in this page, without NetworkPolicy default/test');
  await expect(verdict(figure, 'Open')).toBeVisible();
  await expect(figure.getByText('Pod default/db answered on port 6379.')).toHaveCount(2);

  await figure.getByLabel('Port').fill('81');
  await send(figure);
  await expect(verdict(figure, 'Refused')).toBeVisible();
  await expect(figure.getByText('nobody listens')).toBeVisible();

  await figure.getByRole('button', { name: BACK }).click();
  await expect(verdict(figure, 'Timed out')).toBeVisible();
  await expect(figure.getByRole('button', { name: 'Send it again' })).toBeFocused();
});

test('another source and destination are chosen from those of the cluster', async ({ page }) => {
  const figure = await openLesson(page);
  await sendAgain(figure);
  await figure.getByLabel('From').selectOption({ label: 'frontend' });
  await send(figure);
  await expect(verdict(figure, 'Open')).toBeVisible();
  await figure.getByLabel('To', { exact: true }).selectOption({ label: 'myproject/worker' });
  // With the pod goes the port that it names.
  await expect(figure.getByLabel('Port')).toHaveValue('8080');
  await figure.getByLabel('By').selectOption('ping');
  await expect(figure.getByLabel('Port')).toBeDisabled();
  await send(figure);
  await expect(verdict(figure, 'Open')).toBeVisible();
});

test('a port that is none is told, with the remedy, and nothing is sent', async ({ page }) => {
  const figure = await openLesson(page);
  await sendAgain(figure);
  const port = figure.getByLabel('Port');
  for (const text of ['0', '70000', 'http']) {
    await port.fill(text);
    await figure.getByRole('button', { name: 'Send', exact: true }).click();
    await expect(figure.getByRole('alert')).toHaveText(
      `“${text}” is no port. Give a whole number from 1 to 65535.`,
    );
    await expect(port).toBeFocused();
    await expect(port).toHaveAttribute('aria-invalid', 'true');
  }
  await port.fill('6379');
  await expect(figure.getByRole('alert')).toHaveCount(0);
  await port.press('Enter');
  await expect(figure.getByRole('status')).toContainText('Sent in a cluster');
});

test('the keyboard alone is enough', async ({ page }) => {
  const figure = await openLesson(page);
  await figure.getByRole('button', { name: 'Send it again' }).focus();
  await page.keyboard.press('Enter');
  await expect(figure.getByRole('status')).toContainText('Sent in a cluster');
  await expect(figure.getByRole('button', { name: 'Send', exact: true })).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await expect(figure.getByRole('switch')).toBeFocused();
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+Tab');
  await expect(figure.getByLabel('Port')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(verdict(figure, 'Open')).toBeVisible();
});

test('nothing of it is loaded before it is asked for, and no policy of the page is broken', async ({
  page,
}) => {
  const asked: string[] = [];
  const broken: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) broken.push(message.text());
  });
  const figure = await openLesson(page);
  await page.waitForLoadState('networkidle');
  expect(page.workers()).toEqual([]);
  expect(asked.filter((path) => path.startsWith('/figures/'))).toEqual([]);
  const scripts = asked.filter((path) => path.endsWith('.js')).length;
  await sendAgain(figure);
  expect(page.workers()).toHaveLength(1);
  expect(asked.filter((path) => path.startsWith('/figures/'))).toEqual(['/figures/guard-the-database']);
  expect(asked.filter((path) => path.endsWith('.js')).length).toBeGreaterThan(scripts);
  expect(broken).toEqual([]);
});

test('where no worker can start, that is said, and the drawing stays', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(globalThis, 'Worker', { value: undefined });
  });
  const figure = await openLesson(page);
  await figure.getByRole('button', { name: 'Send it again' }).click();
  await expect(figure.getByRole('alert')).toContainText('No cluster can start in this browser');
  await expect(verdict(figure, 'Timed out')).toBeVisible();
});

test('where the script does not come, that is said, and the next press tries again', async ({ page }) => {
  const figure = await openLesson(page);
  await page.waitForLoadState('networkidle');
  await page.route('**/_next/static/**', (route) => route.abort());
  await figure.getByRole('button', { name: 'Send it again' }).click();
  await expect(figure.getByRole('status')).toContainText('What sends it did not load.');
  await expect(verdict(figure, 'Timed out')).toBeVisible();
  await page.unroute('**/_next/static/**');
  await sendAgain(figure);
});

test('where the worker’s script does not come, that is said, and the next press tries again', async ({
  page,
}) => {
  const figure = await openLesson(page);
  await page.context().route(/worker/i, (route) => route.abort());
  await figure.getByRole('button', { name: 'Send it again' }).click();
  await expect(figure.getByRole('alert')).toContainText('No cluster can start in this browser');
  await expect(verdict(figure, 'Timed out')).toBeVisible();
  await page.context().unrouteAll();
  await send(figure);
});

test('what a lab’s cluster is made of may fail to come, and is asked for again', async ({ page }) => {
  let isDown = true;
  await page.route('**/figures/*', (route) => (isDown ? route.abort() : route.continue()));
  const figure = await openLesson(page);
  await figure.getByRole('button', { name: 'Send it again' }).click();
  await expect(figure.getByRole('alert')).toContainText('Check your connection');
  await expect(verdict(figure, 'Timed out')).toBeVisible();
  isDown = false;
  await send(figure);
});

test('a cluster whose setup starts programs of the shell gets them', async ({ page }) => {
  await page.goto('/learn/pods/between-nodes');
  const figure = page.locator('figure', { hasText: 'One packet, wrapped on the first node' });
  await figure.getByRole('button', { name: 'Send it again' }).click();
  await expect(figure.getByRole('status')).toContainText('Sent in a cluster of 3 nodes');
  await expect(verdict(figure, 'Open')).toBeVisible();
  // A pod of the setup has removed a route, with `ip`.
  await figure.getByLabel('To', { exact: true }).selectOption({ label: 'dave' });
  await figure.getByLabel('Port').fill('8080');
  await figure.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(verdict(figure, 'Timed out')).toBeVisible();
});

test('with reduced motion the whole way is there at once', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const figure = await openLesson(page);
  await sendAgain(figure);
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
});
