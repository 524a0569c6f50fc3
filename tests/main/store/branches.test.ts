import { describe, expect, test } from 'vitest';
import type { Message } from '../../../main/ipc/contract.ts';
import { createId } from '../../../main/store/id.ts';
import type { Store } from '../../../main/store/open.ts';
import { someSampling } from '../../support/sampling.ts';
import { codeOf, openTestStore, startTurn } from './support.ts';

const end = { status: 'complete', seed: 7, stopReason: 'end', timings: null, error: null } as const;

function finishedTurn(store: Store, answer = 'One') {
  const turn = startTurn(store);
  store.messages.finishAnswer({ id: turn.answerId, text: answer, ...end });
  const conversationId = turn.conversation.id;
  const append = (parentId: string | null, text: string): Message =>
    store.messages.append({ conversationId, parentId, role: 'user', text });
  const leaf = () => store.conversations.get(conversationId).leafId;
  return { ...turn, conversationId, append, leaf };
}

describe('editing', () => {
  test("the user's turn: a sibling, which is the leaf", () => {
    const store = openTestStore();
    const { conversationId, userId, leaf } = finishedTurn(store);
    const edited = store.messages.edit({ id: userId, text: 'Hello again' });
    expect(edited).toMatchObject({
      ...{ parentId: null, role: 'user', text: 'Hello again', status: 'complete' },
      ...{ editedFrom: userId, generation: null, modelId: null },
    });
    expect(leaf()).toBe(edited.id);
    expect(store.messages.list(conversationId).map(({ text }) => text)).toEqual(['Hello', 'One', 'Hello again']);
  });

  test("the model's answer: who wrote it is kept, but not how", () => {
    const store = openTestStore();
    const { userId, answerId, leaf } = finishedTurn(store);
    const edited = store.messages.edit({ id: answerId, text: 'Uno' });
    expect(edited).toMatchObject({
      ...{ parentId: userId, role: 'assistant', text: 'Uno', editedFrom: answerId },
      ...{ generation: null, modelId: 'starter-v0' },
    });
    expect(leaf()).toBe(edited.id);
  });

  test('what is being written or gone is refused', () => {
    const store = openTestStore();
    const { conversation, answerId } = startTurn(store);
    expect(codeOf(() => store.messages.edit({ id: answerId, text: 'x' }))).toBe('not-possible');
    expect(codeOf(() => store.messages.edit({ id: createId(), text: 'x' }))).toBe('not-found');
    store.conversations.delete(conversation.id);
    expect(codeOf(() => store.messages.edit({ id: answerId, text: 'x' }))).toBe('not-found');
  });
});

describe('continuing', () => {
  test('the same message goes on, and knows how its first part came about', () => {
    const store = openTestStore();
    const { conversationId, answerId, leaf } = finishedTurn(store, 'Once upon');
    const first = store.messages.list(conversationId)[1].generation;
    const reopened = store.messages.reopenAnswer({
      id: answerId,
      modelId: 'other',
      sampling: { ...someSampling, topK: 1 },
    });
    expect(reopened).toMatchObject({
      ...{ id: answerId, text: 'Once upon', status: 'streaming', modelId: 'other' },
      generation: { modelId: 'other', sampling: { topK: 1 }, seed: null, stopReason: null },
      earlierParts: [{ textLength: 9, generation: first }],
    });
    store.messages.saveAnswer({ id: answerId, text: 'Once upon a', seed: 8 });
    const finished = store.messages.finishAnswer({ id: answerId, text: 'Once upon a time', ...end, seed: 8 });
    expect(finished).toMatchObject({ status: 'complete', text: 'Once upon a time', generation: { seed: 8 } });
    expect(finished.earlierParts).toEqual([{ textLength: 9, generation: first }]);
    expect(leaf()).toBe(answerId);
    const again = store.messages.reopenAnswer({ id: answerId, modelId: 'other', sampling: someSampling });
    expect(again.earlierParts.map(({ textLength }) => textLength)).toEqual([9, 16]);
  });

  test('a crash meanwhile leaves it interrupted with all of its text', () => {
    const store = openTestStore();
    const { conversationId, answerId } = finishedTurn(store);
    store.messages.reopenAnswer({ id: answerId, modelId: 'm', sampling: someSampling });
    store.messages.interruptStreaming();
    expect(store.messages.list(conversationId)[1]).toMatchObject({ status: 'interrupted', text: 'One' });
  });

  test('an edited answer can be continued', () => {
    const store = openTestStore();
    const { answerId } = finishedTurn(store);
    const edited = store.messages.edit({ id: answerId, text: 'Two and' });
    const reopened = store.messages.reopenAnswer({ id: edited.id, modelId: 'm', sampling: someSampling });
    expect(reopened).toMatchObject({ editedFrom: answerId, earlierParts: [{ textLength: 7, generation: null }] });
    expect(reopened.generation).not.toBeNull();
  });

  test('refused: a turn of the user, what is being written, what is followed, what is gone', () => {
    const store = openTestStore();
    const { userId, answerId, append } = finishedTurn(store);
    const reopen = (id: string) =>
      codeOf(() => store.messages.reopenAnswer({ id, modelId: 'm', sampling: someSampling }));
    expect(reopen(userId)).toBe('not-possible');
    expect(reopen(createId())).toBe('not-found');
    expect(reopen(startTurn(store).answerId)).toBe('not-possible');
    append(answerId, 'Go on');
    expect(reopen(answerId)).toBe('not-possible');
  });
});

describe('the branch that is shown', () => {
  test('going back to a branch shows where it was left', () => {
    const store = openTestStore();
    const { conversationId, userId, answerId, append, leaf } = finishedTurn(store);
    const one = append(answerId, 'Further');
    const two = append(answerId, 'Or else');
    const three = append(two.id, 'And on');
    store.conversations.setLeaf(conversationId, one.id);
    const edited = store.messages.edit({ id: userId, text: 'Other start' });
    expect(leaf()).toBe(edited.id);
    expect(store.conversations.showBranch(conversationId, userId).leafId).toBe(one.id);
    expect(store.conversations.showBranch(conversationId, two.id).leafId).toBe(three.id);
    expect(store.conversations.showBranch(conversationId, edited.id).leafId).toBe(edited.id);
    expect(store.conversations.showBranch(conversationId, userId).leafId).toBe(three.id);
  });

  test('of a branch never shown, the newest messages', () => {
    const store = openTestStore();
    const message = { role: 'user', status: 'complete', createdAt: 1, modelId: null, importedFrom: null } as const;
    const rest = { editedFrom: null, generation: null, earlierParts: [], attachments: [], ...message };
    const [id] = store.wholeConversations.add([
      {
        ...{ title: 'T', titleSource: 'user', modelId: 'm', sampling: {}, systemPrompt: '', pinned: false },
        ...{ archived: false, folder: null, createdAt: 1, updatedAt: 1, leaf: 0 },
        messages: [null, 0, 0, 2, 2, 1].map((parent, place) => ({ ...rest, parent, text: String(place) })),
      },
    ]);
    const ids = store.messages.list(id).map((stored) => stored.id);
    expect(store.conversations.showBranch(id, ids[0]).leafId).toBe(ids[4]);
    expect(store.conversations.showBranch(id, ids[1]).leafId).toBe(ids[5]);
  });

  test('a message of another conversation is refused', () => {
    const store = openTestStore();
    const [one, two] = [startTurn(store), startTurn(store)];
    expect(codeOf(() => store.conversations.showBranch(one.conversation.id, two.userId))).toBe('not-found');
    expect(codeOf(() => store.conversations.showBranch(one.conversation.id, createId()))).toBe('not-found');
    expect(store.conversations.get(one.conversation.id).leafId).toBe(one.answerId);
  });

  test('a chat of 2,000 messages', () => {
    const store = openTestStore();
    const { conversationId, userId, answerId, append, leaf } = finishedTurn(store);
    let parent = answerId;
    for (let turn = 0; turn < 2000; turn++) parent = append(parent, 'x').id;
    const edited = store.messages.edit({ id: userId, text: 'Other' });
    store.conversations.showBranch(conversationId, userId);
    expect(leaf()).toBe(parent);
    store.conversations.showBranch(conversationId, edited.id);
    expect(leaf()).toBe(edited.id);
  });
});

describe('a copy', () => {
  test('has the whole tree and nothing in common', () => {
    const store = openTestStore();
    const { conversationId, userId, answerId } = finishedTurn(store);
    const edited = store.messages.edit({ id: answerId, text: 'Uno' });
    store.messages.reopenAnswer({ id: edited.id, modelId: 'm', sampling: someSampling });
    store.conversations.setSystemPrompt(conversationId, 'Be brief.');
    store.conversations.setPinned(conversationId, true);
    const copy = store.wholeConversations.duplicate(conversationId, 'Copy');
    expect(copy).toMatchObject({ title: 'Copy', titleSource: 'user', pinned: false, modelId: 'm' });
    expect(store.conversations.details(copy.id).systemPrompt).toBe('Be brief.');
    const [user, first, second] = store.messages.list(copy.id);
    expect([user, first, second]).toMatchObject([
      { parentId: null, text: 'Hello' },
      { parentId: user.id, text: 'One', generation: { seed: 7 } },
      {
        parentId: user.id,
        text: 'Uno',
        editedFrom: first.id,
        status: 'interrupted',
        earlierParts: [{ textLength: 3 }],
      },
    ]);
    expect(copy.leafId).toBe(second.id);
    expect(store.conversations.list()[0].id).toBe(copy.id);
    expect([userId, answerId, edited.id]).not.toContain(user.id);
    store.conversations.delete(conversationId);
    store.conversations.purgeDeleted(Date.now() + 1);
    expect(store.messages.list(copy.id)).toHaveLength(3);
  });
});
