// Everything around a conversation, in headless Chromium under the app's content policy, over the real store and a fake
// engine: finding, ordering, branching, carrying in and out. Accessible in light and dark and in a small window, and on
// record as pictures in screenshots/conversations.
import { mkdirSync } from 'node:fs';
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
  { seeds = history, prepare }: { seeds?: SeededConversation[]; prepare?: (bridge: StoreBridge) => void } = {},
): Promise<void> {
  const bridge = new StoreBridge();
  prepare?.(bridge);
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
];

describe.skipIf(chromiumMissing)('views', () => {
  it.each(views)('$name', async ({ name, reach, whenSmall }) => {
    await withWindow(async ({ page, bridge }) => {
      await conversations(page).getByRole('link').first().waitFor();
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
    });
  });
});
