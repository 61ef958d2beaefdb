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
    await expect(this.screen).toContainText(expected);
  }

  /** Pastes text as one piece, such as a heredoc. */
  async paste(text: string): Promise<void> {
    await this.terminal.click();
    await this.page.keyboard.insertText(text);
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
