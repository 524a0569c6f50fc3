// Conversations as files in headless Chromium, over the real store and a fake engine: out of the app and back, from other
// apps, and what is refused with a sentence.
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { chromiumMissing } from '../../support/chromium.ts';
import { storeOf, weeksOfChats } from '../../support/weeksOfChats.ts';
import {
  button,
  choose,
  conversations,
  download,
  dragOver,
  importing,
  log,
  open,
  titles,
  windowTests,
} from '../../support/windowPage.ts';

const { withWindow } = windowTests('conversations');
const fixture = (name: string) => readFileSync(path.join(import.meta.dirname, '../../fixtures/imports', name), 'utf8');

describe.skipIf(chromiumMissing)('conversations as files', () => {
  it('leave the app as files and come back; other files are refused with a sentence', async () => {
    await withWindow(await storeOf(), async ({ page, bridge }) => {
      await open(page, 'Why the sea is salty');
      await button(page, 'Export').click();
      const markdown = await download(page, () => choose(page, 'Save as Markdown'));
      expect(markdown.name).toMatch(/\.md$/);
      expect(markdown.text).toContain('How much salt is in a bathtub');
      await button(page, 'Export').click();
      const json = await download(page, () => choose(page, 'Save as JSON'));
      await importing(page, json.name, json.text);
      await page.getByText('Imported 1 chat with 4 messages.').waitFor();
      await expect
        .poll(async () => (await titles(page)).filter((title) => title === 'Why the sea is salty').length)
        .toBe(2);
      await importing(page, 'notes.json', 'not { json');
      await page.getByRole('alert').getByText('not valid JSON').waitFor();
      await importing(page, 'other.json', '{"a": 1}');
      await page.getByRole('alert').getByText('neither an export of Conclave').waitFor();
      const page1 = await bridge.ask('conversations:page', { archived: false, after: null, limit: 100 });
      expect(page1.conversations).toHaveLength(weeksOfChats.length);
      const drop = await dragOver(page, [{ name: 'dropped.json', type: 'application/json', text: json.text }]);
      await page.getByText('exported chats are imported').waitFor();
      await drop();
      await expect
        .poll(async () => (await titles(page)).filter((title) => title === 'Why the sea is salty').length)
        .toBe(3);
    });
  });

  it('say so when the probabilities would make their file too large', async () => {
    const bridge = await storeOf();
    const request = bridge.request.bind(bridge);
    bridge.request = async (name, payload) => {
      const reply = await request(name, payload);
      if (name === 'conversations:export' && reply.ok) Object.assign(reply.value as object, { withoutTokens: 2 });
      return reply;
    };
    await withWindow(bridge, async ({ page }) => {
      await open(page, 'Why the sea is salty');
      await button(page, 'Export').click();
      await download(page, () => choose(page, 'Save as JSON'));
      await page.getByText('The probabilities of its answers would have made the file too large').waitFor();
    });
  });

  it('come from ChatGPT and from llama.cpp, markup in their titles as text', async () => {
    await withWindow(await storeOf(), async ({ page }) => {
      await importing(page, 'conversations.json', fixture('openai-conversations.json'));
      await page.getByText(/^Imported 2 chats/).waitFor();
      await conversations(page)
        .getByRole('link', { name: '<img src=x onerror=alert(1)> **Rivers** of Europe' })
        .click();
      await log(page).getByText('3,530 km').waitFor();
      await importing(page, 'rain.json', fixture('llama-cpp-webui.json'));
      await page.getByText(/^Imported 1 chat/).waitFor();
      await conversations(page).getByRole('link', { name: 'Rain <script>alert(1)</script>' }).click();
      await page.getByRole('heading', { name: 'Rain <script>alert(1)</script>', level: 1 }).waitFor();
      await log(page).getByText('notes.txt').waitFor();
      expect(await page.locator('nav img, nav script, h1 script').count()).toBe(0);
    });
  });

  it('are refused with a cycle in their tree, and when they are too large, and nothing changes', async () => {
    await withWindow(await storeOf(), async ({ page, bridge }) => {
      const stored = () => bridge.ask('conversations:page', { archived: false, after: null, limit: 100 });
      const before = await stored();
      const circle = JSON.parse(fixture('conclave.json')) as { conversations: { messages: { parentId: string }[] }[] };
      circle.conversations[0].messages[0].parentId = '3';
      await importing(page, 'circle.json', JSON.stringify(circle));
      await page
        .getByRole('alert')
        .getByText(/“Capitals”.*in a circle.*Your chats are as they were/)
        .waitFor();
      const folder = mkdtempSync(path.join(os.tmpdir(), 'conclave-large-'));
      const large = path.join(folder, 'large.json');
      writeFileSync(large, '[');
      truncateSync(large, 210_000_000);
      try {
        const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button(page, 'Import').click()]);
        await chooser.setFiles(large);
        await page
          .getByRole('alert')
          .getByText(/200 MB is the most/)
          .waitFor();
      } finally {
        rmSync(folder, { recursive: true });
      }
      expect(bridge.calls.some(({ name }) => name === 'imports:chunk')).toBe(true);
      expect(await stored()).toEqual(before);
    });
  });
});
