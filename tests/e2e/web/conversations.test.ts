// What is done with conversations in headless Chromium, over the real store and a fake engine: finding, ordering, branching,
// going on, presets.
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumMissing } from '../../support/chromium.ts';
import { hourMs, storeOf, turns } from '../../support/weeksOfChats.ts';
import {
  button,
  choose,
  conversations,
  download,
  idle,
  log,
  menuOf,
  message,
  open,
  say,
  search,
  titles,
  wide,
  windowTests,
} from '../../support/windowPage.ts';

const { withWindow } = windowTests('conversations');

describe.skipIf(chromiumMissing)('conversations', () => {
  it('are renamed, pinned, moved, archived and duplicated from their menu', async () => {
    await withWindow(await storeOf(), async ({ page, bridge }) => {
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
      await page.getByRole('button', { name: 'Kitchen, 1 chat' }).hover();
      await button(page, 'Rename folder').click();
      await page.getByRole('textbox', { name: 'Folder name' }).fill('Baking');
      await page.keyboard.press('Enter');
      const folder = page.getByRole('button', { name: 'Baking, 1 chat' });
      await expect.poll(() => folder.evaluate((row) => row === document.activeElement)).toBe(true);
      await folder.hover();
      await button(page, 'Delete folder').click();
      await button(page, 'Undo').click();
      await folder.waitFor();
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
    await withWindow(await storeOf(), async ({ page }) => {
      for (const query of ['"', 'AND', '🦊', '(salt', 'title:*', '%', "'; DROP TABLE messages"]) {
        await search(page).fill(query);
        await page.getByText(/No chats found|chats? found/).waitFor();
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
    await withWindow(await storeOf(), async ({ page, bridge }) => {
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

  it('change their last message by the arrow key, and give the focus back', async () => {
    await withWindow(await storeOf(), async ({ page }) => {
      await open(page, 'Why the sea is salty');
      const editor = page.getByRole('textbox', { name: 'Edit the message' });
      const hasFocus = (field: Locator) => field.evaluate((element) => element === document.activeElement);
      await message(page).press('ArrowUp');
      await expect.poll(() => hasFocus(editor)).toBe(true);
      expect(await editor.inputValue()).toContain('bathtub');
      await page.keyboard.press('Escape');
      await expect.poll(() => hasFocus(message(page))).toBe(true);
      await message(page).fill('typed');
      await message(page).press('ArrowUp');
      expect(await editor.count()).toBe(0);
      await message(page).fill('');
      await message(page).press('ArrowUp');
      await editor.fill('And in a cup?');
      await page.keyboard.press('Control+Enter');
      await log(page).getByText('And in a cup?').waitFor();
      await expect.poll(() => hasFocus(message(page))).toBe(true);
    });
  });

  it('go on where they were stopped', async () => {
    await withWindow(await storeOf(), async ({ page }) => {
      await say(page, '/slow Hello');
      await log(page).getByText('Rivers carry').waitFor();
      await button(page, 'Stop').click();
      await button(page, 'Continue').click();
      await log(page).getByText('and goes on from there.').waitFor();
      await idle(page);
      expect(await page.getByText('You stopped').count()).toBe(0);
    });
  });

  it('carry a system prompt and take a preset', async () => {
    await withWindow(await storeOf(), async ({ page, bridge }) => {
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

  it('stay light when there are many, and when one is long', async () => {
    const many = Array.from({ length: 700 }, (_, index) => ({
      title: `Chat ${index}`,
      ago: (index + 1) * hourMs,
      turns: turns('Hello', 'Hello to you.'),
    }));
    const long = turns(...Array.from({ length: 400 }, (_, index) => `Message ${index} of a long talk.`));
    const use = async ({ page }: { page: Page }) => {
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
    await withWindow(await storeOf([...many, { title: 'The long one', ago: 0, turns: long }]), use);
  });

  it('keep what was typed and not sent', async () => {
    await withWindow(await storeOf(), async ({ page, bridge }) => {
      await open(page, 'Sourdough');
      await message(page).fill('What about rye?');
      const stored = async () => bridge.calls.filter(({ name }) => name === 'drafts:set').map(({ payload }) => payload);
      await expect.poll(stored).toContainEqual(expect.objectContaining({ text: 'What about rye?' }));
      await page.reload();
      await open(page, 'Sourdough');
      await expect.poll(() => message(page).inputValue()).toBe('What about rye?');
    });
  });
});
