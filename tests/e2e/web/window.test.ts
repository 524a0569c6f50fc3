// What only a browser can show of the window, around a fake engine: scrolling, focus, keys, and that nothing in an answer runs
// or loads.
import { describe, expect, it } from 'vitest';
import { chromiumMissing } from '../../support/chromium.ts';
import { movement, watchMovement } from '../../support/movement.ts';
import { changeSampling, daysOfChats } from '../../support/daysOfChats.ts';
import { fakeModel } from '../../support/fakeBridge.ts';
import {
  answered,
  button,
  conversations,
  log,
  menuOf,
  message,
  modelCard,
  pressAtOnce,
  say,
  search,
  small,
  titles,
  windowTests,
} from '../../support/windowPage.ts';

const { withWindow } = windowTests('window');

describe.skipIf(chromiumMissing)('the window', () => {
  it('takes text while an answer streams, and sends nothing before its end', async () => {
    await withWindow(daysOfChats(), async ({ page, bridge }) => {
      await say(page, '/slow Hello');
      await log(page).getByText('Rivers').waitFor();
      await message(page).pressSequentially('Typed meanwhile');
      await message(page).press('Shift+Enter');
      await message(page).pressSequentially('second line');
      await message(page).press('Enter');
      expect(await message(page).inputValue()).toBe('Typed meanwhile\nsecond line');
      expect(bridge.namesCalled().filter((name) => name === 'messages:append')).toHaveLength(1);
      await page.getByText('press Esc to end it').waitFor();
      await page.keyboard.press('Escape');
      await button(page, 'Send').click();
      await log(page).getByText('second line').waitFor();
    });
  });

  it('leaves Enter to the composition of a character', async () => {
    await withWindow(daysOfChats(), async ({ page, bridge }) => {
      await message(page).fill('にほん');
      await message(page).dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true });
      expect(bridge.namesCalled()).not.toContain('messages:append');
    });
  });

  it('closes a popover with Esc without ending the answer', async () => {
    await withWindow(daysOfChats(), async ({ page }) => {
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
    await withWindow(daysOfChats(), async ({ page }) => {
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
    await withWindow(daysOfChats(), async ({ page }) => {
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
    await withWindow(daysOfChats(), async ({ page }) => {
      await message(page).waitFor();
      await conversations(page).getByRole('link').first().focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('F2');
      await page.keyboard.type('Photos');
      await page.keyboard.press('Enter');
      // At once: the focus is back on the link before the next key.
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
      await page.keyboard.press('Control+Shift+F');
      expect(await search(page).evaluate((field) => field === document.activeElement)).toBe(true);
      await message(page).focus();
      await page.keyboard.press('Control+b');
      await page.keyboard.press('Control+b');
      await conversations(page).waitFor();
      expect(await message(page).evaluate((field) => field === document.activeElement)).toBe(true);
    });
  });

  it('loses no letter that is typed as soon as a field is asked for', async () => {
    await withWindow(daysOfChats(), async ({ page }) => {
      await message(page).waitFor();
      await pressAtOnce(page, ['Control+k', ...'photos']);
      const palette = page.getByRole('combobox', { name: 'Type a command or the title of a chat' });
      await expect.poll(() => palette.inputValue()).toBe('photos');
      expect(await message(page).inputValue()).toBe('');
      await page.keyboard.press('Escape');
      await palette.waitFor({ state: 'hidden' });
      await pressAtOnce(page, ['Control+k', ...'message', 'Enter', ...'hello']);
      await expect.poll(() => message(page).inputValue()).toBe('hello');
      const first = (await titles(page))[0];
      await menuOf(page, first);
      await page.getByRole('menuitem', { name: 'Rename' }).waitFor();
      await pressAtOnce(page, ['Home', 'Enter', ...'salt', 'Enter']);
      await conversations(page).getByRole('link', { name: 'salt', exact: true }).waitFor();
      expect(await message(page).inputValue()).toBe('hello');
    });
  });

  it('goes on at the next chat when one was deleted by its key', async () => {
    await withWindow(daysOfChats(), async ({ page }) => {
      await message(page).waitFor();
      const [first, , third] = await titles(page);
      await conversations(page).getByRole('link').first().focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Delete');
      await expect.poll(() => titles(page).then((all) => all.slice(0, 2))).toEqual([first, third]);
      const next = conversations(page).getByRole('link', { name: third });
      await expect.poll(() => next.evaluate((link) => link === document.activeElement)).toBe(true);
    });
  });

  it('brings a deleted chat back', async () => {
    await withWindow(daysOfChats(), async ({ page }) => {
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
    await withWindow(daysOfChats(), async ({ page, bridge }) => {
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
      const stored = [...bridge.conversations.values()].map(({ sampling }) => sampling);
      expect(stored.every((sampling) => Object.keys(sampling).length === 0)).toBe(true);
    });
  });

  it('copies an answer, with and without the permission of the browser', async () => {
    await withWindow(daysOfChats(), async ({ page }) => {
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
    await withWindow(daysOfChats(), async ({ page, bridge }) => {
      await message(page).waitFor();
      await expect.poll(() => bridge.listenerCount('menu:command')).toBeGreaterThan(0);
      bridge.send('menu:command', { command: 'toggle-sampling' });
      await page.getByRole('spinbutton', { name: 'Temperature' }).waitFor();
      bridge.send('models:changed', [{ ...fakeModel, name: 'Renamed' }]);
      await modelCard(page).getByText('Renamed', { exact: true }).waitFor();
    });
  });

  it('moves nothing of an answer while it grows', async () => {
    await withWindow(daysOfChats(), async ({ page }) => {
      await watchMovement(page);
      // With all of Markdown, in pieces that end anywhere.
      await say(page, '/markdown /fast /fine');
      await answered(page);
      const { frames, moved } = await movement(page);
      expect(frames).toBeGreaterThan(50);
      expect(moved).toEqual([]);
    });
  });

  it('moves nothing when an answer ends', async () => {
    await withWindow(daysOfChats(), async ({ page }) => {
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
