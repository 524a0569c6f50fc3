// A turn of the chat as state: what is stored when, what is shown, and what happens when something goes wrong.
/// <reference types="svelte" />
import { describe, expect, it, vi } from 'vitest';
import { start } from '../support/chatState.ts';
import { FakeBridge, fakeModel } from '../support/fakeBridge.ts';

const diskFull = { code: 'disk-full', message: 'The disk is full.' } as const;

describe('a turn', () => {
  it('stores the message before it generates, saves on the way, and ends with figures', async () => {
    const { app, composer, bridge, say, idle, answer, payloads } = await start();
    await say('  Hello  ');
    expect(composer.draft).toBe('');
    await idle();
    const names = bridge.namesCalled();
    const writing = ['conversations:create', 'messages:append', 'answers:start', 'answers:finish'];
    expect(names.filter((name) => writing.includes(name))).toEqual([
      'conversations:create',
      'messages:append',
      'answers:start',
      'answers:finish',
    ]);
    expect(names.indexOf('answers:save')).toBeGreaterThan(names.indexOf('answers:start'));
    expect(payloads('messages:append')[0]).toMatchObject({ parentId: null, role: 'user', text: 'Hello' });
    expect(answer().status).toBe('complete');
    expect(answer().text).toContain('evaporation');
    expect(answer().generation).toMatchObject({ seed: 48213, stopReason: 'end' });
    expect(payloads('answers:finish')[0].text).toBe(answer().text);
    expect(app.conversations.list[0].title).toBe('Hello');
  });

  it('keeps how long the model thought', async () => {
    const bridge = new FakeBridge();
    const { chat, say, idle, answer, payloads } = await start(bridge, 5);
    await say('/think Hello');
    await idle();
    const { thinkingMs } = answer();
    expect(thinkingMs).toBeGreaterThan(0);
    expect(payloads('answers:finish')[0].thinkingMs).toBe(thinkingMs);
    const later = await start(bridge);
    await later.chat.open(chat.currentId!);
    expect(later.answer().thinkingMs).toBe(thinkingMs);
  });

  it('sends the branch from its root, with the answers in it', async () => {
    const { say, idle, answer, prompts } = await start();
    await say('One');
    await idle();
    const first = answer().text;
    await say('Two');
    await idle();
    expect(prompts()).toEqual([['One'], ['One', first, 'Two']]);
  });

  it('ignores empty text and a second send while answering', async () => {
    const { composer, say, idle, payloads } = await start();
    await say('   ');
    await say('Hello');
    await say('And more');
    expect(composer.draft).toBe('And more');
    await idle();
    expect(payloads('messages:append')).toHaveLength(1);
  });

  it('keeps what was typed while the message was being stored', async () => {
    const { composer, idle } = await start();
    composer.draft = 'Hello';
    const sending = composer.send();
    composer.draft = 'Hello there';
    await sending;
    expect(composer.draft).toBe(' there');
    await idle();
  });

  it('stops, and keeps what has arrived', async () => {
    const { chat, say, idle, answer, payloads } = await start(new FakeBridge(), 1);
    await say('/slow Hello');
    await vi.waitFor(() => expect(answer().text.length).toBeGreaterThan(5), { interval: 2 });
    chat.answers.stop(chat.currentId);
    await idle();
    expect(answer().status).toBe('stopped');
    expect(payloads('answers:finish')[0]).toMatchObject({ status: 'stopped', stopReason: 'aborted' });
  });

  it('regenerates beside the old answer, and switches between them', async () => {
    const { chat, bridge, say, idle, answer, payloads } = await start();
    await say('Hello');
    await idle();
    const first = answer();
    chat.answers.regenerate(first);
    await idle();
    const second = answer();
    expect(second.id).not.toBe(first.id);
    expect(second.parentId).toBe(first.parentId);
    expect(chat.thread!.siblings(second)).toHaveLength(2);
    await chat.showBranch(chat.thread!.get(first.id)!);
    expect(answer().id).toBe(first.id);
    expect(payloads('conversations:showBranch').at(-1)).toMatchObject({ messageId: first.id });
    expect(bridge.messages.size).toBe(3);
  });
});

describe('what goes wrong', () => {
  it('keeps the typed text when it cannot be stored', async () => {
    const { app, composer, bridge, say, idle, answer } = await start();
    bridge.refuse.set('messages:append', diskFull);
    await say('Hello');
    expect(composer.draft).toBe('Hello');
    expect(app.notices.banners[0].message).toContain('The disk is full.');
    bridge.refuse.clear();
    await composer.send();
    await idle();
    expect(composer.draft).toBe('');
    expect(app.notices.banners).toEqual([]);
    expect(answer().status).toBe('complete');
    expect(app.conversations.list).toHaveLength(1);
  });

  it('goes on answering when saving fails, and says so', async () => {
    const { app, bridge, say, idle, answer } = await start();
    bridge.refuse.set('answers:save', diskFull);
    bridge.refuse.set('answers:finish', diskFull);
    await say('Hello');
    await idle();
    expect(answer().status).toBe('complete');
    expect(answer().text).toContain('35 g a litre.');
    expect(answer().generation?.timings?.generatedTokens).toBeGreaterThan(10);
    expect(app.notices.banners[0].message).toContain('not saved');
  });

  it('leaves a message without an answer when none can be begun, and answers it later', async () => {
    const { app, chat, bridge, say, idle, answer } = await start();
    bridge.refuse.set('answers:start', diskFull);
    await say('Hello');
    await idle();
    expect(answer().role).toBe('user');
    expect(app.notices.banners).toHaveLength(1);
    bridge.refuse.clear();
    chat.answers.answerTo(answer().id);
    await idle();
    expect(answer().role).toBe('assistant');
  });

  it('ends an answer with the error of the engine', async () => {
    const { say, idle, answer, payloads } = await start();
    await say('/fail');
    await idle();
    expect(answer().status).toBe('failed');
    expect(answer().text).not.toBe('');
    expect(answer().generation?.error?.code).toBe('out-of-memory');
    expect(payloads('answers:finish')[0].error?.code).toBe('out-of-memory');
  });

  it('loads again after the device was lost', async () => {
    const { app, engine, say, idle, answer } = await start();
    await say('/lost');
    await idle();
    expect(answer().generation?.error?.code).toBe('device-lost');
    expect(app.model.status).toBe('idle');
    await say('Hello');
    await idle();
    expect(answer().status).toBe('complete');
    expect(engine.received.filter(({ kind }) => kind === 'load')).toHaveLength(2);
  });

  it('fails the answer when the model does not load, and tries again with the next', async () => {
    const bridge = new FakeBridge();
    bridge.models = [{ ...fakeModel, id: 'broken' }];
    const { app, engine, say, idle, answer } = await start(bridge);
    await say('Hello');
    await idle();
    expect(app.model.status).toBe('failed');
    expect(answer().generation?.error?.code).toBe('truncated');
    bridge.models = [fakeModel];
    await app.model.refresh();
    await say('Hello again');
    await idle();
    expect(answer().status).toBe('complete');
    expect(engine.received.filter(({ kind }) => kind === 'load').length).toBeGreaterThan(1);
  });

  it('stops while the model loads', async () => {
    const bridge = new FakeBridge();
    bridge.models = [{ ...fakeModel, id: 'slow' }];
    const { chat, engine, say, idle, answer } = await start(bridge);
    await say('Hello');
    await vi.waitFor(() => expect(chat.answers.active?.phase).toBe('loading'), { interval: 2 });
    chat.answers.stop(chat.currentId);
    await idle();
    expect(answer()).toMatchObject({ status: 'stopped', text: '' });
    expect(engine.received.some(({ kind }) => kind === 'generate')).toBe(false);
  });

  it('says so when there is no model', async () => {
    const bridge = new FakeBridge();
    bridge.models = [];
    const { say, idle, answer } = await start(bridge);
    await say('Hello');
    await idle();
    expect(answer().generation?.error?.code).toBe('no-model');
  });

  it('puts a message that was too long back, to be sent in its place', async () => {
    const { chat, composer, say, idle, answer, prompts } = await start();
    await say('One');
    await idle();
    const parent = answer().id;
    await say('/long-prompt');
    await idle();
    composer.editAbove(answer());
    expect(composer.draft).toBe('/long-prompt');
    await say('Shorter');
    await idle();
    expect(chat.thread!.get(answer().parentId!)!.parentId).toBe(parent);
    expect(prompts().at(-1)).toHaveLength(3);
  });

  it('does not start when main refuses, and tries again', async () => {
    const bridge = new FakeBridge();
    bridge.refuse.set('conversations:page', { code: 'database-newer', message: 'A newer version wrote this.' });
    const { app } = await start(bridge);
    expect(app.phase).toBe('failed');
    expect(app.startError).toBe('A newer version wrote this.');
    bridge.refuse.clear();
    await app.start();
    expect(app.phase).toBe('running');
  });
});

describe('several conversations', () => {
  it('goes on in the background, and the next one waits', async () => {
    const { app, chat, say, idle, payloads } = await start(new FakeBridge(), 1);
    await say('/slow One');
    const first = chat.currentId!;
    await vi.waitFor(() => expect(chat.answers.active?.phase).toBe('answering'), { interval: 2 });
    chat.startNew();
    await say('Two');
    const second = chat.currentId!;
    expect(second).not.toBe(first);
    expect(chat.turn?.phase).toBe('waiting');
    expect(payloads('messages:append').map(({ text }) => text)).toEqual(['/slow One', 'Two']);
    await idle();
    expect(payloads('answers:finish').map(({ status }) => status)).toEqual(['complete', 'complete']);
    await chat.open(first);
    expect(chat.thread!.branch.at(-1)!.text).toContain('35 g a litre.');
    expect(app.conversations.list.map(({ id }) => id)).toContain(second);
  });

  it('takes back a message that still waits', async () => {
    const { chat, say, idle, payloads } = await start();
    await say('/slow One');
    chat.startNew();
    await say('Two');
    chat.answers.stop(chat.currentId);
    expect(chat.turn).toBeNull();
    await idle();
    expect(payloads('answers:start')).toHaveLength(1);
  });

  it('keeps what is typed in each', async () => {
    const { chat, composer, say, idle } = await start();
    await say('One');
    await idle();
    composer.draft = 'for the first';
    const first = chat.currentId!;
    chat.startNew();
    composer.draft = 'for a new one';
    await chat.open(first);
    expect(composer.draft).toBe('for the first');
    chat.startNew();
    expect(composer.draft).toBe('for a new one');
  });

  it('deletes, stops what was answering there, and brings it back', async () => {
    const { app, chat, say, idle } = await start();
    await say('/slow One');
    const id = chat.currentId!;
    await chat.delete(id);
    expect(chat.currentId).toBeNull();
    expect(app.conversations.list).toEqual([]);
    await idle();
    app.notices.toasts[0].action!.run();
    await vi.waitFor(() => expect(chat.currentId).toBe(id));
    expect(app.conversations.list).toHaveLength(1);
  });

  it('opens a stored conversation, and shows what was cut off as interrupted', async () => {
    const bridge = new FakeBridge();
    const { id } = bridge.seed('Old', 1000, [
      { role: 'user', text: 'Hello' },
      { role: 'assistant', text: 'Half an', status: 'streaming' },
    ]);
    const { chat, answer } = await start(bridge);
    expect(chat.currentId).toBeNull();
    await chat.open(id);
    expect(answer()).toMatchObject({ text: 'Half an', status: 'interrupted' });
  });

  it('stays at what was opened last, in whatever order the store answers', async () => {
    const bridge = new FakeBridge();
    const [one, two] = ['One', 'Two'].map((title) => bridge.seed(title, 1000, [{ role: 'user', text: title }]));
    const { chat, composer, idle, payloads } = await start(bridge);
    const { promise, resolve: release } = Promise.withResolvers<void>();
    bridge.hold.set('messages:list', promise);
    const slow = [chat.open(one.id), chat.openAt(one.id, 'none'), chat.open(two.id)];
    expect(chat.opening).toBe(true);
    composer.draft = 'Hello';
    await composer.send();
    expect(payloads('messages:append')).toEqual([]);
    release();
    await Promise.all(slow);
    expect(chat.opening).toBe(false);
    expect(chat.thread?.conversationId).toBe(two.id);
    expect(payloads('messages:list')).toHaveLength(2);
    expect(payloads('conversations:showBranch')).toEqual([]);
    await composer.send();
    await idle();
    expect(payloads('messages:append')).toMatchObject([{ conversationId: two.id, text: 'Hello' }]);
  });

  it('stays in a conversation that was opened while a new one was being stored', async () => {
    const bridge = new FakeBridge();
    const { id } = bridge.seed('Old', 1000, [{ role: 'user', text: 'Hello' }]);
    const { app, chat, composer, idle } = await start(bridge);
    const { promise, resolve: release } = Promise.withResolvers<void>();
    bridge.hold.set('conversations:create', promise);
    composer.draft = 'A new question';
    const sending = composer.send();
    await chat.open(id);
    release();
    await sending;
    await idle();
    expect(chat.currentId).toBe(id);
    expect(composer.draft).toBe('');
    expect(app.conversations.list.map(({ title }) => title)).toContain('A new question');
  });

  it('stays where it was when one cannot be opened', async () => {
    const bridge = new FakeBridge();
    const { id } = bridge.seed('Old', 1000, [{ role: 'user', text: 'Hello' }]);
    bridge.refuse.set('messages:list', { code: 'database-corrupt', message: 'SQLite cannot read it.' });
    const { app, chat } = await start(bridge);
    await chat.open(id);
    expect(chat.currentId).toBeNull();
    expect(app.notices.banners[0].message).toContain('SQLite cannot read it.');
  });

  it('renames, and takes the name back when that fails', async () => {
    const bridge = new FakeBridge();
    const { id } = bridge.seed('Old', 1000, []);
    const { app } = await start(bridge);
    await app.conversations.rename(id, '  New  ');
    expect(app.conversations.get(id)!.title).toBe('New');
    bridge.refuse.set('conversations:rename', diskFull);
    await app.conversations.rename(id, 'Newer');
    expect(app.conversations.get(id)!.title).toBe('New');
    expect(app.notices.banners).toHaveLength(1);
  });
});
