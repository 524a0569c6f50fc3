// What a person does in the window, step by step, through accessible names alone: the same in a browser and in Electron.
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Long enough for a slow machine to load the starter and write an answer on its processor. */
const answerMs = 90_000;

export class ChatPage {
  readonly page: Page;
  readonly message: Locator;
  readonly send: Locator;
  readonly stop: Locator;
  readonly conversation: Locator;
  readonly answers: Locator;
  readonly conversations: Locator;

  constructor(page: Page) {
    this.page = page;
    this.message = page.getByRole('textbox', { name: 'Message', exact: true });
    this.send = page.getByRole('button', { name: 'Send', exact: true });
    this.stop = page.getByRole('button', { name: 'Stop', exact: true });
    this.conversation = page.getByRole('log', { name: 'Conversation' });
    this.answers = this.conversation.getByRole('article', { name: 'Answer' });
    this.conversations = page.getByRole('list', { name: 'Conversations' });
  }

  async ready(): Promise<void> {
    await this.message.waitFor();
  }

  /** Types and sends with the Enter key; the answer has begun to be waited for. */
  async say(text: string): Promise<void> {
    await this.message.fill(text);
    await this.message.press('Enter');
    await this.conversation.getByText(text).last().waitFor();
  }

  /** Says something and returns the whole answer. */
  async ask(text: string): Promise<string> {
    await this.say(text);
    await this.finished();
    return this.lastAnswer();
  }

  /** Waits until the last message has an answer that is no longer written. */
  async finished(): Promise<void> {
    await this.button('Regenerate').last().waitFor({ timeout: answerMs });
    await this.send.waitFor({ timeout: answerMs });
  }

  /** Waits until words of an answer are on the screen while it is still being written. */
  async streaming(characters = 1): Promise<string> {
    await expect.poll(() => this.lastAnswer().then((text) => text.length), poll).toBeGreaterThanOrEqual(characters);
    return this.lastAnswer();
  }

  /** The words of the last answer, without the line of figures and buttons under it; empty where there is none yet. */
  async lastAnswer(): Promise<string> {
    if ((await this.answers.count()) === 0) return '';
    return this.answers.last().evaluate((article: HTMLElement) => {
      const copy = article.cloneNode(true) as HTMLElement;
      for (const part of copy.querySelectorAll('footer, [role="status"], .note')) part.remove();
      return (copy.textContent ?? '').trim();
    });
  }

  button(name: string, within: Page | Locator = this.page): Locator {
    return within.getByRole('button', { name, exact: true });
  }

  async newChat(): Promise<void> {
    await this.button('New chat').first().click();
    await this.message.waitFor();
  }

  /** Opens the Sampling panel if it is closed. */
  async openSampling(): Promise<void> {
    const toggle = this.button('Sampling');
    if ((await toggle.getAttribute('aria-pressed')) !== 'true') await toggle.click();
    await this.sampling('Temperature').waitFor();
  }

  /** The field of a sampling value, by its name in the panel. */
  sampling(name: string): Locator {
    return this.page.getByRole('spinbutton', { name, exact: true });
  }

  async setSampling(name: string, value: number): Promise<void> {
    await this.sampling(name).fill(String(value));
    await this.sampling(name).press('Enter');
  }

  async setMode(mode: 'Greedy' | 'Random'): Promise<void> {
    await this.button(mode).click();
    await expect.poll(() => this.button(mode).getAttribute('aria-pressed'), poll).toBe('true');
  }

  /** The entries of the list, top to bottom. */
  async titles(): Promise<string[]> {
    const links = await this.conversations.getByRole('link').allInnerTexts();
    return links.map((title) => title.trim());
  }

  entry(title: string): Locator {
    return this.conversations.getByRole('listitem').filter({ hasText: title });
  }

  async open(title: string): Promise<void> {
    await this.conversations.getByRole('link', { name: title }).click();
    await this.conversation.waitFor();
  }
}

/** For conditions that a page reaches after some time. */
export const poll = { timeout: answerMs, interval: 50 };
