import { describe, expect, test, vi } from 'vitest';
import type { Attachment, Id, SearchMatch } from '../../../main/ipc/contract.ts';
import { createSearchIndexing } from '../../../main/searchIndexing.ts';
import { migrate } from '../../../main/store/migrate.ts';
import { migrations } from '../../../main/store/migrations/index.ts';
import { openDatabase, type Store } from '../../../main/store/open.ts';
import SqliteDatabase from 'better-sqlite3';
import path from 'node:path';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { openTestStore } from './support.ts';

const file = (name: string, text: string): Attachment => ({ name, text, pages: null, tokens: null });

/** A conversation of one message with files; indexed. */
function attach(store: Store, text: string, ...attachments: Attachment[]): Id {
  const { id: conversationId } = store.conversations.create('starter-v0', {});
  store.messages.append({ conversationId, parentId: null, role: 'user', text, attachments });
  while (store.searchBacklog.work());
  return conversationId;
}
const find = (store: Store, query: string) => store.search.find(query, 0, 50);
/** The only match of the only result. */
function onlyMatch(store: Store, query: string): SearchMatch {
  const { results } = find(store, query);
  expect(results.map(({ matches }) => matches)).toEqual([1]);
  return results[0].messages[0];
}
const marked = ({ snippet, highlights }: SearchMatch) => highlights.map(([start, end]) => snippet.slice(start, end));

describe('attached files', () => {
  test.each([
    ['a word', 'estuary', ['estuary']],
    ['the beginning of a word', 'estu', ['estu']],
    ['the inside of a word', 'stuar', ['stuar']],
    ['a phrase', '"brackish estuary"', ['brackish estuary']],
    ['code', 'salt_kg(litres)', ['salt_kg(litres)']],
    ['an operator', '=>', ['=>']],
    ['an emoji', '🌊', ['🌊']],
    ['accents', 'mündung', ['Mundung']],
    ['Han', '海水', ['海水']],
    ['a word of the name', 'tides', []],
    ['a word of the name and one of the text', 'tides estuary', ['estuary']],
  ])('are found by %s', (_, query, highlighted) => {
    const store = openTestStore();
    const words = 'A brackish\nestuary 🌊 (Mundung), 海水; const kg = salt_kg(litres) => 1;';
    const conversationId = attach(store, 'Read this', file('notes.md', 'nothing'), file('tides.txt', words));
    expect(find(store, query).results[0].conversation.id).toBe(conversationId);
    const match = onlyMatch(store, query);
    expect(match.file?.name).toBe('tides.txt');
    expect(marked(match)).toEqual(highlighted);
    expect(match.file?.highlights).toEqual(query.startsWith('tides') ? [[0, 5]] : []);
  });

  test('come after messages and titles; a message that says it itself is found as that', () => {
    const store = openTestStore();
    const inFile = attach(store, 'one', file('a.txt', 'harbour harbour harbour'));
    const inBoth = attach(store, 'harbour', file('b.txt', 'harbour harbour harbour'));
    const inText = attach(store, `${'other words '.repeat(50)} harbour`);
    const inTitle = attach(store, 'two', file('c.txt', 'harbour'));
    store.conversations.rename(inBoth, 'Both');
    store.conversations.rename(inTitle, 'The harbour');
    const { results } = find(store, 'harbour');
    expect(results[0].conversation.id).toBe(inTitle);
    expect(results.at(-1)?.conversation.id).toBe(inFile);
    const both = results.find(({ conversation }) => conversation.id === inBoth);
    expect(both?.messages).toMatchObject([{ snippet: 'harbour' }]);
    expect(both?.messages[0].file).toBeUndefined();
    expect(results.map(({ conversation }) => conversation.id)).toContain(inText);
  });

  test('are found from their first word to their last, and where their pieces meet', () => {
    const store = openTestStore();
    const filler = (word: string) => `${word} `.repeat(Math.floor(19_990 / (word.length + 1)));
    const words = `first ${filler('wave')}brackish estuary ${filler('Größe🌊')}last`;
    attach(store, 'Read this', file('long.txt', words));
    expect(onlyMatch(store, 'first')).toMatchObject({ cutBefore: false, cutAfter: true });
    expect(onlyMatch(store, 'last')).toMatchObject({ cutBefore: true, cutAfter: false });
    expect(marked(onlyMatch(store, '"brackish estuary"'))).toEqual(['brackish estuary']);
    expect(onlyMatch(store, '"brackish estuary"')).toMatchObject({ cutBefore: true, cutAfter: true });
    expect(onlyMatch(store, 'wave').snippet.length).toBeLessThan(260);
  });

  test('are found with every form of their message, and go with it', () => {
    const store = openTestStore();
    const id = attach(store, 'Read this', file('a.txt', 'estuary'));
    const [message] = store.messages.list(id);
    store.messages.edit({ id: message.id, text: 'Read this again' });
    store.wholeConversations.duplicate(id, 'Copy');
    while (store.searchBacklog.work());
    expect(find(store, 'estuary').results.map(({ matches }) => matches)).toEqual([2, 2]);
    store.conversations.delete(id);
    expect(find(store, 'estuary').total).toBe(1);
    store.conversations.purgeDeleted(Date.now() + 1);
    const [copy] = find(store, 'estuary').results;
    store.conversations.delete(copy.conversation.id);
    store.conversations.purgeDeleted(Date.now() + 1);
    expect(find(store, 'estuary')).toEqual({ results: [], total: 0, notIndexed: 0 });
    attach(store, 'Another', file('b.txt', 'lagoon'));
    expect(find(store, 'estuary').total).toBe(0);
  });

  test('are indexed between requests, also what an earlier schema held', async () => {
    const folder = temporaryFolder();
    const database = new SqliteDatabase(path.join(folder, 'conclave.sqlite'));
    migrate(
      database,
      folder,
      migrations.filter(({ version }) => version < 70),
    );
    const id = '01900000-0000-7000-8000-000000000001';
    database
      .prepare(
        `INSERT INTO conversations (id, title, title_source, model_id, sampling, created_at, updated_at)
        VALUES (?, 'Old', 'user', 'm', '{}', 1, 1)`,
      )
      .run(id);
    database
      .prepare(
        `INSERT INTO messages (id, conversation_id, role, text, status, created_at, attachments)
        VALUES ('a', ?, 'user', 'Hi', 'complete', 1, ?)`,
      )
      .run(id, JSON.stringify([file('a.txt', 'estuary '.repeat(10_000))]));
    database.close();
    openDatabase(folder).close();
    const store = openTestStore(folder);
    expect(find(store, 'estuary')).toMatchObject({ total: 0, notIndexed: 4 });
    createSearchIndexing(store.searchBacklog, () => undefined).start();
    await vi.waitFor(() => expect(store.searchBacklog.size()).toBe(0), { timeout: 20_000 });
    expect(onlyMatch(store, 'estuary').file?.name).toBe('a.txt');
  });
});
