// Everything around a conversation, in headless Chromium under the app's content policy, over the real store and a fake
// engine: finding, ordering, branching, carrying in and out. Accessible in light and dark and in a small window, and on
// record as pictures in screenshots/conversations.
import { mkdirSync, readFileSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumMissing, launchChromium } from '../../support/chromium.ts';
import { buildPreview, servePreview } from '../../support/rendererPreview.ts';
import { StoreBridge, type SeededConversation } from '../../support/storeBridge.ts';

const pictures = 'screenshots/conversations';
const wide = { width: 1440, height: 900 };
const small = { width: 720, height: 560 };
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

let browser: Browser;

beforeAll(async () => {
  if (chromiumMissing) return;
  mkdirSync(pictures, { recursive: true });
  await buildPreview();
  browser = await launchChromium({ webgpu: 'off' });
});

afterAll(() => browser?.close());

const turns = (...texts: string[]): SeededConversation['turns'] =>
  texts.map((text, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', text }));

const history: SeededConversation[] = [
  {
    title: 'Thesis outline, chapter 3',
    ago: 9 * dayMs,
    pinned: true,
    turns: turns('How should chapter three begin?', 'With the question that chapter two left open.'),
  },
  {
    title: 'Why the sea is salty',
    ago: hourMs,
    turns: turns(
      'Why is the sea salty but rivers are not?',
      'Rivers carry dissolved minerals to the sea. Water leaves it by evaporation, and the salt stays.',
      'How much salt is in a bathtub of sea water?',
      'About five and a quarter kilograms, at 35 g a litre.',
    ),
  },
  {
    title: 'Rename photos by date in Python and put each of them into a folder of its own year',
    ago: 3 * hourMs,
    turns: turns('Write a script that renames photos by date.', 'Use `pathlib` and the EXIF date.'),
  },
  {
    title: 'Sourdough that keeps its shape',
    ago: dayMs,
    turns: turns('My dough is flat.', 'Add salt later, fold more.'),
  },
  {
    title: 'Trip to Lisbon',
    ago: 2 * dayMs,
    folder: 'Travel',
    turns: turns('Three days in Lisbon?', 'Start in Alfama, early.'),
  },
  { title: 'Trains to Porto', ago: 3 * dayMs, folder: 'Travel', turns: turns('How do I get to Porto?', 'By train.') },
  { title: 'SQL window functions', ago: 6 * dayMs, folder: 'Work', turns: turns('What is OVER?', 'A window.') },
  { title: 'An old list', ago: 40 * dayMs, archived: true, turns: turns('Bread, salt, milk', 'Noted.') },
];

interface Opened {
  page: Page;
  bridge: StoreBridge;
}

/** Opens the window over a store of its own; what the console says must be nothing. */
async function withWindow(
  use: (opened: Opened) => Promise<void>,
  { seeds = history, prepare }: { seeds?: SeededConversation[]; prepare?: View['prepare'] } = {},
): Promise<void> {
  const bridge = new StoreBridge();
  await prepare?.(bridge);
  await bridge.seed(seeds);
  const preview = await servePreview(bridge);
  const context = await browser.newContext({ viewport: wide, colorScheme: 'light', reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(preview.address);
  try {
    await use({ page, bridge });
    expect(complaints).toEqual([]);
  } finally {
    await context.close();
    preview.close();
    bridge.close();
  }
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const log = (page: Page) => page.getByRole('log', { name: 'Conversation' });
const conversations = (page: Page) => page.getByRole('list', { name: 'Conversations' });
const entry = (page: Page, title: string) => conversations(page).getByRole('listitem').filter({ hasText: title });
const search = (page: Page) => page.getByRole('searchbox', { name: 'Search chats' });
const open = (page: Page, title: string) => conversations(page).getByRole('link', { name: title }).click();
const titles = async (page: Page) =>
  (await conversations(page).getByRole('link').allInnerTexts()).map((title) => title.trim());

/** Nothing is being answered. */
const idle = (page: Page) => page.locator('[role=log][aria-busy=false]').waitFor();

async function menuOf(page: Page, title: string): Promise<void> {
  await entry(page, title).hover();
  await entry(page, title).getByRole('button', { name: 'More', exact: true }).click();
}

const choose = (page: Page, name: string) => page.getByRole('menuitem', { name, exact: true }).click();

async function violations(page: Page, rules?: string[]): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  const { violations: found } = await (rules ? axe.withRules(rules) : axe).analyze();
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
  );
}

interface View {
  name: string;
  prepare?: (bridge: StoreBridge) => Promise<unknown>;
  reach: (page: Page, bridge: StoreBridge) => Promise<void>;
  /** The small window folds the side areas. */
  whenSmall?: (page: Page) => Promise<void>;
}

const views: View[] = [
  {
    name: 'search',
    reach: async (page) => {
      await search(page).fill('salt');
      await page.getByText('3 chats found').waitFor();
      await page.getByRole('link', { name: /bathtub/ }).click();
      await log(page).getByText('five and a quarter').waitFor();
    },
    whenSmall: (page) => button(page, 'Sidebar').click(),
  },
  {
    name: 'search-nothing',
    reach: async (page) => {
      await search(page).fill('"zebra" OR *');
      await page.getByText('No chat holds').waitFor();
    },
    whenSmall: (page) => button(page, 'Sidebar').click(),
  },
  {
    name: 'menu',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Travel, 2 chats' }).click();
      await menuOf(page, 'Sourdough');
      await page.getByRole('menuitem', { name: 'Move to folder' }).hover();
      await page.getByRole('menuitem', { name: 'New folder…' }).waitFor();
    },
  },
  {
    name: 'editing',
    reach: async (page) => {
      await open(page, 'Why the sea is salty');
      await button(page, 'Regenerate').last().click();
      await page.getByText('2 of 2').waitFor();
      await idle(page);
      await log(page).getByText('bathtub').first().hover();
      await log(page).getByRole('button', { name: 'Edit' }).nth(2).click();
      await page.getByRole('textbox', { name: 'Edit the message' }).waitFor();
    },
  },
  {
    name: 'branches',
    reach: async (page) => {
      await open(page, 'Why the sea is salty');
      await log(page).getByRole('button', { name: 'Edit' }).nth(2).click();
      await page.getByRole('textbox', { name: 'Edit the message' }).fill('And in a swimming pool?');
      await button(page, 'Send').first().click();
      await log(page).getByText('swimming pool').waitFor();
      await idle(page);
      await log(page).getByRole('button', { name: 'Edit' }).last().click();
      await page.getByRole('textbox', { name: 'Edit the message' }).fill('It depends on the pool, because');
      await button(page, 'Save').click();
      await button(page, 'Continue').waitFor();
    },
  },
  {
    name: 'system-prompt',
    reach: async (page) => {
      await open(page, 'Why the sea is salty');
      await button(page, 'System prompt').click();
      await page.getByRole('textbox', { name: 'System prompt' }).fill('Answer in one sentence.');
    },
  },
  {
    name: 'presets',
    reach: async (page, bridge) => {
      const preset = { id: null, modelId: null, sampling: {} };
      await bridge.ask('presets:save', { ...preset, name: 'Teacher', systemPrompt: 'Explain as to a child of ten.' });
      await bridge.ask('presets:save', { ...preset, name: 'Wild', systemPrompt: '', sampling: { temperature: 1.5 } });
      await button(page, 'Presets').click();
      await page.getByText('Explain as to a child').waitFor();
      await page.getByRole('textbox', { name: 'Name' }).fill('Mine');
    },
  },
  {
    name: 'presets-none',
    reach: async (page) => {
      await button(page, 'Presets').click();
      await page.getByText('There are no presets yet').waitFor();
    },
  },
  {
    name: 'commands',
    reach: async (page) => {
      await open(page, 'Why the sea is salty');
      await page.keyboard.press('Control+K');
      await page.getByRole('dialog', { name: 'Commands' }).getByText('Duplicate').waitFor();
    },
  },
  {
    name: 'shortcuts',
    reach: async (page) => {
      await page.keyboard.press('Control+/');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    },
  },
  {
    name: 'settings',
    reach: async (page) => {
      await open(page, 'Why the sea is salty');
      await button(page, 'Appearance').click();
      await choose(page, 'More settings…');
      await page.getByRole('combobox', { name: 'Text size' }).selectOption('largest');
    },
  },
  {
    name: 'german',
    reach: async (page) => {
      await open(page, 'Why the sea is salty');
      await button(page, 'Appearance').click();
      await choose(page, 'More settings…');
      await page.getByRole('combobox', { name: 'Language' }).selectOption('de');
      await page.getByRole('dialog', { name: 'Einstellungen' }).waitFor();
      const focused = () => page.evaluate(() => document.activeElement?.tagName);
      await expect.poll(focused).toBe('SELECT');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
      await page.getByRole('list', { name: 'Unterhaltungen' }).getByText('Why the sea is salty').waitFor();
      expect(await page.evaluate(() => document.documentElement.lang)).toBe('de');
    },
  },
  {
    name: 'japanese',
    prepare: (bridge) => bridge.ask('settings:set', { language: 'ja' }),
    reach: (page) => page.getByRole('button', { name: '新しいチャット', exact: true }).waitFor(),
  },
  {
    name: 'export',
    reach: async (page) => {
      await open(page, 'Why the sea is salty');
      await button(page, 'Export').click();
      await page.getByRole('menuitem', { name: 'As Markdown', exact: true }).waitFor();
    },
  },
];

describe.skipIf(chromiumMissing)('views', () => {
  it.each(views)('$name', async ({ name, prepare, reach, whenSmall }) => {
    await withWindow(
      async ({ page, bridge }) => {
        await page.getByRole('link').first().waitFor();
        await reach(page, bridge);
        await page.evaluate(() => document.fonts.ready);
        expect(await violations(page)).toEqual([]);
        await page.screenshot({ path: `${pictures}/${name}-light.png` });
        await page.emulateMedia({ colorScheme: 'dark' });
        expect(await violations(page, ['color-contrast'])).toEqual([]);
        await page.screenshot({ path: `${pictures}/${name}-dark.png` });
        await page.emulateMedia({ colorScheme: 'light' });
        await page.setViewportSize(small);
        await whenSmall?.(page);
        expect(await violations(page)).toEqual([]);
        await page.screenshot({ path: `${pictures}/${name}-small.png` });
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      },
      prepare ? { prepare } : {},
    );
  });
});

/** Clicks and gives the file that is downloaded. */
async function download(page: Page, click: () => Promise<void>): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
}

const importing = async (page: Page, name: string, text: string) => {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button(page, 'Import').click()]);
  await chooser.setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
};

describe.skipIf(chromiumMissing)('conversations', () => {
  it('are renamed, pinned, moved, archived and duplicated from their menu', async () => {
    await withWindow(async ({ page, bridge }) => {
      await menuOf(page, 'Sourdough');
      await choose(page, 'Rename');
      await page.getByRole('textbox', { name: 'Title' }).fill('Bread <b>bold</b>');
      await page.keyboard.press('Enter');
      await menuOf(page, 'Bread <b>bold</b>');
      await choose(page, 'Pin');
      await expect.poll(async () => (await titles(page)).slice(0, 2)).toContain('Bread <b>bold</b>');
      await menuOf(page, 'Bread');
      await choose(page, 'Unpin');
      await menuOf(page, 'Bread');
      await page.getByRole('menuitem', { name: 'Move to folder' }).click();
      await choose(page, 'New folder…');
      await page.getByRole('textbox', { name: 'Folder name' }).fill('Kitchen');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Kitchen, 1 chat' }).waitFor();
      expect((await bridge.ask('folders:list', null)).map(({ name }) => name)).toContain('Kitchen');
      await menuOf(page, 'Bread');
      await choose(page, 'Duplicate');
      await page.getByRole('heading', { name: 'Bread <b>bold</b> (copy)', level: 1 }).waitFor();
      await log(page).getByText('fold more').waitFor();
      await menuOf(page, 'Bread <b>bold</b> (copy)');
      await choose(page, 'Archive');
      await expect.poll(() => titles(page)).not.toContain('Bread <b>bold</b> (copy)');
      await button(page, 'Undo').click();
      await expect.poll(() => titles(page)).toContain('Bread <b>bold</b> (copy)');
      await button(page, 'Archived').click();
      await conversations(page).getByRole('link', { name: 'An old list' }).waitFor();
    });
  });

  it('are found whatever is typed, and opened where the words stand', async () => {
    await withWindow(async ({ page }) => {
      for (const query of ['"', 'AND', '🦊', '(salt', 'title:*', '%', "'; DROP TABLE messages"]) {
        await search(page).fill(query);
        await page.getByText(/No chat holds|chats? found/).waitFor();
      }
      await search(page).fill('alfama');
      await page.getByRole('list', { name: 'Search results' }).getByText('Alfama').waitFor();
      expect(await page.locator('mark').allInnerTexts()).toEqual(['Alfama']);
      await search(page).press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Trip to Lisbon', level: 1 }).waitFor();
      await search(page).press('Escape');
      await conversations(page).waitFor();
    });
  });

  it('branch by an edit, keep every version, and go on from an edited answer', async () => {
    await withWindow(async ({ page, bridge }) => {
      await open(page, 'Why the sea is salty');
      await log(page).getByText('bathtub').hover();
      await log(page).getByRole('button', { name: 'Edit' }).nth(2).click();
      await page.getByRole('textbox', { name: 'Edit the message' }).fill('And in a cup?');
      await page.keyboard.press('Control+Enter');
      await log(page).getByText('And in a cup?').waitFor();
      await idle(page);
      await button(page, 'Previous branch').click();
      await log(page).getByText('five and a quarter').waitFor();
      await log(page).getByText('1 of 2').waitFor();
      await button(page, 'Next branch').click();
      await log(page).getByText('And in a cup?').waitFor();
      await log(page).getByRole('button', { name: 'Edit' }).last().click();
      await page.getByRole('textbox', { name: 'Edit the message' }).fill('A cup holds nine grams');
      await button(page, 'Save').click();
      await button(page, 'Continue').click();
      await log(page).getByText('A cup holds nine grams and goes on from there.').waitFor();
      await idle(page);
      const [{ id }] = (await bridge.ask('conversations:page', { archived: false, after: null, limit: 1 }))
        .conversations;
      const stored = await bridge.ask('messages:list', { conversationId: id });
      expect(stored.at(-1)).toMatchObject({ status: 'complete', earlierParts: [{ textLength: 22 }] });
    });
  });

  it('go on where they were stopped', async () => {
    await withWindow(async ({ page }) => {
      await page.getByRole('textbox', { name: 'Message' }).fill('/slow Hello');
      await page.keyboard.press('Enter');
      await log(page).getByText('Rivers carry').waitFor();
      await button(page, 'Stop').click();
      await button(page, 'Continue').click();
      await log(page).getByText('and goes on from there.').waitFor();
      await idle(page);
      expect(await page.getByText('You stopped').count()).toBe(0);
    });
  });

  it('carry a system prompt and take a preset', async () => {
    await withWindow(async ({ page, bridge }) => {
      await button(page, 'System prompt').click();
      await page.getByRole('textbox', { name: 'System prompt' }).fill('Be brief.');
      await button(page, 'Save').click();
      await button(page, 'Presets').click();
      await page.getByRole('textbox', { name: 'Name' }).fill('Brief');
      await page.keyboard.press('Enter');
      await page.getByRole('list', { name: 'Presets' }).getByText('Brief', { exact: true }).waitFor();
      const file = await download(page, () => button(page, 'Export “Brief”').click());
      expect(JSON.parse(file.text)).toMatchObject({ presets: [{ name: 'Brief', systemPrompt: 'Be brief.' }] });
      await page.keyboard.press('Escape');
      await open(page, 'Why the sea is salty');
      await button(page, 'Presets').click();
      await button(page, 'Use').click();
      await page.getByText('This chat now uses “Brief”.').waitFor();
      await button(page, 'System prompt').click();
      await page.getByRole('textbox', { name: 'System prompt' }).waitFor();
      expect(await page.getByRole('textbox', { name: 'System prompt' }).inputValue()).toBe('Be brief.');
      expect((await bridge.ask('presets:list', null)).map(({ name }) => name)).toEqual(['Brief']);
    });
  });

  it('leave the app as files and come back; other files are refused with a sentence', async () => {
    await withWindow(async ({ page, bridge }) => {
      await open(page, 'Why the sea is salty');
      await button(page, 'Export').click();
      const markdown = await download(page, () => choose(page, 'As Markdown'));
      expect(markdown.name).toMatch(/\.md$/);
      expect(markdown.text).toContain('How much salt is in a bathtub');
      await button(page, 'Export').click();
      const json = await download(page, () => choose(page, 'As JSON'));
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
      expect(page1.conversations).toHaveLength(history.length);
      const data = await page.evaluateHandle((words) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([words], 'dropped.json', { type: 'application/json' }));
        return transfer;
      }, json.text);
      await page.dispatchEvent('main', 'dragenter', { dataTransfer: data });
      await page.getByText('Drop a file of chats').waitFor();
      await page.dispatchEvent('main', 'drop', { dataTransfer: data });
      await expect
        .poll(async () => (await titles(page)).filter((title) => title === 'Why the sea is salty').length)
        .toBe(3);
    });
  });

  it('stay light when there are many, and when one is long', async () => {
    const many = Array.from({ length: 700 }, (_, index) => ({
      title: `Chat ${index}`,
      ago: (index + 1) * hourMs,
      turns: turns('Hello', 'Hello to you.'),
    }));
    const long = turns(...Array.from({ length: 400 }, (_, index) => `Message ${index} of a long talk.`));
    const use = async ({ page }: Opened) => {
      const rows = () => conversations(page).getByRole('listitem').count();
      await conversations(page).getByRole('link', { name: 'The long one' }).waitFor();
      expect(await rows()).toBeLessThan(80);
      await conversations(page).getByRole('link').first().focus();
      await page.keyboard.press('End');
      await conversations(page).getByRole('link', { name: 'Chat 699' }).waitFor();
      await page.keyboard.press('Home');
      await page.keyboard.press('Enter');
      await log(page).getByText('Message 399').waitFor();
      expect(await log(page).getByRole('article').count()).toBeLessThan(60);
      await log(page).evaluate((area) => (area.scrollTop = 0));
      await log(page).getByText('Message 0 of').waitFor();
      await expect.poll(() => log(page).getByRole('article').count()).toBeLessThan(60);
      await search(page).fill('"Message 200 of"');
      await page.getByRole('list', { name: 'Search results' }).getByText('Message 200').click();
      await log(page).getByText('Message 200 of').waitFor();
      const place = await log(page).getByText('Message 200 of').boundingBox();
      expect(place?.y).toBeGreaterThan(0);
      expect(place?.y).toBeLessThan(wide.height);
    };
    await withWindow(use, { seeds: [...many, { title: 'The long one', ago: 0, turns: long }] });
  });

  it('keep what was typed and not sent', async () => {
    await withWindow(async ({ page, bridge }) => {
      const message = page.getByRole('textbox', { name: 'Message' });
      await open(page, 'Sourdough');
      await message.fill('What about rye?');
      const stored = async () => bridge.calls.filter(({ name }) => name === 'drafts:set').map(({ payload }) => payload);
      await expect.poll(stored).toContainEqual(expect.objectContaining({ text: 'What about rye?' }));
      await page.reload();
      await open(page, 'Sourdough');
      await expect.poll(() => message.inputValue()).toBe('What about rye?');
    });
  });
});
