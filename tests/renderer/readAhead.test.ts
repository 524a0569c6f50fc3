// What the engine is told to read while a message is typed: the conversation as it would be sent, and only where that is of use.
/// <reference types="svelte" />
import { describe, expect, it, vi } from 'vitest';
import { start } from '../support/chatState.ts';
import { FakeBridge } from '../support/fakeBridge.ts';

const soon = { timeout: 5000 };

async function started(pace = 0) {
  const begun = await start(new FakeBridge(), pace);
  const { app, engine } = begun;
  await vi.waitFor(() => expect(app.model.status).toBe('ready'), soon);
  const type = async (words: string) => {
    app.composer.draft = words;
    app.draftTokens.follow(words, app.model.loadedId);
    await vi.waitFor(() => expect(app.draftTokens.settled).toBe(words), soon);
  };
  const asked = () => engine.received.flatMap((message) => (message.kind === 'readAhead' ? [message] : []));
  return { ...begun, type, asked, readAhead: app.readAhead };
}

const contents = (request: { messages: { content: string }[] } | null) =>
  request?.messages.map(({ content }) => content);

describe('what is read ahead', () => {
  it('is what would be sent now: the system prompt, the conversation, the draft', async () => {
    const { chat, say, idle, answer, type, readAhead, prompts } = await started();
    expect(readAhead.request).toBeNull();
    await chat.systemPrompt.set('Be brief.');
    await type('Hello the');
    expect(contents(readAhead.request)).toEqual(['Be brief.', 'Hello the']);
    await say('Hello there');
    await idle();
    expect(readAhead.request).toBeNull();
    const said = ['Be brief.', 'Hello there', answer().text];
    await type('And then  ');
    expect(contents(readAhead.request)).toEqual([...said, 'And then']);
    await say('And then');
    await idle();
    expect(prompts().at(-1)).toEqual([...said, 'And then']);
  });

  it('is nothing while more is typed, while an answer is written, nor after all was deleted', async () => {
    const { app, chat, composer, say, idle, type, readAhead } = await started(3);
    await type('One');
    expect(readAhead.request).not.toBeNull();
    composer.draft = 'One m';
    expect(readAhead.request).toBeNull();
    await type('');
    expect(readAhead.request).toBeNull();
    await say('/slow');
    await type('Next');
    expect(chat.answers.active).not.toBeNull();
    expect(readAhead.request).toBeNull();
    await idle();
    expect(contents(readAhead.request)?.at(-1)).toBe('Next');
    app.model.backend = { ...app.model.backend!, software: true };
    expect(readAhead.request).toBeNull();
    app.model.backend = { ...app.model.backend, kind: 'cpu', software: false };
    expect(readAhead.request).toBeNull();
  });

  it('is the files of the draft, before anything is typed', async () => {
    const { composer, readAhead } = await started();
    await composer.attachments.add([new File(['Salt comes from rivers.'], 'sea.txt', { type: 'text/plain' })]);
    expect(contents(readAhead.request)).toEqual(['<file name="sea.txt">\nSalt comes from rivers.\n</file>']);
  });

  it('is asked of the engine, with what it needs of the settings', async () => {
    const { chat, type, readAhead, asked } = await started();
    chat.sampling.set({ maxTokens: 50 });
    readAhead.ask(null);
    await type('Hello');
    readAhead.ask(readAhead.request);
    await vi.waitFor(() => expect(asked()).toHaveLength(1), soon);
    expect(asked()).toMatchObject([
      { messages: [{ role: 'user', content: 'Hello' }], sampling: { maxTokens: 50 }, contextPolicy: 'stop' },
    ]);
  });
});
