// Files that go with a message, in headless Chromium over the real store and a fake engine: chosen, dropped, read (PDFs by
// their own worker), counted, sent, kept and carried out of the app; and what is refused, with its sentence.
import { Buffer } from 'node:buffer';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { ToWorker } from '../../../engine/protocol.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { pdfOf } from '../../support/pdf.ts';
import type { StoreBridge } from '../../support/storeBridge.ts';
import { storeOf } from '../../support/weeksOfChats.ts';
import {
  answered,
  button,
  choose,
  dragOver,
  idle,
  log,
  message,
  modelReady,
  open,
  say,
  search,
  titles,
  windowTests,
} from '../../support/windowPage.ts';

const { withWindow, look } = windowTests('conversations');

interface ChosenFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

const text = (name: string, words: string): ChosenFile => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(words),
});
const pdf = (name: string, buffer: Buffer): ChosenFile => ({ name, mimeType: 'application/pdf', buffer });

async function attach(page: Page, files: ChosenFile[]): Promise<void> {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button(page, 'Attach files').click()]);
  await chooser.setFiles(files);
}

/** Last messages of what the window asks its engine to read ahead, from now on; the same thing in a row counts once. */
async function readAheadRequests(page: Page): Promise<() => Promise<string[]>> {
  const asked = await page.evaluateHandle(() => {
    const contents: string[] = [];
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (this: Worker, sent: ToWorker) {
      const content = sent.kind === 'readAhead' ? sent.messages.at(-1)?.content : undefined;
      if (content !== undefined && content !== contents.at(-1)) contents.push(content);
      post.call(this, sent);
    };
    return contents;
  });
  return () => asked.jsonValue();
}

const attached = (page: Page) => page.getByRole('list', { name: 'Attached files' });

async function lastMessages(bridge: StoreBridge) {
  const page = await bridge.ask('conversations:page', { archived: false, after: null, limit: 1 });
  return bridge.ask('messages:list', { conversationId: page.conversations[0].id });
}

describe.skipIf(chromiumMissing)('attached files', () => {
  it('are read, counted, sent with the message and kept with it', async () => {
    await withWindow(await storeOf(), async ({ page, bridge }) => {
      const code = text('salt.py', 'def salt_kg(litres):\r\n    return litres * 0.035\r\n');
      await attach(page, [
        code,
        pdf('sea.pdf', pdfOf([['The sea is salty.', 'Rivers (mostly) are not.'], ['Page two']])),
      ]);
      await attached(page).getByText('salt.py').waitFor();
      await attached(page)
        .getByText(/2 pages · \d+ tokens/)
        .waitFor();
      await attached(page).getByText('sea.pdf').click();
      await page.getByRole('dialog', { name: 'sea.pdf' }).getByText('Rivers (mostly) are not.').waitFor();
      await page.keyboard.press('Escape');
      await say(page, 'What do these say?');
      await answered(page);
      await log(page).getByText('sea.pdf').waitFor();
      expect(await page.getByRole('button', { name: 'Remove sea.pdf' }).count()).toBe(0);
      const [question] = await lastMessages(bridge);
      expect(question.attachments).toMatchObject([
        { name: 'salt.py', text: 'def salt_kg(litres):\n    return litres * 0.035', pages: null },
        { name: 'sea.pdf', text: 'The sea is salty.\nRivers (mostly) are not.\n\nPage two', pages: 2 },
      ]);
      expect(question.attachments.every(({ tokens }) => tokens !== null && tokens > 0)).toBe(true);
      await page.reload();
      await open(page, 'What do these say?');
      await log(page).getByText('salt.py').waitFor();
      // Each is found by what stands in it, below messages, and said to be a file.
      await search(page).fill('mostly');
      const found = page.getByRole('list', { name: 'Search results' }).getByRole('link', { name: /sea\.pdf/ });
      expect(await found.innerText()).toContain('Rivers (mostly) are not.');
      await found.getByRole('img', { name: 'In the attached file' }).waitFor();
      await found.click();
      await log(page).getByText('What do these say?').waitFor();
      await look(page, 'search-file', () => button(page, 'Sidebar').click());
    });
  });

  it('are dropped anywhere, pasted, taken away, and stay with a draft', async () => {
    await withWindow(await storeOf(), async ({ page }) => {
      const files = [
        { name: 'main.rs', text: 'fn main() {}' },
        { name: 'data.json', type: 'application/json', text: '{"a": 1}' },
      ];
      const drop = await dragOver(page, files);
      await page.getByText('Drop files to attach them').waitFor();
      await drop();
      await attached(page).getByText('main.rs').waitFor();
      await attached(page).getByText('data.json').waitFor();
      await message(page).evaluate((field) => {
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File(['pasted words'], 'pasted.txt', { type: 'text/plain' }));
        field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      });
      await attached(page).getByText('pasted.txt').waitFor();
      await button(page, 'Remove main.rs').click();
      await expect.poll(() => attached(page).getByRole('listitem').count()).toBe(2);
      await expect.poll(() => attached(page).getByText('not counted yet').count()).toBe(0);
      await page.reload();
      await attached(page).getByText('data.json').waitFor();
      expect(await attached(page).getByRole('listitem').count()).toBe(2);
      // Without a word, too.
      await button(page, 'Send').click();
      await idle(page);
      await attached(page).waitFor();
      expect(await titles(page)).toContain('data.json');
    });
  });

  it('are given to the engine to read while the message is typed, and then the message', async () => {
    await withWindow(await storeOf(), async ({ page }) => {
      await modelReady(page);
      const told = await readAheadRequests(page);
      await attach(page, [text('notes.txt', 'Salt comes from rivers.')]);
      const file = '<file name="notes.txt">\nSalt comes from rivers.\n</file>';
      await expect.poll(told).toEqual([file]);
      await message(page).fill('And the rain?');
      await expect.poll(async () => (await told()).at(-1)).toBe(`${file}\n\nAnd the rain?`);
      await button(page, 'Send').click();
      await idle(page);
      await message(page).fill('Why?');
      await expect.poll(async () => (await told()).at(-1)).toBe('Why?');
      expect(await told()).toHaveLength(3);
    });
  });

  it('are refused with a sentence where they cannot be read', async () => {
    await withWindow(await storeOf(), async ({ page, bridge }) => {
      const refused: [ChosenFile, string][] = [
        [text('empty.txt', ''), 'empty.txt is empty.'],
        [{ ...text('photo.png', ''), buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0]) }, 'photo.png is no text.'],
        [text('long.txt', 'a'.repeat(1_000_001)), 'long.txt holds more than a million characters'],
        [text('large.log', 'a'.repeat(5_000_001)), 'large.log is too large'],
        [pdf('scan.pdf', pdfOf([[]])), 'scan.pdf holds no text'],
        [pdf('locked.pdf', pdfOf([['x']], { locked: true })), 'locked.pdf is locked with a password'],
        [pdf('cut.pdf', pdfOf([['x']]).subarray(0, 40)), 'cut.pdf is damaged'],
      ];
      for (const [file, sentence] of refused) {
        await attach(page, [file]);
        await page.getByRole('alert').getByText(sentence).waitFor();
      }
      expect(await attached(page).count()).toBe(0);
      await attach(
        page,
        Array.from({ length: 11 }, (_, index) => text(`note ${index}.txt`, 'x')),
      );
      await page.getByRole('alert').getByText('A message takes 10 files').waitFor();
      await expect.poll(() => attached(page).getByRole('listitem').count()).toBe(10);
      expect(bridge.calls.some(({ name }) => name === 'messages:append')).toBe(false);
    });
  });

  it('stay with every form of the message, and leave the app with the chat', async () => {
    await withWindow(await storeOf(), async ({ page, bridge }) => {
      await attach(page, [text('notes.md', '```\nfenced\n```')]);
      await say(page, 'First wording');
      await answered(page);
      await log(page).getByRole('button', { name: 'Edit' }).first().click();
      await page.getByRole('textbox', { name: 'Edit the message' }).fill('Second wording');
      await page.keyboard.press('Control+Enter');
      await log(page).getByText('Second wording').waitFor();
      await idle(page);
      const stored = await lastMessages(bridge);
      expect(stored.filter(({ role }) => role === 'user').map(({ attachments }) => attachments[0].name)).toEqual([
        'notes.md',
        'notes.md',
      ]);
      await button(page, 'Export').click();
      const [file] = await Promise.all([page.waitForEvent('download'), choose(page, 'Save as Markdown')]);
      const chunks: Buffer[] = [];
      for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString('utf8')).toContain(
        '<summary>notes.md</summary>\n\n````\n```\nfenced\n```\n````',
      );
    });
  });

  it('say when they are more than the context holds; look well in every view', async () => {
    await withWindow(await storeOf(), async ({ page }) => {
      await attach(page, [
        text('A report with a long name about the salt of the seas, final version 3.txt', 'sea '.repeat(200)),
      ]);
      await say(page, 'Read this');
      await answered(page);
      await attach(page, [text('book.txt', 'salt and sea '.repeat(2000)), pdf('sea.pdf', pdfOf([['The sea']]))]);
      await page.getByText('the context holds 2,048').waitFor();
      await look(page, 'attachments');
      await attached(page).getByText('sea.pdf').click();
      await page.getByRole('dialog', { name: 'sea.pdf' }).waitFor();
      await look(page, 'attachment');
    });
  });
});
