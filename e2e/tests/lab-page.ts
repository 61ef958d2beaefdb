import { expect } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';

/** The lab workspace, as a person meets it. */
export class LabPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens the lab and waits for a prompt. */
  async open(labId: string): Promise<void> {
    await this.page.goto(`/lab/${labId}`);
    await this.page.getByRole('button', { name: 'Start the lab' }).click();
    await expect(this.screen).toContainText('$', { timeout: 30_000 });
  }

  get terminal(): Locator {
    return this.page.getByRole('group', { name: /^Terminal:/ }).first();
  }

  /** The text of the terminal. */
  get screen(): Locator {
    return this.terminal.locator('.xterm-rows');
  }

  /** Types a command and Enter. */
  async type(command: string): Promise<void> {
    await this.terminal.click();
    await this.page.keyboard.type(command);
    await this.page.keyboard.press('Enter');
  }

  /** Types a command and waits until its output holds the text. */
  async run(command: string, expected: string | RegExp): Promise<void> {
    await this.type(command);
    await this.shows(expected);
  }

  /** Waits until the screen holds the text. Rows are lines: `^` and `$` of a multiline pattern are their ends. */
  async shows(expected: string | RegExp): Promise<void> {
    await expect(this.screen).toContainText(expected, { useInnerText: true });
  }

  /** The lines on the screen, without the spaces that fill them. */
  async lines(): Promise<readonly string[]> {
    const rows = await this.screen.locator('> div').allInnerTexts();
    return rows.map((row) => row.replaceAll('\u00a0', ' ').trimEnd()).filter((row) => row !== '');
  }

  /** Pastes text through the clipboard, as a heredoc out of a lesson would be. */
  async paste(text: string): Promise<void> {
    await this.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await this.page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
    await this.terminal.click();
    await this.page.keyboard.press('Control+V');
    await this.shows(text.split('\n').at(-1) ?? '');
    await this.page.keyboard.press('Enter');
  }

  task(title: string): Locator {
    return this.page.getByRole('region', { name: title });
  }

  async check(task: Locator): Promise<void> {
    const button = task.getByRole('button', { name: /^Check( again)?$/ });
    await button.click();
    await expect(task.getByRole('button', { name: /^Check( again)?$/ })).toBeEnabled();
  }
}
