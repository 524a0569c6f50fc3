// The main states of the window, light and dark: a picture of each for a person, and no violation that axe finds.
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { poll, type ChatPage } from '../../support/chatPage.ts';
import { chromiumMissing } from '../../support/chromium.ts';
import { screenshot } from '../../support/screenshots.ts';
import { startWebChat, type WebChat } from '../../support/webChat.ts';
import { modelCard } from '../../support/windowPage.ts';

describe.skipIf(chromiumMissing).each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  let web: WebChat;
  let chat: ChatPage;

  beforeAll(async () => {
    web = await startWebChat();
    chat = await web.open({ colorScheme, reducedMotion: 'reduce' });
  });

  afterAll(async () => {
    await web.close();
    expect(web.problems).toEqual([]);
  });

  async function look(name: string): Promise<void> {
    await screenshot(chat.page, `web-${name}-${colorScheme}`);
    const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
    const found = violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
    // Soft: the steps after it are still taken.
    expect.soft(found).toEqual([]);
  }

  test('follows the system', async () => {
    const dark = await chat.page.evaluate(() => {
      const [red = 0] = getComputedStyle(document.body).backgroundColor.match(/\d+/g)!.map(Number);
      return red < 128;
    });
    expect(dark).toBe(colorScheme === 'dark');
  });

  test('first screen', async () => {
    await expect.poll(() => modelCard(chat.page).innerText(), poll).toContain('ready');
    await look('1-first');
  });

  test('an answer while it is written', async () => {
    await chat.openSampling();
    await chat.setMode('Greedy');
    await chat.button('Sampling').click();
    await chat.say('Tell me a story about a clever fox.');
    const early = await chat.streaming(40);
    await chat.stop.click();
    await chat.conversation.getByText('You stopped this answer.').waitFor();
    await look('2-stopped');
    await chat.button('Continue').click();
    await chat.streaming(early.length + 20);
    await look('3-streaming');
    await chat.finished();
  });

  test('a conversation with several answers', async () => {
    await chat.button('Regenerate').click();
    await chat.finished();
    await chat.ask('Give me three tips for a good night of sleep.');
    await chat.ask('How do I print hello world in Python?');
    await look('4-conversation');
  });

  test('the Sampling panel, with changed values and one that is refused', async () => {
    await chat.openSampling();
    await chat.setMode('Random');
    await chat.setSampling('Temperature', 1.2);
    await chat.setSampling('Top P', -3);
    await look('5-sampling');
    await chat.button('Reset to model').click();
  });

  test('a deleted chat that can be brought back', async () => {
    await chat.newChat();
    await chat.ask('What is 2 + 3?');
    const entry = chat.entry('What is 2 + 3?');
    await entry.hover();
    await chat.button('Delete', entry).click();
    await chat.button('Undo').waitFor();
    await look('6-deleted');
    await chat.button('Undo').click();
  });

  test('a narrow window', async () => {
    await chat.page.setViewportSize({ width: 480, height: 720 });
    await look('7-narrow');
    const scrolls = await chat.page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    expect(scrolls).toBe(false);
  });
});
