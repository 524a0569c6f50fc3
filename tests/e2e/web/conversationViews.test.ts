// Every view around conversations in headless Chromium, over the real store and a fake engine: accessible in light and dark
// and in a small window, and on record as pictures in screenshots/conversations.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumMissing } from '../../support/chromium.ts';
import type { StoreBridge } from '../../support/storeBridge.ts';
import { storeOf } from '../../support/weeksOfChats.ts';
import { button, idle, log, menuOf, open, search, windowTests } from '../../support/windowPage.ts';

const { withWindow, look } = windowTests('conversations');

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
      await page.getByText('No chats found').waitFor();
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
      await button(page, 'Settings').click();
      await page.getByRole('combobox', { name: 'Text size' }).selectOption('largest');
    },
  },
  {
    name: 'german',
    reach: async (page) => {
      await open(page, 'Why the sea is salty');
      await button(page, 'Settings').click();
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
      await page.getByRole('menuitem', { name: 'Save as Markdown', exact: true }).waitFor();
    },
  },
];

describe.skipIf(chromiumMissing)('views', () => {
  it.each(views)('$name', async ({ name, prepare, reach, whenSmall }) => {
    const bridge = await storeOf();
    await prepare?.(bridge);
    await withWindow(bridge, async ({ page }) => {
      await page.getByRole('link').first().waitFor();
      await reach(page, bridge);
      await look(page, name, whenSmall);
    });
  });
});
