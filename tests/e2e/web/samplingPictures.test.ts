// The picture of the next token on the starter, under each control: the steps keep what they should. With PICTURES=docs the
// pictures of docs/sampling.md are taken anew.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { poll, type ChatPage } from '../../support/chatPage.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { startWebChat, type WebChat } from '../../support/webChat.ts';

const project = path.resolve(import.meta.dirname, '../../..');
const pictures = path.join(project, process.env['PICTURES'] === 'docs' ? 'docs/pictures' : 'screenshots/sampling');

describe.skipIf(chromiumMissing)('the picture of the next token', () => {
  let web: WebChat;
  let chat: ChatPage;
  let figure: Locator;

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    web = await startWebChat();
    chat = await web.open({ viewport: { width: 1440, height: 1000 }, deviceScaleFactor: 2, reducedMotion: 'reduce' });
    figure = chat.page.getByRole('figure', { name: 'Next token' });
    await chat.openSampling();
    await chat.page.getByText('More', { exact: true }).click();
  });

  afterAll(async () => {
    await web.close();
    expect(web.problems).toEqual([]);
  });

  /** The number of tokens that can still be drawn. */
  const left = async () => Number(/([\d,]+) of/.exec(await figure.innerText())?.[1].replaceAll(',', ''));
  const steps = () => figure.getByRole('group').getByRole('button').allInnerTexts();
  const share = async (place: number) =>
    Number(/([\d.<]+) %\s*$/.exec(await figure.getByRole('listitem').nth(place).innerText())?.[1].replace('<', ''));

  async function write(name: string, lines: string): Promise<void> {
    await chat.page.getByRole('textbox', { name }).fill(lines);
    await chat.page.getByRole('textbox', { name }).blur();
  }

  /** Everything neutral, then these values. */
  async function only(values: Record<string, number | string>, active: string[]): Promise<void> {
    await chat.button('Reset to model').click();
    await chat.setMode('Random');
    const all = { Temperature: 1, ...values };
    for (const [name, value] of Object.entries(all)) {
      if (typeof value === 'string') await write(name, value);
      else await chat.setSampling(name, value);
    }
    await expect.poll(steps, poll).toEqual(active);
    await settled();
  }

  async function take(name: string): Promise<void> {
    await chat.page
      .getByRole('heading', { name: 'Sampling' })
      .evaluate((heading) => (heading.closest('aside')!.scrollTop = 0));
    await settled();
    await figure.screenshot({ path: path.join(pictures, `${name}.png`) });
  }

  /** The picture is of the newest values. */
  const settled = () => chat.page.locator('figure[aria-busy=false]').first().waitFor();

  const tokens = () => chat.answers.last().locator('[role=button][title^="probability"]');
  const texts = () => tokens().evaluateAll((all: HTMLElement[]) => all.map(({ textContent }) => textContent));

  /** Looks at a token of the last answer, whose probabilities are shown. */
  async function lookAt(place: number): Promise<void> {
    await tokens().nth(place).click();
    await chat.page.keyboard.press('Escape');
    await figure.getByRole('button', { name: 'Back to the next answer' }).waitFor();
  }

  test('shows what each truncating step leaves where the model is unsure', async () => {
    await chat.setMode('Greedy');
    await chat.ask('Tell me a story about a clever fox.');
    await chat.button('Probabilities').click();
    await tokens().first().waitFor();
    const titles = await tokens().evaluateAll((all: HTMLElement[]) => all.map(({ title }) => title));
    const unsure = titles.findIndex((title, at) => at > 2 && Number(/([\d.]+) %/.exec(title)?.[1]) < 35);
    await lookAt(unsure);

    await only({}, []);
    expect(await left()).toBe(16_384);
    await take('neutral');
    const usual = await share(0);
    await only({ Temperature: 0.5 }, ['Temperature']);
    expect(await share(0)).toBeGreaterThan(usual);
    await take('temperature-low');
    await only({ Temperature: 1.6 }, ['Temperature']);
    expect(await share(0)).toBeLessThan(usual);
    await take('temperature-high');
    await only({ 'Dynamic temperature range': 0.8 }, ['Temperature']);
    await take('dynamic-temperature');
    await only({ 'Dynamic temperature range': 0.8, 'Dynamic temperature exponent': 3 }, ['Temperature']);
    await take('dynamic-temperature-exponent');
    await only({ 'Top K': 5 }, ['Top K']);
    expect(await left()).toBe(5);
    await take('top-k');
    await only({ 'Top P': 0.6 }, ['Top P']);
    expect(await left()).toBeLessThan(16);
    await take('top-p');
    await only({ 'Min P': 0.2 }, ['Min P']);
    expect(await left()).toBeLessThan(16);
    await take('min-p');
    await only({ 'Typical P': 0.5 }, ['Typical P']);
    await take('typical-p');
    await only({ 'XTC probability': 1, 'XTC threshold': 0.08 }, ['XTC']);
    expect(await share(0)).toBe(0);
    await take('xtc');
    await only({ 'Top K': 1, 'Min keep': 4 }, ['Top K']);
    expect(await left()).toBe(4);
    await take('min-keep');
    await only({ 'Logit bias': '1.5  quiet\n-100  house' }, ['Logit bias']);
    await take('logit-bias');
    await only({ Temperature: 2, 'Min P': 0.75 }, ['Temperature', 'Min P']);
    const first = await left();
    await take('temperature-first');
    const earlier = chat.button('Move Min P earlier');
    for (let moves = 0; moves < 4; moves++) await earlier.click();
    await expect.poll(steps, poll).toEqual(['Min P', 'Temperature']);
    await expect.poll(left, poll).toBeLessThan(first);
    await take('temperature-last');
    await chat.button('Reset to model').click();
    await chat.setMode('Greedy');
    await expect.poll(left, poll).toBe(1);
    await take('greedy');
  });

  test('shows how penalties and DRY hold back what an answer repeats', async () => {
    const words = await texts();
    const { length } = words.slice(0, words.indexOf(' day'));
    await lookAt(length + 1);
    await only({}, []);
    const usual = await share(0);
    for (const [name, control, value] of [
      ['repetition-penalty', 'Repetition penalty', 1.3],
      ['presence-penalty', 'Presence penalty', 1.5],
      ['frequency-penalty', 'Frequency penalty', 1],
    ] as const) {
      await only({ [control]: value }, ['Penalties']);
      await expect.poll(() => share(0), poll).toBeLessThan(usual);
      await take(name);
    }
    // Too short to reach back to where the token was said.
    for (const [name, control, value, window] of [
      ['repetition-window', 'Repetition penalty', 1.3, 'Repetition window'],
      ['presence-window', 'Presence penalty', 1.5, 'Presence and frequency window'],
    ] as const) {
      await only({ [control]: value, [window]: 4 }, ['Penalties']);
      await expect.poll(() => share(0), poll).toBe(usual);
      await take(name);
    }
    // "the clever" has been followed by "fox" before.
    await lookAt(words.lastIndexOf(' fox'));
    await only({ 'DRY multiplier': 8 }, ['DRY']);
    await expect.poll(() => share(0), poll).toBeLessThan(90);
    await take('dry');
    const heldBack = await share(0);
    // The repeat is one token longer than is allowed here.
    await only({ 'DRY multiplier': 8, 'DRY allowed length': 1, 'DRY base': 1.2 }, ['DRY']);
    await expect.poll(() => share(0), poll).toBeLessThan(heldBack);
    await take('dry-base');
    for (const [name, values] of [
      ['dry-allowed-length', { 'DRY allowed length': 6 }],
      ['dry-window', { 'DRY window': 4 }],
      ['dry-breakers', { 'DRY breakers': 'clever' }],
    ] as const) {
      await only({ 'DRY multiplier': 8, ...values }, ['DRY']);
      await expect.poll(() => share(0), poll).toBeGreaterThan(90);
      await take(name);
    }
  });
});
