// The app in a real Electron: a chat from the first word to its history after a restart and after a crash, and how far
// the window is closed off.
import fs from 'node:fs';
import path from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { poll, type ChatPage } from '../../support/chatPage.ts';
import { electronMissing, withReason } from '../../support/electron.ts';
import { runningApp } from '../../support/electronApp.ts';
import { screenshot } from '../../support/screenshots.ts';

describe.skipIf(electronMissing)(withReason('the app in Electron', electronMissing), () => {
  let app: ElectronApplication;
  let chat: ChatPage;
  const { dataFolder, start } = runningApp((started) => ({ app, chat } = started), {
    provoked: /^Refused to connect to/,
  });

  /** Ends every process of the app at once. */
  async function crash(): Promise<void> {
    const main = app.process();
    const gone = new Promise((resolve) => main.once('exit', resolve));
    main.kill('SIGKILL');
    await gone;
  }

  test('answers what is typed', async () => {
    await screenshot(chat.page, 'electron-1-first');
    await chat.openSampling();
    await chat.setMode('Greedy');
    expect(await chat.ask('What is the capital of France?')).toContain('Paris');
    await screenshot(chat.page, 'electron-2-answer');
  });

  test('finds a chat by its words, and saves it as a file', async () => {
    const { page } = chat;
    await page.getByRole('searchbox', { name: 'Search chats' }).fill('paris');
    await page.getByRole('list', { name: 'Search results' }).getByText('Paris').first().click();
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog', { name: 'Commands' }).getByRole('combobox').fill('export markdown');
    const file = path.join(dataFolder, 'exported.md');
    await app.evaluate(({ session }, where) => {
      session.defaultSession.once('will-download', (_event, item) => item.setSavePath(where));
    }, file);
    await page.keyboard.press('Enter');
    await expect.poll(() => fs.existsSync(file) && fs.readFileSync(file, 'utf8'), poll).toContain('Paris');
    await page.getByRole('button', { name: 'Clear the search' }).click();
  });

  test('branches by an edit, goes between the branches, and shows how sure the model was', async () => {
    const { conversation, page } = chat;
    await chat.button('Edit', conversation).first().click();
    await page.getByRole('textbox', { name: 'Edit the message' }).fill('What is the capital of Italy?');
    await page.keyboard.press('Control+Enter');
    await conversation.getByText('2 of 2').waitFor();
    await chat.finished();
    expect(await chat.lastAnswer()).not.toContain('Paris');
    await chat.button('Previous branch').first().click();
    await expect.poll(() => chat.lastAnswer(), poll).toContain('Paris');
    await chat.button('Probabilities').click();
    await chat.answers.last().getByRole('button', { name: 'Paris', exact: true }).first().click();
    await page.getByRole('list', { name: 'Alternatives' }).getByRole('listitem').nth(7).waitFor();
    await page.keyboard.press('Escape');
    await chat.button('Probabilities').click();
  });

  test('streams, stops, and answers again', async () => {
    await chat.newChat();
    await chat.setMode('Greedy');
    await chat.say('Tell me a story about a clever fox.');
    const early = await chat.streaming(10);
    await chat.message.press('Escape');
    await chat.conversation.getByText('You stopped this answer.').waitFor();
    const kept = await chat.lastAnswer();
    expect(kept.startsWith(early.slice(0, 10))).toBe(true);
    await chat.setSampling('Max tokens', 16);
    await chat.button('Regenerate').click();
    await chat.conversation.getByText('2 of 2').waitFor();
    await chat.finished();
    expect((await chat.lastAnswer()).slice(0, 10)).toBe(kept.slice(0, 10));
  });

  test('keeps a changed temperature with its chat, and all chats over a restart', async () => {
    await chat.newChat();
    await chat.setSampling('Temperature', 0.3);
    const answer = await chat.ask('What is 12 + 30?');
    await app.close();
    await start();
    expect(await chat.titles()).toEqual([
      'What is 12 + 30?',
      'Tell me a story about a clever fox.',
      'What is the capital of France?',
    ]);
    await chat.open('What is 12 + 30?');
    await expect.poll(() => chat.lastAnswer(), poll).toBe(answer);
    await chat.openSampling();
    expect(await chat.sampling('Temperature').inputValue()).toBe('0.3');
  });

  test('deletes a chat and brings it back', async () => {
    const entry = chat.entry('What is 12 + 30?');
    await entry.hover();
    await chat.button('Delete', entry).click();
    await expect.poll(() => chat.titles(), poll).not.toContain('What is 12 + 30?');
    await chat.button('Undo').click();
    await expect.poll(() => chat.titles(), poll).toContain('What is 12 + 30?');
  });

  test('an answer that a crash cut off is there, and said to be', async () => {
    await chat.newChat();
    await chat.setMode('Greedy');
    await chat.say('Write a short story about a lonely robot.');
    const early = await chat.streaming(20);
    await crash();
    await start();
    await chat.open('Write a short story about a lonely robot.');
    await chat.conversation.getByText('This answer was cut off when the app closed.').waitFor();
    const kept = await chat.lastAnswer();
    expect(kept).not.toBe('');
    expect(early.startsWith(kept) || kept.startsWith(early)).toBe(true);
    await screenshot(chat.page, 'electron-3-interrupted');
  });

  test('the window has nothing of Node, opens no other window and goes to no other address', async () => {
    const { page } = chat;
    expect(await page.evaluate(() => [typeof process, typeof require, typeof module])).toEqual(
      Array(3).fill('undefined'),
    );
    expect(await page.evaluate(() => window.open('https://example.com/') === null)).toBe(true);
    expect(app.windows()).toHaveLength(1);
    const address = page.url();
    await page.evaluate(() => window.location.assign('https://example.com/'));
    const reach = (url: string) =>
      page.evaluate(
        (target) =>
          fetch(target).then(
            () => 'reached',
            () => 'blocked',
          ),
        url,
      );
    expect(await reach('https://example.com/')).toBe('blocked');
    expect(await reach('file:///etc/passwd')).toBe('blocked');
    expect(page.url()).toBe(address);
    const denied = await page.evaluate(() => navigator.permissions.query({ name: 'geolocation' }));
    expect(denied).toBeDefined();
    expect(await page.evaluate(() => Notification.requestPermission())).toBe('denied');
  });
});
