// What the desktop shell adds to the window, in a real Electron: one instance, a window that comes back where it was, menus
// in the user's language, the key that works everywhere, the tray; and files and diagrams under the app's own protocol.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { poll, type ChatPage } from '../../support/chatPage.ts';
import { electronDist, electronMissing, sandboxArgs, withReason, type Display } from '../../support/electron.ts';
import { runningApp } from '../../support/electronApp.ts';
import { pdfOf } from '../../support/pdf.ts';
import { screenshot } from '../../support/screenshots.ts';
import { dragOver } from '../../support/windowPage.ts';

const project = path.resolve(import.meta.dirname, '../../..');

describe.skipIf(electronMissing)(withReason('the desktop shell', electronMissing), () => {
  let display: Display;
  let app: ElectronApplication;
  let chat: ChatPage;
  const { dataFolder, start } = runningApp((started) => ({ app, chat, display } = started));

  /** Starts the app once more on the same data and waits for its end. */
  async function startAgain(): Promise<void> {
    const args = [...sandboxArgs, project, '--data', dataFolder];
    const second = spawn(path.join(electronDist!, 'electron'), args, { env: display.environment, stdio: 'ignore' });
    await once(second, 'exit');
  }

  async function closeDialog(): Promise<void> {
    await chat.page.keyboard.press('Escape');
    await chat.page.getByRole('dialog').waitFor({ state: 'hidden' });
  }

  const bounds = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].getBounds());
  const isVisible = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].isVisible());
  const menuLabels = () =>
    app
      .evaluate(({ Menu }) => Menu.getApplicationMenu()!.items.flatMap(({ submenu }) => submenu?.items ?? []))
      .then((items) => items.map(({ label }) => label));
  const clickMenu = (label: string) =>
    app.evaluate(({ Menu }, wanted) => {
      const items = Menu.getApplicationMenu()!.items.flatMap(({ submenu }) => submenu?.items ?? []);
      items.find((item) => item.label === wanted)!.click();
    }, label);

  test('text, code and a PDF are read and counted by the real tokenizer', async () => {
    const { page } = chat;
    const handed = [{ name: 'notes.txt', type: 'text/plain', text: 'Paris is the capital of France.' }];
    await (
      await dragOver(page, [...handed, { name: 'sea.pdf', text: pdfOf([['The sea is salty.']]).toString('latin1') }])
    )();
    const attached = page.getByRole('list', { name: 'Attached files' });
    await attached.getByText(/1 page · \d+ tokens/).waitFor();
    await expect.poll(() => attached.getByText('not counted yet').count(), poll).toBe(0);
    await chat.ask('What is the capital of France?');
    await chat.conversation.getByText('sea.pdf').waitFor();
    await screenshot(page, 'electron-attachments');
  });

  test('a right click in text offers to cut, copy and paste it', async () => {
    await app.evaluate(({ Menu }) => {
      Menu.prototype.popup = function (this: Electron.Menu) {
        Object.assign(globalThis, { offered: this.items.filter(({ enabled }) => enabled).map(({ label }) => label) });
      };
    });
    const offered = () => app.evaluate(() => (globalThis as unknown as { offered?: string[] }).offered ?? []);
    await chat.message.fill('Hello');
    await chat.message.selectText();
    await chat.message.click({ button: 'right', position: { x: 8, y: 12 } });
    await expect.poll(offered, poll).toEqual(expect.arrayContaining(['Cut', 'Copy', 'Select all']));
    await chat.message.fill('');
  });

  test('a diagram is drawn in its own page', async () => {
    const { page } = chat;
    const text = '```mermaid\nflowchart LR\n  rain --> river --> sea\n```';
    const common = { parent: null, children: [], timestamp: 1, type: 'text' };
    const file = {
      conv: { name: 'Water', lastModified: 1 },
      messages: [
        { ...common, id: 'q', role: 'user', content: 'Draw it.', children: ['a'] },
        { ...common, id: 'a', parent: 'q', role: 'assistant', content: text },
      ],
    };
    await (
      await dragOver(page, [{ name: 'water.json', type: 'application/json', text: JSON.stringify(file) }])
    )();
    await page.getByRole('heading', { name: 'Water', level: 1 }).waitFor();
    const picture = chat.conversation.locator('img');
    await picture.waitFor({ timeout: 60_000 });
    await expect
      .poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth), poll)
      .toBeGreaterThan(0);
  });

  test('the menu carries out commands, and speaks the language of the window', async () => {
    const { page } = chat;
    expect(await menuLabels()).toEqual(expect.arrayContaining(['New chat', 'Settings…', 'Search chats', 'Commands']));
    await clickMenu('Commands');
    await page.getByRole('dialog', { name: 'Commands' }).waitFor();
    await closeDialog();
    await clickMenu('Settings…');
    await page.getByRole('combobox', { name: 'Language' }).selectOption('de');
    await expect.poll(menuLabels, poll).toContain('Neuer Chat');
    await page.getByRole('combobox', { name: 'Sprache' }).selectOption('en');
    await expect.poll(menuLabels, poll).toContain('New chat');
    await page.getByRole('combobox', { name: 'Language' }).waitFor();
    // The dialog is drawn anew in the other language, and takes the focus again.
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName), poll).toBe('SELECT');
    await closeDialog();
  });

  test('a key shows the window from everywhere, if the user wants one', async () => {
    const { page } = chat;
    const registered = () =>
      app.evaluate(({ globalShortcut }) => globalShortcut.isRegistered('CommandOrControl+Shift+Space'));
    expect(await registered()).toBe(false);
    await page.keyboard.press('Control+,');
    const field = page.getByRole('combobox', { name: 'Key that shows Conclave from anywhere' });
    await field.selectOption('CommandOrControl+Shift+Space');
    await expect.poll(registered, poll).toBe(true);
    await screenshot(page, 'electron-settings');
    await field.selectOption('');
    await expect.poll(registered, poll).toBe(false);
    await closeDialog();
  });

  test('a second start shows the window that is there, from the tray too', async () => {
    const { page } = chat;
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].minimize());
    await startAgain();
    await expect.poll(isVisible, poll).toBe(true);
    expect(app.windows()).toHaveLength(1);
    await page.keyboard.press('Control+,');
    const tray = page.getByRole('checkbox', { name: 'Keep running in the tray when the window is closed' });
    await tray.check();
    await closeDialog();
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].close());
    await expect.poll(isVisible, poll).toBe(false);
    await startAgain();
    await expect.poll(isVisible, poll).toBe(true);
    expect(app.windows()).toHaveLength(1);
  });

  test('the window comes back where and as large as it was', async () => {
    await app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0].setBounds({ x: 60, y: 40, width: 900, height: 640 }),
    );
    const before = await bounds();
    await app.close();
    await start();
    const { width, height } = await bounds();
    expect([width, height]).toEqual([before.width, before.height]);
  });
});
