import { describe, expect, test, vi } from 'vitest';
import { titleFrom } from '../../../main/store/title.ts';
import { codeOf, openTestStore, startTurn } from './support.ts';

describe('conversations', () => {
  test('a new one is empty, untitled, and listed first', () => {
    const store = openTestStore();
    const older = store.conversations.create('starter-v0', {});
    const newer = store.conversations.create('starter-v0', { temperature: 0.2, seed: null });
    expect(newer).toMatchObject({
      title: 'New chat',
      titleSource: 'auto',
      leafId: null,
      sampling: { temperature: 0.2 },
    });
    expect(store.conversations.list().map(({ id }) => id)).toEqual([newer.id, older.id]);
  });

  test('a message makes its conversation the newest, also within one millisecond', () => {
    vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
    try {
      const store = openTestStore();
      const first = store.conversations.create('starter-v0', {});
      store.conversations.create('starter-v0', {});
      store.messages.append({ conversationId: first.id, parentId: null, role: 'user', text: 'Hi' });
      expect(store.conversations.list()[0]?.id).toBe(first.id);
    } finally {
      vi.useRealTimers();
    }
  });

  test('the first user turn names it, later ones and system prompts do not', () => {
    const store = openTestStore();
    const { id: conversationId } = store.conversations.create('starter-v0', {});
    const system = store.messages.append({ conversationId, parentId: null, role: 'system', text: 'Be brief.' });
    expect(store.conversations.get(conversationId).title).toBe('New chat');
    const turn = { conversationId, parentId: system.id, role: 'user' } as const;
    store.messages.append({ ...turn, text: '\n  What is   rain?\nTell me.' });
    store.messages.append({ ...turn, text: 'Something else' });
    expect(store.conversations.get(conversationId)).toMatchObject({ title: 'What is rain?', titleSource: 'auto' });
  });

  test('a name given by the user stays', () => {
    const store = openTestStore();
    const { id } = store.conversations.create('starter-v0', {});
    expect(store.conversations.rename(id, 'Weather')).toMatchObject({ title: 'Weather', titleSource: 'user' });
    store.messages.append({ conversationId: id, parentId: null, role: 'user', text: 'What is rain?' });
    expect(store.conversations.get(id).title).toBe('Weather');
  });

  test('a deleted one is found by nothing but restore', () => {
    const store = openTestStore();
    const { conversation } = startTurn(store);
    const { id } = conversation;
    store.conversations.delete(id);
    expect(store.conversations.list()).toEqual([]);
    expect(codeOf(() => store.messages.list(id))).toBe('not-found');
    expect(codeOf(() => store.conversations.rename(id, 'x'))).toBe('not-found');
    expect(codeOf(() => store.conversations.delete(id))).toBe('not-found');
    expect(store.conversations.restore(id).id).toBe(id);
    expect(store.messages.list(id)).toHaveLength(2);
  });

  test('what was deleted long ago is removed with its messages, what is not deleted stays', () => {
    const store = openTestStore();
    const gone = startTurn(store).conversation.id;
    const kept = startTurn(store).conversation.id;
    store.conversations.delete(gone);
    store.conversations.purgeDeleted(Date.now() - 1000);
    expect(codeOf(() => store.conversations.restore(gone))).toBe('none');
    store.conversations.delete(gone);
    store.conversations.purgeDeleted(Date.now() + 1000);
    expect(codeOf(() => store.conversations.restore(gone))).toBe('not-found');
    expect(store.messages.list(kept)).toHaveLength(2);
  });

  test('sampling and leaf are kept; the leaf has to be one of its messages', () => {
    const store = openTestStore();
    const { conversation, userId } = startTurn(store);
    const other = startTurn(store);
    const { id } = conversation;
    expect(store.conversations.setSampling(id, { mode: 'greedy', maxTokens: null }).sampling).toEqual({
      mode: 'greedy',
      maxTokens: null,
    });
    expect(store.conversations.setLeaf(id, userId).leafId).toBe(userId);
    expect(codeOf(() => store.conversations.setLeaf(id, other.userId))).toBe('not-found');
    expect(store.conversations.get(id).leafId).toBe(userId);
  });
});

describe('titles', () => {
  test.each([
    ['Hello', 'Hello'],
    ['  \n\t\n  second line  ', 'second line'],
    ['', 'New chat'],
    [
      'Write a short story about a lighthouse keeper who finds a bottle on the beach',
      'Write a short story about a lighthouse keeper who finds a…',
    ],
    ['x'.repeat(80), `${'x'.repeat(60)}…`],
    ['😀'.repeat(80), `${'😀'.repeat(60)}…`],
  ])('%j', (text, title) => {
    expect(titleFrom(text)).toBe(title);
  });
});
