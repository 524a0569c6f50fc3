// What one sees and does in a message, in headless Chromium over the real store and a fake engine: everything that Markdown
// knows, code that wraps and folds, copies, answers that were cut off by their limit, titles that a model makes.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumMissing } from '../../support/chromium.ts';
import { fakeModel } from '../../support/fakeBridge.ts';
import { storeOf, turns } from '../../support/weeksOfChats.ts';
import { answered, button, choose, idle, log, open, say, titles, windowTests } from '../../support/windowPage.ts';

const { withWindow } = windowTests('conversations');

const lines = Array.from(
  { length: 60 },
  (_, line) => `let value${line} = ${line}; // a line that is ${'very '.repeat(30)}long`,
);
const code = { title: 'Code', ago: 0, turns: turns('Write code', `\`\`\`js\n${lines.join('\n')}\n\`\`\``) };

/** What the page last put on the clipboard. */
async function keepCopies(page: Page): Promise<() => Promise<string>> {
  await page.evaluate(() => {
    navigator.clipboard.writeText = (words) => Promise.resolve(void Object.assign(window, { copied: words }));
  });
  return () => page.evaluate(() => (window as unknown as { copied: string }).copied);
}

describe.skipIf(chromiumMissing)('messages', () => {
  it('hold tables, tasks, footnotes, formulas and code', async () => {
    await withWindow(await storeOf(), async ({ page }) => {
      await say(page, '/markdown');
      await answered(page);
      const answer = log(page).getByRole('article').last();
      expect(await answer.getByRole('columnheader').allInnerTexts()).toEqual(['Water', 'Salt a litre', 'Taste']);
      expect(await answer.getByRole('listitem').allInnerTexts()).toEqual(
        expect.arrayContaining([expect.stringMatching(/☑\sSea/), expect.stringMatching(/☐\sRivers/)]),
      );
      expect(await answer.locator('sup').innerText()).toBe('1');
      await answer.getByRole('note').getByText('in decimetres').waitFor();
      await expect.poll(() => answer.locator('math').count()).toBe(2);
      await expect.poll(() => answer.locator('pre .keyword').allInnerTexts()).toContain('def');
    });
  });

  it('wrap and fold long code', async () => {
    await withWindow(await storeOf([code]), async ({ page }) => {
      await open(page, 'Code');
      const block = log(page).locator('pre');
      const height = async () => (await block.boundingBox())!.height;
      const folded = await height();
      await page.getByRole('button', { name: 'Show all 60 lines' }).click();
      const unfolded = await height();
      expect(unfolded).toBeGreaterThan(2 * folded);
      const overflow = () => block.evaluate((area) => area.scrollWidth - area.clientWidth);
      expect(await overflow()).toBeGreaterThan(0);
      await button(page, 'Wrap').click();
      expect(await overflow()).toBeLessThanOrEqual(0);
      await button(page, 'Wrap').click();
      await button(page, 'Show less').click();
      await expect.poll(height).toBe(folded);
    });
  });

  it('are copied, one by one or the chat as Markdown', async () => {
    await withWindow(await storeOf(), async ({ page }) => {
      await open(page, 'Why the sea is salty');
      const copied = await keepCopies(page);
      await log(page).getByRole('article').last().getByRole('button', { name: 'Copy', exact: true }).click();
      await expect.poll(copied).toBe('About five and a quarter kilograms, at 35 g a litre.');
      await button(page, 'Export').click();
      await choose(page, 'Copy as Markdown');
      await expect.poll(copied).toMatch(/^# Why the sea is salty\n[^]*How much salt is in a bathtub/);
    });
  });

  it('are continued where their limit cut them off', async () => {
    await withWindow(await storeOf(), async ({ page }) => {
      await button(page, 'Sampling').click();
      await page.getByRole('spinbutton', { name: 'Max tokens' }).fill('6');
      await page.getByRole('spinbutton', { name: 'Max tokens' }).press('Enter');
      await say(page, 'Hello');
      await answered(page);
      await log(page).getByText('Rivers carry tiny amounts of dissolved', { exact: true }).waitFor();
      await button(page, 'Continue').click();
      await log(page).getByText('of dissolved and goes on from there.').waitFor();
      await idle(page);
      expect(await button(page, 'Continue').count()).toBe(0);
    });
  });

  it('give their chat a title that the model makes, unless that is switched off', async () => {
    const bridge = await storeOf();
    bridge.models = [{ ...fakeModel, embedded: false }];
    await withWindow(bridge, async ({ page }) => {
      await say(page, 'Why is the sea salty?');
      await expect.poll(() => titles(page)).toContain('The salt of the sea');
      await button(page, 'Settings').click();
      await page.getByRole('checkbox', { name: 'Let the model name new chats' }).uncheck();
      await page.keyboard.press('Escape');
      await button(page, 'New chat').click();
      await say(page, 'And the lakes?');
      await answered(page);
      await idle(page);
      expect(await titles(page)).toContain('And the lakes?');
    });
  });
});
