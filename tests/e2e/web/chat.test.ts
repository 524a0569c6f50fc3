// One conversation in the browser: type, stream, stop, regenerate, follow up, and the settings that an answer is made with.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { poll, type ChatPage } from '../../support/chatPage.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { startWebChat, type WebChat } from '../../support/webChat.ts';
import { askShell } from '../../support/webShell.ts';
import { modelCard } from '../../support/windowPage.ts';

const longRequest = 'Tell me a story about a clever fox.';

describe.skipIf(chromiumMissing)('a chat in the browser', () => {
  let web: WebChat;
  let chat: ChatPage;

  beforeAll(async () => {
    web = await startWebChat();
    chat = await web.open();
  });

  beforeEach(() => chat.openSampling());

  afterAll(async () => {
    await web.close();
    expect(web.problems).toEqual([]);
  });

  test('greets, says what the model is, and offers four things to try', async () => {
    const first = chat.page.getByRole('main');
    await expect.poll(() => first.getByRole('heading', { level: 2 }).innerText(), poll).not.toBe('');
    const model = (await askShell(web.shell, 'models:list', null))[0];
    // It goes on as part of a sentence: "A small model …" begins with a small letter there.
    expect((await first.innerText()).toLowerCase()).toContain(model.summary?.toLowerCase());
    await first.getByRole('button', { name: 'Add two numbers' }).click();
    await chat.finished();
    expect(await chat.lastAnswer()).toContain('84');
  });

  test('answers what is typed, on a machine without a GPU', async () => {
    await chat.newChat();
    await chat.setMode('Greedy');
    expect(await chat.ask('What is the capital of France?')).toContain('Paris');
    await expect.poll(() => modelCard(chat.page).innerText(), poll).toContain('CPU');
  });

  test('keeps what was said before for the next turn, and prefills only what is new', async () => {
    const [conversation] = await askShell(web.shell, 'conversations:list', null);
    expect(await chat.ask('And of Italy?')).toContain('Rome');
    const messages = await askShell(web.shell, 'messages:list', { conversationId: conversation.id });
    const timings = messages.at(-1)!.generation!.timings!;
    expect(timings.reusedTokens).toBeGreaterThan(0);
    expect(timings.promptTokens - timings.reusedTokens).toBeLessThan(timings.promptTokens / 2);
  });

  test('Shift+Enter breaks the line, and typing goes on while an answer streams', async () => {
    await chat.newChat();
    await chat.setMode('Greedy');
    await chat.say(longRequest);
    await chat.streaming();
    await chat.message.pressSequentially('one');
    await chat.message.press('Shift+Enter');
    await chat.message.pressSequentially('two');
    expect(await chat.stop.isVisible()).toBe(true);
    expect(await chat.message.inputValue()).toBe('one\ntwo');
    await chat.finished();
    expect(await chat.message.inputValue()).toBe('one\ntwo');
  });

  test('streams: the answer grows while it is written', async () => {
    await chat.newChat();
    await chat.setMode('Greedy');
    await chat.say(longRequest);
    const early = await chat.streaming();
    expect(await chat.stop.isVisible()).toBe(true);
    await chat.streaming(early.length + 20);
    await chat.finished();
    const whole = await chat.lastAnswer();
    expect(whole.length).toBeGreaterThan(early.length);
    expect(whole.startsWith(early.slice(0, 20))).toBe(true);
  });

  test.each(['button', 'Esc'])('stops by the %s, and keeps what had arrived', async (by) => {
    await chat.newChat();
    await chat.setMode('Greedy');
    await chat.say(longRequest);
    const early = await chat.streaming(10);
    await (by === 'button' ? chat.stop.click() : chat.message.press('Escape'));
    await chat.conversation.getByText('You stopped this answer.').waitFor();
    const kept = await chat.lastAnswer();
    expect(kept.startsWith(early.slice(0, 10))).toBe(true);
    const [conversation] = await askShell(web.shell, 'conversations:list', null);
    const stored = (await askShell(web.shell, 'messages:list', { conversationId: conversation.id })).at(-1)!;
    expect(stored).toMatchObject({ status: 'stopped', generation: { stopReason: 'aborted' } });
    expect(stored.text.length).toBeGreaterThanOrEqual(early.length);
    expect(await chat.lastAnswer()).toBe(kept);
  });

  test('regenerates beside the old answer, which can be shown again', async () => {
    await chat.newChat();
    await chat.setMode('Random');
    await chat.setSampling('Max tokens', 24);
    await chat.setSampling('Seed', 1);
    const first = await chat.ask(longRequest);
    await chat.setSampling('Seed', 2);
    await chat.button('Regenerate').click();
    await chat.conversation.getByText('2 of 2').waitFor();
    await chat.finished();
    expect(await chat.lastAnswer()).not.toBe(first);
    await chat.button('Previous branch').click();
    await expect.poll(() => chat.lastAnswer(), poll).toBe(first);
    await chat.conversation.getByText('1 of 2').waitFor();
  });

  test('the same seed gives the same answer, and the limit on tokens holds', async () => {
    await chat.newChat();
    await chat.setMode('Random');
    await chat.setSampling('Max tokens', 12);
    await chat.setSampling('Seed', 7);
    const first = await chat.ask(longRequest);
    await chat.button('Regenerate').click();
    await chat.conversation.getByText('2 of 2').waitFor();
    await chat.finished();
    expect(await chat.lastAnswer()).toBe(first);
    await chat.conversation.getByText('12 tokens').waitFor();
  });

  test('a changed temperature is what the answer is made with, and belongs to this chat alone', async () => {
    await chat.newChat();
    const usual = await chat.sampling('Temperature').inputValue();
    await chat.setSampling('Temperature', 0.2);
    await chat.ask('What is 12 + 30?');
    const [conversation] = await askShell(web.shell, 'conversations:list', null);
    expect(conversation.sampling.temperature).toBe(0.2);
    const messages = await askShell(web.shell, 'messages:list', { conversationId: conversation.id });
    expect(messages.at(-1)!.generation!.sampling.temperature).toBe(0.2);

    await chat.newChat();
    await expect.poll(() => chat.sampling('Temperature').inputValue(), poll).toBe(usual);
    await chat.open('What is 12 + 30?');
    await expect.poll(() => chat.sampling('Temperature').inputValue(), poll).toBe('0.2');
    await chat.button('Reset to model').click();
    await expect.poll(() => chat.sampling('Temperature').inputValue(), poll).toBe(usual);
  });

  test('a value that cannot be is refused with a sentence, and the last good one stays', async () => {
    await chat.newChat();
    const before = await chat.sampling('Top P').inputValue();
    await chat.setSampling('Top P', -3);
    await chat.page
      .getByRole('alert')
      .filter({ hasText: /^Top P .*-3/ })
      .waitFor();
    expect(await chat.sampling('Top P').inputValue()).toBe(before);
  });

  test('a prompt longer than the context is refused with a sentence, and stays', async () => {
    await chat.newChat();
    await chat.message.fill('word '.repeat(4000));
    await chat.send.click();
    await chat.button('Edit a shorter message').waitFor({ timeout: poll.timeout });
    const [conversation] = await askShell(web.shell, 'conversations:list', null);
    const messages = await askShell(web.shell, 'messages:list', { conversationId: conversation.id });
    expect(messages.at(-1)).toMatchObject({ status: 'failed', generation: { error: { code: 'prompt-too-long' } } });
  });
});
