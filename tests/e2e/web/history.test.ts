// What stays: chats after a restart and after a crash in the middle of an answer, renaming, deleting and undoing it.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { poll, type ChatPage } from '../../support/chatPage.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { startWebChat, type WebChat } from '../../support/webChat.ts';

describe.skipIf(chromiumMissing)('history in the browser', () => {
  let web: WebChat;
  let chat: ChatPage;

  beforeAll(async () => {
    web = await startWebChat();
    chat = await web.open();
  });

  afterAll(() => web.close());

  afterEach(() => {
    // Requests that a stopped shell no longer answers are not problems of the page.
    expect(web.problems.filter((problem) => !/ERR_(CONNECTION|INCOMPLETE|EMPTY|NETWORK)/.test(problem))).toEqual([]);
    web.problems.length = 0;
  });

  async function reopen(): Promise<void> {
    await chat.page.context().close();
    chat = await web.open();
  }

  test('a chat and its settings are there after a restart', async () => {
    await chat.openSampling();
    await chat.setMode('Greedy');
    await chat.setSampling('Max tokens', 40);
    const answer = await chat.ask('What is the capital of France?');
    await web.restart();
    await reopen();
    expect(await chat.titles()).toEqual(['What is the capital of France?']);
    await chat.open('What is the capital of France?');
    await expect.poll(() => chat.lastAnswer(), poll).toBe(answer);
    await chat.openSampling();
    expect(await chat.sampling('Max tokens').inputValue()).toBe('40');
    expect(await chat.button('Greedy').getAttribute('aria-pressed')).toBe('true');
  });

  test('the newest chat stands first, and an older one comes up when it is used', async () => {
    await chat.newChat();
    await chat.ask('What is 2 + 3?');
    expect(await chat.titles()).toEqual(['What is 2 + 3?', 'What is the capital of France?']);
    await chat.open('What is the capital of France?');
    await chat.ask('And of Italy?');
    await expect.poll(() => chat.titles(), poll).toEqual(['What is the capital of France?', 'What is 2 + 3?']);
  });

  test('renames by the button and by F2', async () => {
    const entry = chat.entry('What is 2 + 3?');
    await entry.hover();
    await chat.button('Rename', entry).click();
    await chat.page.getByRole('textbox', { name: 'Title' }).fill('A small sum');
    await chat.page.keyboard.press('Enter');
    await expect.poll(() => chat.titles(), poll).toContain('A small sum');
    await chat.conversations.getByRole('link', { name: 'A small sum' }).focus();
    await chat.page.keyboard.press('F2');
    await chat.page.getByRole('textbox', { name: 'Title' }).fill('not this one');
    await chat.page.keyboard.press('Escape');
    await expect.poll(() => chat.titles(), poll).toContain('A small sum');
  });

  test('deletes, and Undo brings everything back', async () => {
    const entry = chat.entry('A small sum');
    await chat.open('A small sum');
    const answer = await chat.lastAnswer();
    await entry.hover();
    await chat.button('Delete', entry).click();
    await expect.poll(() => chat.titles(), poll).not.toContain('A small sum');
    await chat.button('Undo').click();
    await expect.poll(() => chat.titles(), poll).toContain('A small sum');
    await chat.open('A small sum');
    await expect.poll(() => chat.lastAnswer(), poll).toBe(answer);
  });

  test('a deleted chat stays deleted after a restart', async () => {
    const entry = chat.entry('A small sum');
    await entry.hover();
    await chat.button('Delete', entry).click();
    await expect.poll(() => chat.titles(), poll).not.toContain('A small sum');
    await web.restart();
    await reopen();
    expect(await chat.titles()).toEqual(['What is the capital of France?']);
  });

  test('a crash in the middle of an answer loses nothing that was stored and says what happened', async () => {
    await chat.newChat();
    await chat.openSampling();
    await chat.setMode('Greedy');
    await chat.say('Tell me a story about a clever fox.');
    const early = await chat.streaming(20);
    await web.shell.kill();
    await web.restart();
    await reopen();
    await chat.open('Tell me a story about a clever fox.');
    await chat.conversation.getByText('This answer was cut off when the app closed.').waitFor();
    const kept = await chat.lastAnswer();
    expect(kept).not.toBe('');
    expect(early.startsWith(kept) || kept.startsWith(early)).toBe(true);
    // With what the model thought of each token.
    await chat.button('Probabilities').click();
    const tokens = chat.answers.last().locator('[role=button][title^="probability"]');
    await tokens.first().waitFor();
    expect((await tokens.allInnerTexts()).join('')).toContain(kept.slice(0, 15));
    await chat.button('Probabilities').click();
    await chat.button('Answer again').click();
    await chat.finished();
    expect((await chat.lastAnswer()).startsWith(kept)).toBe(true);
  });
});
