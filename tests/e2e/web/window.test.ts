// Every state of the window around a fake engine, in headless Chromium under the app's content policy: accessible in
// light and dark and in a small window, and on record as a picture in screenshots/. Then what only a browser can show:
// scrolling, focus, keys, and that nothing in an answer runs or loads.
import { mkdirSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../../../main/ipc/contract.ts';
import { chromiumMissing, launchChromium } from '../../support/chromium.ts';
import { fakeModel, type FakeBridge } from '../../support/fakeBridge.ts';
import { buildPreview, servePreview, type Preview } from '../../support/rendererPreview.ts';

const pictures = 'screenshots/window';
const wide = { width: 1440, height: 900 };
const small = { width: 720, height: 560 };
const question = 'Why is the sea salty but rivers are not? And how would I compute the salt in a bathtub of sea water?';
const dayMs = 86_400_000;

let browser: Browser;

beforeAll(async () => {
  if (chromiumMissing) return;
  mkdirSync(pictures, { recursive: true });
  await buildPreview();
  browser = await launchChromium({ webgpu: 'off' });
});

afterAll(() => browser?.close());

interface Opened {
  page: Page;
  preview: Preview;
  complaints: string[];
}

/** Opens the window with a store of its own and closes it after `use`; what the console says must be nothing. */
async function withWindow(
  prepare: (bridge: FakeBridge) => void,
  use: (opened: Opened) => Promise<void>,
  reducedMotion: 'reduce' | 'no-preference' = 'no-preference',
): Promise<void> {
  const preview = await servePreview();
  prepare(preview.bridge);
  const context = await browser.newContext({ viewport: wide, colorScheme: 'light', reducedMotion });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(preview.address);
  try {
    await use({ page, preview, complaints });
    expect(complaints).toEqual([]);
  } finally {
    await context.close();
    preview.close();
  }
}

const message = (page: Page) => page.getByRole('textbox', { name: 'Message' });
const log = (page: Page) => page.getByRole('log', { name: 'Conversation' });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const conversations = (page: Page) => page.getByRole('list', { name: 'Conversations' });

async function say(page: Page, words: string): Promise<void> {
  await message(page).fill(words);
  await message(page).press('Enter');
}

const answered = (page: Page) => button(page, 'Regenerate').last().waitFor();

/** Conversations of many days, with an untitled, an over-long and an interrupted one among them. */
function history(bridge: FakeBridge): void {
  const now = Date.now();
  const answer: Partial<Message> & Pick<Message, 'role' | 'text'> = {
    role: 'assistant',
    text: 'Rivers carry tiny amounts of dissolved minerals from rocks to the sea.',
  };
  const titles: [string, number][] = [
    ['SQL window functions', 6],
    ['Rental contract, plain words', 4],
    ['Sourdough that keeps its shape', 1],
    ['Rename photos by date in Python and put each of them into a folder of its own year, then month, then day', 0],
    ['', 0],
    ['Why the sea is salty', 0],
  ];
  titles.forEach(([title, days], index) =>
    bridge.seed(title, now - days * dayMs - 60_000 + index * 1000, [
      { role: 'user', text: question },
      { ...answer, status: title === '' ? 'streaming' : 'complete' },
    ]),
  );
}

const useModel = (id: string) => (bridge: FakeBridge) => {
  history(bridge);
  bridge.models = [{ ...fakeModel, id }];
};

async function changeSampling(page: Page): Promise<void> {
  const values = { Temperature: '1.2', 'Top P': '1', Seed: '7', 'Min P': '3' };
  for (const [name, value] of Object.entries(values)) {
    const field = page.getByRole('spinbutton', { name });
    await field.fill(value);
    await field.blur();
  }
}

interface State {
  name: string;
  prepare?: (bridge: FakeBridge) => void;
  reach: (page: Page) => Promise<void>;
  /** What the small window has to be asked for again: it folds the side areas. */
  whenSmall?: (page: Page) => Promise<void>;
}

const states: State[] = [
  { name: 'first-screen', prepare: () => {}, reach: (page) => page.getByText('ready on NVIDIA').waitFor() },
  { name: 'loading', prepare: useModel('slow'), reach: (page) => page.getByRole('progressbar').waitFor() },
  {
    name: 'load-failed',
    prepare: useModel('broken'),
    reach: async (page) => {
      await button(page, 'Try again').waitFor();
      await say(page, 'What is a volcano?');
      await button(page, 'Answer again').waitFor();
    },
  },
  { name: 'on-cpu', prepare: useModel('cpu'), reach: (page) => page.getByText('ready on CPU').waitFor() },
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
    prepare: (bridge) => {
      history(bridge);
      bridge.refuse.set('messages:append', { code: 'disk-full', message: 'The disk is full.' });
    },
    reach: async (page) => {
      await say(page, question);
      await page.getByRole('alert').getByText('The disk is full.').waitFor();
    },
  },
  {
    name: 'not-started',
    prepare: (bridge) =>
      bridge.refuse.set('conversations:page', {
        code: 'database-newer',
        message: 'Your chats were written by a newer version of Conclave. Nothing was changed.',
      }),
    reach: (page) => button(page, 'Try again').waitFor(),
  },
];

async function violations(page: Page, rules?: string[]): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  const { violations: found } = await (rules ? axe.withRules(rules) : axe).analyze();
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
  );
}

describe.skipIf(chromiumMissing)('states of the window', () => {
  it.each(states)('$name', async ({ name, prepare, reach, whenSmall }) => {
    const look = async ({ page }: Opened) => {
      await reach(page);
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
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
    };
    await withWindow(prepare ?? history, look, 'reduce');
  });
});

describe.skipIf(chromiumMissing)('the window', () => {
  it('takes text while an answer streams, and sends nothing before its end', async () => {
    await withWindow(history, async ({ page, preview }) => {
      await say(page, '/slow Hello');
      await log(page).getByText('Rivers').waitFor();
      await message(page).pressSequentially('Typed meanwhile');
      await message(page).press('Shift+Enter');
      await message(page).pressSequentially('second line');
      await message(page).press('Enter');
      expect(await message(page).inputValue()).toBe('Typed meanwhile\nsecond line');
      expect(preview.bridge.namesCalled().filter((name) => name === 'messages:append')).toHaveLength(1);
      await page.getByText('press Esc to end it').waitFor();
      await page.keyboard.press('Escape');
      await button(page, 'Send').click();
      await log(page).getByText('second line').waitFor();
    });
  });

  it('leaves Enter to the composition of a character', async () => {
    await withWindow(history, async ({ page, preview }) => {
      await message(page).fill('にほん');
      await message(page).dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true });
      expect(preview.bridge.namesCalled()).not.toContain('messages:append');
    });
  });

  it('closes a popover with Esc without ending the answer', async () => {
    await withWindow(history, async ({ page }) => {
      await say(page, '/slow Hello');
      await button(page, 'Offline').click();
      await page.getByText('none went anywhere else').waitFor();
      await page.keyboard.press('Escape');
      await page.getByText('none went anywhere else').waitFor({ state: 'hidden' });
      await button(page, 'Stop').waitFor();
      expect(await page.getByText('You stopped this answer').count()).toBe(0);
    });
  });

  it('follows the answer at the end, and stays where the reader scrolled to', async () => {
    await withWindow(history, async ({ page }) => {
      await page.setViewportSize(small);
      await say(page, '/markdown one');
      await answered(page);
      const fromEnd = () => log(page).evaluate((area) => area.scrollHeight - area.scrollTop - area.clientHeight);
      await expect.poll(fromEnd).toBeLessThanOrEqual(1);
      await say(page, '/slow two');
      const second = log(page).getByRole('article').nth(1);
      await second.getByText('Rivers carry tiny').waitFor();
      await expect.poll(fromEnd).toBeLessThanOrEqual(1);
      await log(page).hover();
      await page.mouse.wheel(0, -300);
      await button(page, 'Jump to latest').waitFor();
      const before = await log(page).evaluate((area) => area.scrollTop);
      await second.getByText('evaporation').waitFor();
      expect(await log(page).evaluate((area) => area.scrollTop)).toBe(before);
      await button(page, 'Jump to latest').click();
      await button(page, 'Jump to latest').waitFor({ state: 'hidden' });
      await expect.poll(fromEnd).toBeLessThanOrEqual(1);
    });
  });

  it('runs and loads nothing of an answer', async () => {
    await withWindow(history, async ({ page }) => {
      const outside: string[] = [];
      page.on('request', (request) => !request.url().startsWith('http://127.0.0.1') && outside.push(request.url()));
      await say(page, '/markdown');
      await answered(page);
      expect(await log(page).locator('a, img, script, iframe, [onclick]').count()).toBe(0);
      await log(page).getByText("<script>document.title = 'owned'</script>").waitFor();
      await log(page).getByText('(https://example.org/sea)').waitFor();
      await log(page).getByText('[picture: a map]').waitFor();
      expect(await page.title()).not.toContain('owned');
      expect(outside).toEqual([]);
    });
  });

  it('can be used with the keyboard alone', async () => {
    await withWindow(history, async ({ page }) => {
      await message(page).waitFor();
      await conversations(page).getByRole('link').first().focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('F2');
      await page.keyboard.type('Photos');
      await page.keyboard.press('Enter');
      await conversations(page).getByRole('link', { name: 'Photos' }).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Photos', level: 1 }).waitFor();
      expect(await message(page).evaluate((field) => field === document.activeElement)).toBe(true);
      await page.keyboard.press('Control+Shift+O');
      await page.getByRole('heading', { name: 'New chat', level: 1 }).waitFor();
      await page.keyboard.press('Control+.');
      const temperature = page.getByRole('spinbutton', { name: 'Temperature' });
      await temperature.focus();
      await page.keyboard.press('ArrowUp');
      expect(await temperature.inputValue()).toBe('0.75');
      await page.keyboard.press('Control+b');
      await conversations(page).waitFor({ state: 'hidden' });
      await conversations(page).getByRole('link', { name: 'Photos' }).waitFor({ state: 'hidden' });
    });
  });

  it('brings a deleted chat back', async () => {
    await withWindow(history, async ({ page }) => {
      const first = conversations(page).getByRole('listitem').first();
      const before = await conversations(page).getByRole('listitem').count();
      await first.getByRole('link').click();
      await first.getByRole('button', { name: 'Delete' }).click();
      await button(page, 'Undo').click();
      await page.getByRole('heading', { name: 'Why the sea is salty', level: 1 }).waitFor();
      expect(await conversations(page).getByRole('listitem').count()).toBe(before);
    });
  });

  it('keeps sampling values with each chat, and the last good one after bad input', async () => {
    await withWindow(history, async ({ page, preview }) => {
      await conversations(page).getByRole('link').first().click();
      await button(page, 'Sampling').click();
      await changeSampling(page);
      const field = (name: string) => page.getByRole('spinbutton', { name }).inputValue();
      expect([await field('Temperature'), await field('Top P'), await field('Seed'), await field('Min P')]).toEqual([
        '1.2',
        'off',
        '7',
        'off',
      ]);
      await page.getByText('Min P must be at least 0').waitFor();
      await conversations(page).getByRole('link').nth(1).click();
      await expect.poll(() => field('Temperature')).toBe('0.7');
      await conversations(page).getByRole('link').first().click();
      await expect.poll(() => field('Temperature')).toBe('1.2');
      await button(page, 'Reset to model').click();
      await expect.poll(() => field('Temperature')).toBe('0.7');
      const stored = [...preview.bridge.conversations.values()].map(({ sampling }) => sampling);
      expect(stored.every((sampling) => Object.keys(sampling).length === 0)).toBe(true);
    });
  });

  it('copies an answer, with and without the permission of the browser', async () => {
    await withWindow(history, async ({ page }) => {
      await say(page, '/markdown');
      await answered(page);
      for (const name of ['Copy', 'Copy code']) {
        await page.evaluate(() => (navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'))));
        await button(page, name).last().click();
        await message(page).fill('');
        await message(page).press('Control+V');
        const pasted = await message(page).inputValue();
        expect(pasted).toContain('def salt_kg(litres, grams_per_litre=35):');
        expect(pasted.startsWith(name === 'Copy' ? '# Salt' : 'def')).toBe(true);
      }
      expect(await page.getByText('The clipboard is not available').count()).toBe(0);
    });
  });

  it('follows what main sends', async () => {
    await withWindow(history, async ({ page, preview }) => {
      await message(page).waitFor();
      await expect.poll(() => preview.bridge.listenerCount('menu:command')).toBeGreaterThan(0);
      preview.bridge.send('menu:command', { command: 'toggle-sampling' });
      await page.getByRole('spinbutton', { name: 'Temperature' }).waitFor();
      preview.bridge.send('models:changed', [{ ...fakeModel, name: 'Renamed' }]);
      await page.getByRole('region', { name: 'Model' }).getByText('Renamed', { exact: true }).waitFor();
    });
  });

  it('moves nothing when an answer ends', async () => {
    await withWindow(history, async ({ page }) => {
      await page.evaluate(() => {
        const shifts: number[] = [];
        Object.assign(window, { shifts });
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) shifts.push((entry as PerformanceEntry & { value: number }).value);
        }).observe({ type: 'layout-shift', buffered: false });
      });
      await say(page, 'Hello');
      await log(page).getByText('Rivers carry').waitFor();
      await page.evaluate(() => ((window as unknown as { shifts: number[] }).shifts.length = 0));
      await answered(page);
      const shifts = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
      expect(shifts.reduce((sum, value) => sum + value, 0)).toBeLessThan(0.02);
    });
  });
});
