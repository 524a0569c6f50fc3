import SqliteDatabase from 'better-sqlite3';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createId } from '../../../main/store/id.ts';
import { migrate } from '../../../main/store/migrate.ts';
import { migrations } from '../../../main/store/migrations/index.ts';
import type { Store } from '../../../main/store/open.ts';
import { createSearchIndexing } from '../../../main/searchIndexing.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { openTestStore } from './support.ts';

/** One conversation of many messages, all with the same word. */
function addMany(store: Store, count: number, word = 'walnut'): string {
  const message = { role: 'user', status: 'complete', createdAt: 1, modelId: null, importedFrom: null } as const;
  const rest = { editedFrom: null, generation: null, earlierParts: [], attachments: [], ...message };
  const [id] = store.wholeConversations.add([
    {
      ...{ title: 'T', titleSource: 'user', modelId: 'm', sampling: {}, systemPrompt: '', pinned: false },
      ...{ archived: false, folder: null, createdAt: 1, updatedAt: 1, leaf: null },
      messages: Array.from({ length: count }, (_, place) => ({ ...rest, parent: null, text: `${word} ${place}` })),
    },
  ]);
  return id;
}
const find = (store: Store, query: string) => store.search.find(query, 0, 10);

describe('many messages at once', () => {
  test('are indexed afterwards, newest first, and all found in the end', () => {
    const store = openTestStore();
    addMany(store, 1000);
    expect(find(store, 'walnut')).toEqual({ results: [], total: 0, notIndexed: 1000 });
    expect(store.searchBacklog.work()).toBe(true);
    expect(find(store, '"walnut 999"').total).toBe(1);
    expect(find(store, '"walnut 1"').total).toBe(0);
    while (store.searchBacklog.work());
    expect(find(store, 'walnut')).toMatchObject({ total: 1, notIndexed: 0, results: [{ matches: 1000 }] });
    expect(store.searchBacklog.work()).toBe(false);
  });

  test('few are found at once', () => {
    const store = openTestStore();
    addMany(store, 100);
    expect(find(store, 'walnut')).toMatchObject({ total: 1, notIndexed: 0 });
  });

  test('what is written, edited or deleted meanwhile', () => {
    const store = openTestStore();
    const id = addMany(store, 600);
    store.messages.append({ conversationId: id, parentId: null, role: 'user', text: 'hazelnut' });
    expect(find(store, 'hazelnut').total).toBe(1);
    const gone = addMany(store, 600, 'almond');
    store.conversations.delete(gone);
    store.conversations.purgeDeleted(Date.now() + 1);
    expect(find(store, 'x').notIndexed).toBe(600);
    const again = addMany(store, 600, 'pecan');
    while (store.searchBacklog.work());
    expect(find(store, 'almond').total).toBe(0);
    expect(find(store, 'pecan').results[0]).toMatchObject({ matches: 600, conversation: { id: again } });
  });

  test('the rest is worked off after a restart', () => {
    const folder = temporaryFolder();
    const store = openTestStore(folder);
    addMany(store, 1000);
    store.searchBacklog.work();
    store.close();
    expect(store.searchBacklog.work()).toBe(false);
    const opened = openTestStore(folder);
    expect(find(opened, 'x').notIndexed).toBe(800);
    while (opened.searchBacklog.work());
    expect(find(opened, 'walnut').results[0].matches).toBe(1000);
  });

  test('messages of an earlier schema, at once by title and then by text', () => {
    const folder = temporaryFolder();
    const database = new SqliteDatabase(path.join(folder, 'conclave.sqlite'));
    const before = migrations.filter(({ version }) => version < 31);
    migrate(database, folder, before);
    const id = createId();
    const insert = database.prepare(
      `INSERT INTO messages (id, conversation_id, parent_id, role, text, status, created_at) VALUES (?, ?, ?, 'user', ?, 'complete', 1)`,
    );
    database
      .prepare(`INSERT INTO conversations VALUES (?, 'Old rain', 'user', 'starter-v0', '{"topK":3}', NULL, 1, 2, NULL)`)
      .run(id);
    const [first, second, third] = [createId(), createId(), createId()];
    insert.run(first, id, null, 'pistachio');
    insert.run(second, id, first, 'cashew');
    insert.run(third, id, first, 'peanut');
    database.prepare('UPDATE conversations SET leaf_id = ? WHERE id = ?').run(second, id);
    database.close();

    const store = openTestStore(folder);
    expect(store.conversations.details(id)).toEqual({
      ...{ id, title: 'Old rain', titleSource: 'user', modelId: 'starter-v0', sampling: { topK: 3 }, leafId: second },
      ...{ pinned: false, archived: false, folderId: null, createdAt: 1, updatedAt: 2, systemPrompt: '' },
    });
    expect(store.messages.list(id)[0]).toMatchObject({
      editedFrom: null,
      importedFrom: null,
      earlierParts: [],
      modelId: null,
    });
    expect(find(store, 'rain').total).toBe(1);
    while (store.searchBacklog.work());
    expect(find(store, 'pistachio').total).toBe(1);
    // Remembers what was shown, though the other branch is newer.
    expect(store.conversations.showBranch(id, first).leafId).toBe(second);
  });
});

describe('the work between requests', () => {
  test('goes on until nothing is left, and begins again when asked', async () => {
    const store = openTestStore();
    const indexing = createSearchIndexing(store.searchBacklog, () => undefined);
    for (const word of ['walnut', 'almond']) {
      addMany(store, 1000, word);
      indexing.start();
      indexing.start();
      await vi.waitFor(() => expect(store.searchBacklog.size()).toBe(0), { timeout: 20_000 });
      expect(find(store, word).total).toBe(1);
    }
  });

  test('a failure is logged and ends it; closing the database ends it quietly', async () => {
    const logged: string[] = [];
    const failing = { size: () => 1, announce: () => undefined, work: () => false };
    const work = vi.spyOn(failing, 'work').mockImplementation(() => {
      throw new Error('database or disk is full');
    });
    createSearchIndexing(failing, (line) => logged.push(line)).start();
    await vi.waitFor(() => expect(logged).toEqual(['search index: Error: database or disk is full']));
    expect(work).toHaveBeenCalledTimes(1);
  });
});
