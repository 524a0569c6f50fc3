// Every state of the window around a fake engine, in headless Chromium: accessible in light and dark and in a small window,
// and on record as pictures in screenshots/window.
import type { Page } from 'playwright-core';
import { describe, it } from 'vitest';
import { chromiumMissing } from '../../support/chromium.ts';
import { changeSampling, daysOfChats, question } from '../../support/daysOfChats.ts';
import { FakeBridge, fakeModel } from '../../support/fakeBridge.ts';
import { answered, button, conversations, log, say, windowTests } from '../../support/windowPage.ts';

const { withWindow, look } = windowTests('window');

const withModel = (id: string) => () => Object.assign(daysOfChats(), { models: [{ ...fakeModel, id }] });

interface State {
  name: string;
  /** Some days of chats, if not given. */
  bridge?: () => FakeBridge;
  reach: (page: Page) => Promise<void>;
  /** What the small window has to be asked for again: it folds the side areas. */
  whenSmall?: (page: Page) => Promise<void>;
}

const states: State[] = [
  {
    name: 'first-screen',
    bridge: () => new FakeBridge(),
    reach: (page) => page.getByText('ready on NVIDIA').waitFor(),
  },
  { name: 'loading', bridge: withModel('slow'), reach: (page) => page.getByRole('progressbar').waitFor() },
  {
    name: 'load-failed',
    bridge: withModel('broken'),
    reach: async (page) => {
      await button(page, 'Try again').waitFor();
      await say(page, 'What is a volcano?');
      await button(page, 'Answer again').waitFor();
    },
  },
  { name: 'on-cpu', bridge: withModel('cpu'), reach: (page) => page.getByText('ready on CPU').waitFor() },
  {
    name: 'streaming',
    reach: async (page) => {
      await say(page, `/markdown /slow ${question}`);
      await log(page).getByText('evaporation').waitFor();
    },
  },
  {
    name: 'markdown',
    reach: async (page) => {
      await say(page, `/markdown ${question}`);
      await answered(page);
      await log(page).evaluate((area) => (area.scrollTop = 0));
      await button(page, 'Jump to latest').waitFor();
    },
  },
  {
    name: 'markdown-end',
    reach: async (page) => {
      await say(page, `/markdown ${question}`);
      await answered(page);
    },
  },
  {
    name: 'thinking',
    reach: async (page) => {
      await say(page, `/think ${question}`);
      await answered(page);
      await page.getByText(/^Thought for/).click();
    },
  },
  {
    name: 'sampling',
    reach: async (page) => {
      await say(page, question);
      await answered(page);
      await button(page, 'Sampling').click();
      await changeSampling(page);
    },
    whenSmall: (page) => button(page, 'Sampling').click(),
  },
  {
    name: 'greedy',
    reach: async (page) => {
      await page.getByRole('button', { name: 'Turn the knobs' }).click();
      await button(page, 'Greedy').click();
    },
    whenSmall: (page) => button(page, 'Sampling').click(),
  },
  {
    name: 'answer-failed',
    reach: async (page) => {
      await say(page, '/fail');
      await answered(page);
      await say(page, '/long-prompt');
      await button(page, 'Edit a shorter message').waitFor();
    },
  },
  {
    name: 'interrupted',
    reach: async (page) => {
      await conversations(page).getByRole('link', { name: 'Untitled chat' }).click();
      await page.getByText('cut off when the app closed').waitFor();
    },
  },
  {
    name: 'stopped-and-regenerated',
    reach: async (page) => {
      await say(page, '/slow Hello');
      await log(page).getByText('Rivers carry tiny').waitFor();
      await page.keyboard.press('Escape');
      await answered(page);
      await button(page, 'Regenerate').click();
      await log(page).getByText('Rivers carry tiny').waitFor();
      await button(page, 'Stop').click();
      await page.getByText('2 of 2').waitFor();
    },
  },
  {
    name: 'deleted',
    reach: async (page) => {
      const item = conversations(page).getByRole('listitem').nth(2);
      await item.hover();
      await item.getByRole('button', { name: 'Delete' }).click();
      await button(page, 'Undo').waitFor();
    },
    whenSmall: (page) => button(page, 'Sidebar').click(),
  },
  {
    name: 'renaming',
    reach: async (page) => {
      await conversations(page).getByRole('link').first().focus();
      await page.keyboard.press('F2');
      await page.getByRole('textbox', { name: 'Title' }).waitFor();
    },
  },
  {
    name: 'offline',
    reach: async (page) => {
      await button(page, 'Offline').click();
      await page.getByText('none went anywhere else').waitFor();
    },
  },
  {
    name: 'appearance',
    reach: async (page) => {
      await button(page, 'Appearance').click();
      await page.getByRole('menuitemradio', { name: 'Dark' }).waitFor();
    },
  },
  {
    name: 'disk-full',
    bridge: () => {
      const bridge = daysOfChats();
      bridge.refuse.set('messages:append', { code: 'disk-full', message: 'The disk is full.' });
      return bridge;
    },
    reach: async (page) => {
      await say(page, question);
      await page.getByRole('alert').getByText('The disk is full.').waitFor();
    },
  },
  {
    name: 'not-started',
    bridge: () => {
      const bridge = new FakeBridge();
      bridge.refuse.set('conversations:page', {
        code: 'database-newer',
        message: 'Your chats were written by a newer version of Conclave. Nothing was changed.',
      });
      return bridge;
    },
    reach: (page) => button(page, 'Try again').waitFor(),
  },
];

describe.skipIf(chromiumMissing)('states of the window', () => {
  it.each(states)('$name', async ({ name, bridge, reach, whenSmall }) => {
    await withWindow((bridge ?? daysOfChats)(), async ({ page }) => {
      await reach(page);
      await look(page, name, whenSmall);
    });
  });
});
