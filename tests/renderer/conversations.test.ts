// The list as rows, titles that a model makes, system prompts and drafts as state.
/// <reference types="svelte" />
import { describe, expect, it, vi } from 'vitest';
import type { Conversation, Folder } from '../../main/ipc/contract.ts';
import { offsetsOf, rowHeight, headingHeight, rowsBetween, rowsOf } from '../../renderer/sidebar/listRows.ts';
import { childrenOf } from '../../renderer/state/messageTree.ts';
import { titleIn } from '../../renderer/state/titles.svelte.ts';
import { start } from '../support/chatState.ts';
import { FakeBridge, fakeModel } from '../support/fakeBridge.ts';

const now = new Date(2026, 10, 25, 12).getTime();
const dayMs = 86_400_000;

const conversation = (id: string, change: Partial<Conversation> = {}): Conversation => ({
  id,
  title: id,
  titleSource: 'user',
  modelId: 'm',
  sampling: {},
  leafId: null,
  pinned: false,
  archived: false,
  folderId: null,
  createdAt: now,
  updatedAt: now,
  ...change,
});
const travel: Folder = { id: 'travel', name: 'Travel', conversations: 1 };

describe('the rows of the list', () => {
  const sources = {
    list: [
      conversation('a'),
      conversation('b', { folderId: 'travel' }),
      conversation('c', { pinned: true, folderId: 'travel', updatedAt: now - 50 * dayMs }),
      conversation('d', { folderId: 'gone', updatedAt: now - dayMs }),
    ],
    archived: [conversation('e', { archived: true })],
    folders: [travel],
    isOpen: () => true,
    archiveOpen: true,
    pinnedHeading: 'Pinned',
    foldersHeading: 'Folders',
    now,
  };

  it('are the pinned, the folders, the days, the archive', () => {
    expect(rowsOf(sources).map((row) => `${row.kind} ${row.key} ${'heading' in row ? row.heading : ''}`)).toEqual([
      'conversation c Pinned',
      'folder travel Folders',
      'conversation b null',
      'conversation a Today',
      'conversation d Yesterday',
      'archive archive ',
      'conversation e null',
    ]);
  });

  it('leave out what is folded, and an archive that is empty', () => {
    const folded = rowsOf({ ...sources, archived: [], isOpen: () => false });
    expect(folded.map(({ key }) => key)).toEqual(['c', 'travel', 'a', 'd']);
    expect(rowsOf({ ...sources, list: [], folders: [travel] }).map(({ kind }) => kind)).toContain('empty');
  });

  it('are found by where they lie', () => {
    const rows = rowsOf({ ...sources, list: Array.from({ length: 10_000 }, (_, index) => conversation(`${index}`)) });
    const offsets = offsetsOf(rows);
    expect(offsets[3]).toBe(3 * rowHeight + 2 * headingHeight);
    const { start, end } = rowsBetween(offsets, 100_000, 100_900);
    expect(offsets[start]).toBeLessThanOrEqual(100_000);
    expect(offsets[end]).toBeGreaterThanOrEqual(100_900);
    expect(end - start).toBeLessThan(60);
    expect(rowsBetween(offsetsOf([]), 0, 900)).toEqual({ start: 0, end: 0 });
    expect(rowsBetween(offsets, 1e9, 1e9).end).toBe(rows.length);
  });
});

it('puts messages beside each other by their parent, oldest first', () => {
  const node = (id: string, parentId: string | null, createdAt: number) => ({ id, parentId, createdAt });
  const children = childrenOf([node('b', 'a', 3), node('a', null, 1), node('c', 'a', 2)]);
  expect(children.get('a')!.map(({ id }) => id)).toEqual(['c', 'b']);
  expect(children.get('b')).toBeUndefined();
});

describe('a title that a model makes', () => {
  it.each([
    ['The salt of the sea', 'The salt of the sea'],
    ['"Salt in the sea."\nMore words', 'Salt in the sea'],
    ['Title: **Salt**', 'Salt'],
    ['<think>\nA title, hm.\n</think>\n\nSalt', 'Salt'],
    ['标题：海水为什么是咸的', '海水为什么是咸的'],
    ['', null],
    ['"."', null],
    ['x'.repeat(80), null],
    ['<think>and on and on', null],
  ])('%j is %j', (words, title) => expect(titleIn(words)).toBe(title));

  async function chat(bridge: FakeBridge) {
    const { app, engine, say, idle } = await start(bridge);
    await say('Why is the sea salty?');
    await idle();
    const asked = () => engine.received.filter(({ kind }) => kind === 'generate').length;
    return { app, asked, say, idle };
  }
  const able = () => {
    const bridge = new FakeBridge();
    bridge.models = [{ ...fakeModel, id: 'able', embedded: false }];
    return bridge;
  };

  it('comes after the first answer, and is not asked for again', async () => {
    const { app, asked, say, idle } = await chat(able());
    await vi.waitFor(() => expect(app.conversations.list[0].title).toBe('The salt of the sea'));
    expect(app.conversations.list[0].titleSource).toBe('model');
    await say('And why?');
    await idle();
    expect(asked()).toBe(3);
  });

  it('is not asked for where that is switched off, of the starter, or of what the user has named', async () => {
    const off = able();
    off.settings = { ...off.settings, modelTitles: false };
    expect((await chat(off)).asked()).toBe(1);
    expect((await chat(new FakeBridge())).asked()).toBe(1);
  });
});

describe('what a chat is set to', () => {
  it('sends the system prompt before the messages, from the first one on', async () => {
    const { chat, bridge, engine, say, idle } = await start();
    await chat.systemPrompt.set('Be brief.');
    await say('Hello');
    await idle();
    const sent = engine.received.flatMap((message) => (message.kind === 'generate' ? [message.messages] : []));
    expect(sent[0]).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
    ]);
    expect(bridge.systemPrompts.get(chat.currentId!)).toBe('Be brief.');
    chat.startNew();
    expect(chat.systemPrompt.value).toBe('');
  });

  it('takes a change back that main refuses', async () => {
    const bridge = new FakeBridge();
    const { id } = bridge.seed('Old', 1000, [{ role: 'user', text: 'Hello' }]);
    bridge.refuse.set('conversations:setSystemPrompt', { code: 'disk-full', message: 'The disk is full.' });
    const { app, chat } = await start(bridge);
    await chat.open(id);
    await chat.systemPrompt.set('Be brief.');
    expect(chat.systemPrompt.value).toBe('');
    expect(app.notices.banners[0].message).toContain('The disk is full.');
  });

  it('stores drafts, and forgets the one that was sent', async () => {
    const bridge = new FakeBridge();
    bridge.drafts.set(null, { text: 'left from yesterday', attachments: [] });
    const { chat, composer } = await start(bridge);
    await vi.waitFor(() => expect(composer.draft).toBe('left from yesterday'));
    composer.draft = 'Hello';
    await vi.waitFor(() => expect(bridge.drafts.get(null)?.text).toBe('Hello'), { timeout: 3000 });
    await composer.send();
    await vi.waitFor(() => expect(bridge.drafts.get(null)?.text).toBe(''));
    expect(bridge.drafts.get(chat.currentId)?.text ?? '').toBe('');
  });
});

describe('a change of a message', () => {
  async function answered() {
    const { app, chat, bridge, say, idle } = await start();
    await say('Hello');
    await idle();
    return { bridge, app, chat, idle, branch: () => chat.thread!.branch };
  }

  it('of the user is a branch with an answer of its own', async () => {
    const { chat, branch, idle } = await answered();
    await chat.editing.save(branch()[0], ' Good evening ');
    await idle();
    expect(branch().map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(branch()[0].text).toBe('Good evening');
    expect(chat.thread!.siblings(branch()[0])).toHaveLength(2);
  });

  it('of the model is a branch that can be continued', async () => {
    const { chat, branch, idle } = await answered();
    expect(chat.answers.canContinue(branch()[1])).toBe(false);
    await chat.editing.save(branch()[1], 'It is salty');
    expect(chat.answers.canContinue(branch()[1])).toBe(true);
    chat.answers.continue(branch()[1]);
    await idle();
    expect(branch()[1].text).toBe('It is salty and goes on from there.');
    expect(chat.answers.canContinue(branch()[1])).toBe(false);
  });

  it('that changes nothing, or everything away, stores nothing', async () => {
    const { chat, branch, bridge } = await answered();
    chat.editing.messageId = branch()[0].id;
    await chat.editing.save(branch()[0], 'Hello');
    expect(chat.editing.messageId).toBeNull();
    await chat.editing.save(branch()[0], '   ');
    expect(bridge.namesCalled()).not.toContain('messages:edit');
  });

  it('that main refuses stays in its field', async () => {
    const { app, chat, branch, bridge } = await answered();
    bridge.refuse.set('messages:edit', { code: 'disk-full', message: 'The disk is full.' });
    chat.editing.messageId = branch()[0].id;
    await chat.editing.save(branch()[0], 'Good evening');
    expect(chat.editing.messageId).toBe(branch()[0].id);
    expect(app.notices.banners[0].message).toContain('The disk is full.');
  });
});
