// What the window shows of the inside of a model, around a fake engine: every sampling control, the probability of every
// token and the way into another branch, experts at work. Accessible in light, dark and small, with pictures.
import { mkdirSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumMissing, launchChromium } from '../../support/chromium.ts';
import { FakeBridge, thinkingModel } from '../../support/fakeBridge.ts';
import { buildPreview, servePreview, type Preview } from '../../support/rendererPreview.ts';

const pictures = 'screenshots/inside';
const question = 'Why is the sea salty but rivers are not?';
let browser: Browser;

beforeAll(async () => {
  if (chromiumMissing) return;
  mkdirSync(pictures, { recursive: true });
  await buildPreview();
  browser = await launchChromium({ webgpu: 'off' });
});

afterAll(() => browser?.close());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const field = (page: Page, name: string) => page.getByRole('spinbutton', { name, exact: true });
const answered = (page: Page, count = 1) =>
  button(page, 'Regenerate')
    .nth(count - 1)
    .waitFor();

async function withWindow(
  use: (page: Page, preview: Preview) => Promise<void>,
  bridge = new FakeBridge(),
): Promise<void> {
  const preview = await servePreview(bridge);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on('console', (line) => ['error', 'warning'].includes(line.type()) && complaints.push(line.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(preview.address);
  try {
    await use(page, preview);
    expect(complaints).toEqual([]);
  } finally {
    await context.close();
    preview.close();
  }
}

async function say(page: Page, words: string, answers = 1): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(words);
  await page.getByRole('textbox', { name: 'Message' }).press('Enter');
  await answered(page, answers);
}

/** Pictures in light, dark and a small window; nothing that axe finds in any. */
async function look(page: Page, name: string, whenSmall?: () => Promise<void>): Promise<void> {
  const violations = async () =>
    (await new AxeBuilder({ page }).analyze()).violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`,
    );
  expect(await violations()).toEqual([]);
  await page.screenshot({ path: `${pictures}/${name}-light.png` });
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await violations()).toEqual([]);
  await page.screenshot({ path: `${pictures}/${name}-dark.png` });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 720, height: 560 });
  await whenSmall?.();
  expect(await violations()).toEqual([]);
  await page.screenshot({ path: `${pictures}/${name}-small.png` });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}

describe.skipIf(chromiumMissing)('inside a model', () => {
  it('turns every control, marks what was changed, keeps it with the chat, and resets it', async () => {
    await withWindow(async (page, { bridge }) => {
      await say(page, question);
      await button(page, 'Sampling').click();
      await page.getByText('More', { exact: true }).click();
      expect(await field(page, 'Typical P').inputValue()).toBe('off');
      for (const [name, value] of [
        ['Typical P', '0.9'],
        ['XTC probability', '0.5'],
        ['DRY multiplier', '0.8'],
      ] as const) {
        await field(page, name).fill(value);
        await field(page, name).press('Enter');
      }
      await page.getByRole('textbox', { name: 'Stop strings' }).fill('###\n\\n');
      await page.getByRole('textbox', { name: 'Logit bias' }).fill('sea');
      await page.getByRole('textbox', { name: 'Logit bias' }).blur();
      await page.getByText('“sea” is not a number').waitFor();
      await page.getByRole('textbox', { name: 'Logit bias' }).fill('-4 sea');
      await page.getByRole('textbox', { name: 'Logit bias' }).blur();
      await button(page, 'Move Top P earlier').click();
      const stored = () => [...bridge.conversations.values()][0].sampling;
      await expect.poll(stored).toMatchObject({
        typicalP: 0.9,
        xtcProbability: 0.5,
        dryMultiplier: 0.8,
        stopStrings: ['###', '\n'],
        logitBias: [{ bias: -4, text: 'sea' }],
        order: ['penalties', 'dry', 'temperature', 'topK', 'topP', 'typicalP', 'minP', 'xtc'],
      });
      await look(page, 'sampling', () => button(page, 'Sampling').click());
      await page.setViewportSize({ width: 1440, height: 900 });
      await button(page, 'Random').click();
      await expect.poll(() => field(page, 'Top P').inputValue()).toBe('off');
      await button(page, 'Truncated').click();
      await expect.poll(() => field(page, 'Top P').inputValue()).toBe('0.9');
      await button(page, 'Reset to model').click();
      await expect.poll(stored).toEqual({});
    });
  });

  it('colours tokens by probability, lists alternatives, and branches from one', async () => {
    await withWindow(async (page, { bridge }) => {
      await say(page, question);
      await button(page, 'Probabilities').click();
      const token = page.getByRole('article').getByRole('button', { name: 'of', exact: true }).first();
      await token.waitFor();
      expect(await token.getAttribute('title')).toMatch(/^probability [\d.]+ % · log-prob −\d\.\d\d · rank 2$/);
      await token.press('Enter');
      const alternatives = page.getByRole('list', { name: 'Alternatives' });
      await alternatives.waitFor();
      expect(await alternatives.getByRole('listitem').count()).toBe(8);
      await alternatives.getByRole('button', { name: '“ salt”' }).click();
      await look(page, 'probabilities');
      await page.setViewportSize({ width: 1440, height: 900 });
      await button(page, 'Branch from here').click();
      await page.getByText('2 of 2').waitFor();
      await answered(page);
      await page.getByText('Rivers carry tiny amounts salt and goes on from there.').waitFor();
      expect([...bridge.messages.values()].filter(({ role }) => role === 'assistant')).toHaveLength(2);
      // From the store, too.
      await page.reload();
      await page.getByRole('list', { name: 'Conversations' }).getByRole('link').first().click();
      await button(page, 'Probabilities').click();
      await page.getByRole('article').getByRole('button', { name: 'salt', exact: true }).click();
      await page.getByText('not drawn: it was put here').waitFor();
    });
  });

  it('pictures the next token before and after each step, live while a knob moves', async () => {
    await withWindow(async (page) => {
      await button(page, 'Sampling').click();
      const figure = page.getByRole('figure', { name: 'Next token' });
      await figure.getByText('Write a message').waitFor();
      await say(page, question);
      await figure.getByText('after “').waitFor();
      const row = figure.getByRole('listitem').first();
      expect(await row.innerText()).toContain('50.0 %, then');
      const before = await row.innerText();
      await field(page, 'Temperature').fill('1.5');
      await field(page, 'Temperature').press('Enter');
      await expect.poll(() => row.innerText()).not.toBe(before);
      await figure.getByRole('button', { name: 'Top K' }).click();
      await figure.getByText('before Top K').waitFor();
      await look(page, 'next-token', () => button(page, 'Sampling').click());
      await page.setViewportSize({ width: 1440, height: 900 });
      // A token of the answer can be looked at in its place.
      await button(page, 'Probabilities').click();
      await page.getByRole('article').getByRole('button', { name: 'minerals', exact: true }).first().click();
      await figure.getByText('dissolved”').waitFor();
      await page.keyboard.press('Escape');
      await figure.getByRole('button', { name: 'Back to the next answer' }).click();
      await figure.getByText('rivers are not?”').waitFor();
      await page.getByRole('textbox', { name: 'Message' }).fill('And the lakes?');
      await figure.getByText('after “And the lakes?”').waitFor();
    });
  });

  it('lets a model think or not, with its card’s values for each, and a budget', async () => {
    const bridge = new FakeBridge();
    bridge.models = [thinkingModel];
    await withWindow(async (page) => {
      await button(page, 'Sampling').click();
      const thinking = button(page, 'Thinking');
      expect(await thinking.getAttribute('aria-pressed')).toBe('true');
      expect(await field(page, 'Top P').inputValue()).toBe('0.95');
      await field(page, 'Thinking budget').fill('256');
      await field(page, 'Thinking budget').press('Enter');
      await page.getByRole('textbox', { name: 'Message' }).fill('A question of some length');
      await page.getByText(/^\d+ tokens$/).waitFor();
      await say(page, question);
      const [conversation] = bridge.conversations.values();
      expect(conversation.thinking).toEqual({ budget: 256 });
      await page.getByText(/Thought for/).click();
      await look(page, 'thinking', () => button(page, 'Sampling').click());
      await page.setViewportSize({ width: 1440, height: 900 });
      await thinking.click();
      expect(await thinking.getAttribute('aria-pressed')).toBe('false');
      expect(await field(page, 'Top P').inputValue()).toBe('0.8');
      await field(page, 'Thinking budget').waitFor({ state: 'detached' });
      await expect.poll(() => [...bridge.conversations.values()][0].thinking).toEqual({ budget: 256, on: false });
      await say(page, 'And now?', 2);
      expect(await page.getByText(/Thought/).count()).toBe(1);
      // How long it thought is kept with the answer.
      const thought = await page.getByText(/Thought for/).innerText();
      await page.reload();
      await page.getByRole('list', { name: 'Conversations' }).getByRole('link').first().click();
      await page.getByText(thought, { exact: true }).waitFor();
    }, bridge);
  });

  it('says how full the context is, and lets one choose what happens when it is full', async () => {
    await withWindow(async (page, { bridge }) => {
      await say(page, question);
      const meter = page.getByRole('meter', { name: 'Context' });
      expect(await meter.getAttribute('aria-valuetext')).toBe('64 of 2,048 tokens');
      await button(page, '64 / 2,048').click();
      await page.getByRole('radio', { name: 'Drop the oldest turns' }).check();
      await expect.poll(() => bridge.settings.contextPolicy).toBe('dropOldest');
      await look(page, 'context');
    });
  });

  it('shows the experts of an answer that was written while they were recorded', async () => {
    await withWindow(async (page) => {
      await say(page, question);
      await button(page, 'Experts').click();
      await page.getByText('Experts were not recorded for this answer').waitFor();
      await say(page, 'And the Baltic Sea?', 2);
      await button(page, 'Experts').last().click();
      await page.getByRole('list', { name: 'Load per expert' }).waitFor();
      await page.getByRole('slider', { name: 'Token' }).press('ArrowRight');
      const layers = page.getByRole('list', { name: 'Experts of “ carry”' });
      expect(await layers.getByRole('listitem').count()).toBe(8);
      await page.getByRole('log').evaluate((area) => (area.scrollTop = area.scrollHeight));
      await look(page, 'experts');
    });
  });
});
