import { describe, expect, test } from 'vitest';
import type { TokenPiece } from '../../../main/ipc/contract.ts';
import { createId } from '../../../main/store/id.ts';
import { someSampling } from '../../support/sampling.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { codeOf, openTestStore, startTurn } from './support.ts';

const timings = {
  promptTokens: 12,
  reusedTokens: 4,
  generatedTokens: 2,
  firstTokenMs: 80.5,
  prefillMs: 60,
  decodeMs: 20,
  tokensPerSecond: 50,
};
const end = { status: 'complete', seed: 7, stopReason: 'end', timings, error: null } as const;

describe('messages', () => {
  test('a turn and its answer, from start to end', () => {
    const store = openTestStore();
    const { conversation, userId, answerId } = startTurn(store);
    const { messages } = store;
    expect(messages.list(conversation.id)).toMatchObject([
      { id: userId, parentId: null, role: 'user', text: 'Hello', status: 'complete', generation: null },
      { id: answerId, parentId: userId, role: 'assistant', text: '', status: 'streaming' },
    ]);
    expect(store.conversations.get(conversation.id).leafId).toBe(answerId);
    messages.saveAnswer({ id: answerId, text: 'Hi', seed: 7 });
    expect(messages.list(conversation.id)[1]).toMatchObject({ text: 'Hi', generation: { seed: 7, stopReason: null } });
    const finished = messages.finishAnswer({ id: answerId, text: 'Hi there', ...end });
    expect(finished).toMatchObject({ text: 'Hi there', status: 'complete' });
    expect(finished.generation).toEqual({
      modelId: 'starter-v0',
      sampling: someSampling,
      seed: 7,
      stopReason: 'end',
      timings,
      error: null,
    });
    expect(messages.list(conversation.id)[1]).toEqual(finished);
  });

  test('a failed answer keeps its text and its error', () => {
    const store = openTestStore();
    const { answerId } = startTurn(store);
    const error = { code: 'device-lost', message: 'The GPU went away.' };
    const lost = { ...end, status: 'failed', stopReason: null, timings: null, error } as const;
    expect(store.messages.finishAnswer({ id: answerId, text: 'Half', ...lost })).toMatchObject({
      text: 'Half',
      status: 'failed',
      generation: { error, timings: null },
    });
  });

  test('editing and regenerating keep the branch beside', () => {
    const store = openTestStore();
    const { conversation, userId, answerId } = startTurn(store);
    const conversationId = conversation.id;
    store.messages.finishAnswer({ id: answerId, text: 'One', ...end });
    const again = { conversationId, parentId: userId, modelId: 'other', sampling: someSampling };
    const second = store.messages.startAnswer(again);
    const edited = store.messages.append({ conversationId, parentId: null, role: 'user', text: 'Hello again' });
    expect(store.messages.list(conversationId).map(({ id, parentId }) => [id, parentId])).toEqual([
      [userId, null],
      [answerId, userId],
      [second.id, userId],
      [edited.id, null],
    ]);
    expect(store.conversations.get(conversationId)).toMatchObject({ leafId: edited.id, modelId: 'other' });
  });

  test('what is not there is refused and nothing is written', () => {
    const store = openTestStore();
    const one = startTurn(store);
    const two = startTurn(store);
    const nowhere = createId();
    const turn = { conversationId: one.conversation.id, parentId: two.userId, role: 'user', text: 'x' } as const;
    expect(codeOf(() => store.messages.append(turn))).toBe('not-found');
    expect(codeOf(() => store.messages.append({ ...turn, parentId: nowhere }))).toBe('not-found');
    expect(codeOf(() => store.messages.append({ ...turn, conversationId: nowhere }))).toBe('not-found');
    expect(codeOf(() => store.messages.saveAnswer({ id: nowhere, text: 'x', seed: null }))).toBe('not-found');
    expect(codeOf(() => store.messages.saveAnswer({ id: one.userId, text: 'x', seed: null }))).toBe('not-found');
    expect(store.messages.list(one.conversation.id)).toHaveLength(2);
  });

  test('a finished answer is not written to again', () => {
    const store = openTestStore();
    const { conversation, answerId } = startTurn(store);
    store.messages.finishAnswer({ id: answerId, text: 'Done', ...end });
    expect(codeOf(() => store.messages.saveAnswer({ id: answerId, text: 'Do', seed: 7 }))).toBe('not-found');
    expect(codeOf(() => store.messages.finishAnswer({ id: answerId, text: 'Do', ...end }))).toBe('not-found');
    expect(store.messages.list(conversation.id)[1]?.text).toBe('Done');
  });

  test('on opening, an answer that was being written is interrupted with what had arrived', () => {
    const folder = temporaryFolder();
    const before = openTestStore(folder);
    const { conversation, answerId } = startTurn(before);
    before.messages.saveAnswer({ id: answerId, text: 'Half an ans', seed: 3 });
    before.close();
    const after = openTestStore(folder);
    expect(after.messages.list(conversation.id)[1]).toMatchObject({ text: 'Half an ans', status: 'interrupted' });
  });

  test('an interrupted answer goes on where its writer comes back', () => {
    const store = openTestStore();
    const { conversation, answerId } = startTurn(store);
    expect(store.messages.interruptStreaming()).toBe(1);
    store.messages.saveAnswer({ id: answerId, text: 'More', seed: 3 });
    expect(store.messages.list(conversation.id)[1]?.status).toBe('streaming');
    store.messages.interruptStreaming();
    expect(store.messages.finishAnswer({ id: answerId, text: 'More.', ...end }).status).toBe('complete');
  });

  test('text comes back as it went in', () => {
    const store = openTestStore();
    const { id: conversationId } = store.conversations.create('starter-v0', {});
    const texts = [
      "'); DROP TABLE messages; --",
      '𝕌𝕟𝕚𝕔𝕠𝕕𝕖 👩‍👩‍👧',
      'nul \0 inside',
      '\ud800 lone',
      'x'.repeat(1_000_000),
      '',
    ];
    for (const text of texts) store.messages.append({ conversationId, parentId: null, role: 'user', text });
    const expected = texts.map((text) => text.toWellFormed());
    expect(store.messages.list(conversationId).map(({ text }) => text.toWellFormed())).toEqual(expected);
  });
});

test('files stay with their message, with each form of it and with a copy of the chat', () => {
  const store = openTestStore();
  const { id: conversationId } = store.conversations.create('starter-v0', {});
  const attachments = [{ name: 'notes.txt', text: 'Clouds are drops.', pages: null, tokens: 5 }];
  const said = store.messages.append({ conversationId, parentId: null, role: 'user', text: '', attachments });
  expect(said.attachments).toEqual(attachments);
  expect(store.conversations.get(conversationId).title).toBe('notes.txt');
  expect(store.messages.edit({ id: said.id, text: 'And now?' }).attachments).toEqual(attachments);
  const copy = store.wholeConversations.duplicate(conversationId, 'Copy');
  expect(store.messages.list(copy.id).map((message) => message.attachments)).toEqual([attachments, attachments]);
});

describe('ids', () => {
  test('are UUIDv7 and sort in the order of their making, also when the clock goes back', () => {
    const now = Date.now() + 10_000;
    const ids = Array.from({ length: 10_000 }, (_, index) => createId(now - index));
    expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(
      true,
    );
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the record of tokens', () => {
  const record = Buffer.from([1, 0, 0, 255]).toString('base64');
  const tokens = { from: 0, record };

  test('is kept beside the answer, byte by byte, and goes with it', () => {
    const store = openTestStore();
    const { conversation, userId, answerId } = startTurn(store);
    expect(store.messages.tokensOf(answerId)).toBeNull();
    store.messages.finishAnswer({ id: answerId, text: 'Hi', ...end, tokens });
    expect(store.messages.tokensOf(answerId)).toBe(record);
    expect(store.messages.tokensOf(userId)).toBeNull();
    store.conversations.delete(conversation.id);
    store.conversations.purgeDeleted(Date.now() + 1);
    expect(codeOf(() => store.messages.tokensOf(answerId))).toBe('not-found');
  });

  test('of a continued answer takes the place of the old one; left out, the old one stays', () => {
    const store = openTestStore();
    const { answerId } = startTurn(store);
    store.messages.finishAnswer({ id: answerId, text: 'Hi', ...end, tokens });
    store.messages.reopenAnswer({ id: answerId, modelId: 'starter-v0', sampling: someSampling });
    store.messages.finishAnswer({ id: answerId, text: 'Hi there', ...end });
    expect(store.messages.tokensOf(answerId)).toBe(record);
    const longer = Buffer.from([1, 2]).toString('base64');
    store.messages.reopenAnswer({ id: answerId, modelId: 'starter-v0', sampling: someSampling });
    store.messages.finishAnswer({ id: answerId, text: 'Hi there.', ...end, tokens: { from: 0, record: longer } });
    expect(store.messages.tokensOf(answerId)).toBe(longer);
  });
});

test('pieces of a record stand one behind the other after a crash; what is sent again takes their place', () => {
  const store = openTestStore();
  const { answerId } = startTurn(store);
  const piece = (from: number, ...bytes: number[]) => ({ from, record: Buffer.from(bytes).toString('base64') });
  const save = (text: string, tokens: TokenPiece) => store.messages.saveAnswer({ id: answerId, text, seed: 1, tokens });
  const stored = () => [...Buffer.from(store.messages.tokensOf(answerId) ?? '', 'base64')];
  save('a', piece(0, 10));
  save('abc', piece(1, 11, 12));
  save('abc', piece(1, 11, 13));
  store.messages.saveAnswer({ id: answerId, text: 'abc', seed: 1 });
  store.messages.interruptStreaming();
  expect(stored()).toEqual([10, 11, 13]);
  store.messages.finishAnswer({ id: answerId, text: 'abcd', ...end, tokens: piece(0, 9) });
  expect(stored()).toEqual([9]);
});

test('a conversation keeps how its model thinks, and every sampling control', () => {
  const store = openTestStore();
  const { id } = store.conversations.create('starter-v0', {});
  expect(store.conversations.setThinking(id, { on: true, budget: 300 }).thinking).toEqual({ on: true, budget: 300 });
  const sampling = { typicalP: 0.9, stopStrings: ['###'], logitBias: [{ text: ' sea', bias: -2 }] };
  expect(store.conversations.setSampling(id, sampling)).toMatchObject({
    sampling,
    thinking: { on: true, budget: 300 },
  });
});
