// The window in headless Chromium under the app's content policy, over whatever bridge a test gives it: opened, looked at
// and closed again. And what a test finds in it, by accessible names.
import { Buffer } from 'node:buffer';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Bridge } from '../../main/ipc/contract.ts';
import { chromiumMissing, launchChromium } from './chromium.ts';
import { buildPreview, servePreview } from './rendererPreview.ts';

export const wide = { width: 1440, height: 900 };
export const small = { width: 720, height: 560 };

export interface OpenedWindow<Behind extends Bridge> {
  page: Page;
  bridge: Behind;
  /** Errors and warnings of the console: must be none at the end. */
  complaints: string[];
}

export interface WindowTests {
  /** Opens the window over a bridge, closes both after `use`. What the console says must be nothing. */
  withWindow<Behind extends Bridge & { close?(): void }>(
    bridge: Behind,
    use: (opened: OpenedWindow<Behind>) => Promise<void>,
    options?: { reducedMotion?: 'reduce' | 'no-preference' },
  ): Promise<void>;
  /** Pictures in light, dark and a small window; nothing that axe finds in any, and nothing that runs over the side. */
  look(page: Page, name: string, whenSmall?: (page: Page) => Promise<void>): Promise<void>;
}

/** For one file of tests. Pictures go into a folder of screenshots/. */
export function windowTests(pictures: string): WindowTests {
  const folder = path.join('screenshots', pictures);
  let browser: Browser;

  beforeAll(async () => {
    if (chromiumMissing) return;
    mkdirSync(folder, { recursive: true });
    await buildPreview();
    browser = await launchChromium({ webgpu: 'off' });
  });

  afterAll(() => browser?.close());

  return {
    async withWindow(bridge, use, { reducedMotion = 'reduce' } = {}) {
      const preview = await servePreview(bridge);
      const context = await browser.newContext({ viewport: wide, colorScheme: 'light', reducedMotion });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const complaints: string[] = [];
      page.on('console', (line) => {
        // Chromium's own word on a machine without a GPU, when it is asked for one, is no complaint.
        if (['error', 'warning'].includes(line.type()) && line.text() !== 'No available adapters.')
          complaints.push(line.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(preview.address);
      try {
        await use({ page, bridge, complaints });
        expect(complaints).toEqual([]);
      } finally {
        await context.close();
        preview.close();
        bridge.close?.();
      }
    },
    async look(page, name, whenSmall) {
      const picture = (kind: string) => page.screenshot({ path: path.join(folder, `${name}-${kind}.png`) });
      await page.evaluate(() => document.fonts.ready);
      expect(await violations(page)).toEqual([]);
      await picture('light');
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await violations(page, ['color-contrast'])).toEqual([]);
      await picture('dark');
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize(small);
      await whenSmall?.(page);
      expect(await violations(page)).toEqual([]);
      await picture('small');
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    },
  };
}

export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
export const message = (page: Page) => page.getByRole('textbox', { name: 'Message' });
export const log = (page: Page) => page.getByRole('log', { name: 'Conversation' });
export const conversations = (page: Page) => page.getByRole('list', { name: 'Conversations' });
export const entry = (page: Page, title: string) =>
  conversations(page).getByRole('listitem').filter({ hasText: title });
export const search = (page: Page) => page.getByRole('searchbox', { name: 'Search chats' });
export const open = (page: Page, title: string) => conversations(page).getByRole('link', { name: title }).click();
export const titles = async (page: Page) =>
  (await conversations(page).getByRole('link').allInnerTexts()).map((title) => title.trim());

/** Types and sends. */
export async function say(page: Page, words: string): Promise<void> {
  await message(page).fill(words);
  await message(page).press('Enter');
}

export const answered = (page: Page) => button(page, 'Regenerate').last().waitFor();
/** The model's card, below the list of conversations. */
export const modelCard = (page: Page) => page.getByRole('region', { name: 'Model' });
/** The model is loaded: from here on its card and the line under the message stay as they are. */
export const modelReady = (page: Page) => modelCard(page).getByText('ready on').waitFor();
/** Nothing is being answered. */
export const idle = (page: Page) => page.locator('[role=log][aria-busy=false]').waitFor();

export async function menuOf(page: Page, title: string): Promise<void> {
  await entry(page, title).hover();
  await entry(page, title).getByRole('button', { name: 'More', exact: true }).click();
}

export const choose = (page: Page, name: string) => page.getByRole('menuitem', { name, exact: true }).click();

/** Presses keys as fast as they come: none waits for what the one before has done. "Control+k" or a letter each. */
export async function pressAtOnce(page: Page, keys: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const events = keys.flatMap((name) => {
    const key = name.split('+').at(-1)!;
    const isLetter = key.length === 1 && key === name;
    const modifiers = name.startsWith('Control+') ? 2 : 0;
    const windowsVirtualKeyCode = key === 'Enter' ? 13 : key.toUpperCase().charCodeAt(0);
    const text = isLetter ? key : key === 'Enter' ? '\r' : undefined;
    const pressed = { key, modifiers, windowsVirtualKeyCode };
    return [
      session.send('Input.dispatchKeyEvent', { type: 'keyDown', ...pressed, ...(text && { text }) }),
      session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...pressed }),
    ];
  });
  await Promise.all(events);
  await session.detach();
}

/** What a download that this starts is called and holds. */
export async function download(page: Page, click: () => Promise<void>): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
}

/** Chooses a file for Import. */
export const importing = async (page: Page, name: string, text: string) => {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button(page, 'Import').click()]);
  await chooser.setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
};

/** Drags files into the window; the returned function drops them. */
export async function dragOver(
  page: Page,
  files: readonly { name: string; type?: string; text: string }[],
): Promise<() => Promise<void>> {
  const dataTransfer = await page.evaluateHandle((handed) => {
    const transfer = new DataTransfer();
    for (const { name, type = '', text } of handed) transfer.items.add(new File([text], name, { type }));
    return transfer;
  }, files);
  await page.dispatchEvent('main', 'dragenter', { dataTransfer });
  return () => page.dispatchEvent('main', 'drop', { dataTransfer });
}

async function violations(page: Page, rules?: string[]): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  const { violations: found } = await (rules ? axe.withRules(rules) : axe).analyze();
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
  );
}
