// The conversations table. Deleting is soft until `purgeDeleted`; what is deleted is found by nothing but `restore`.
import type { Database } from 'better-sqlite3';
import type { Conversation, Id, Time } from '../ipc/contract.ts';
import type { Sampling } from '../../engine/protocol.ts';
import { AppError } from '../ipc/errors.ts';
import { createId } from './id.ts';

interface Row {
  id: string;
  title: string;
  title_source: Conversation['titleSource'];
  model_id: string;
  sampling: string;
  leaf_id: string | null;
  created_at: number;
  updated_at: number;
}

export interface ConversationStore {
  list(): Conversation[];
  /** @throws AppError `not-found` */
  get(id: Id): Conversation;
  create(modelId: string, sampling: Partial<Sampling>): Conversation;
  rename(id: Id, title: string): Conversation;
  delete(id: Id): void;
  restore(id: Id): Conversation;
  setSampling(id: Id, sampling: Partial<Sampling>): Conversation;
  setLeaf(id: Id, leafId: Id): Conversation;
  /** A message was added: it is the leaf and the conversation the newest. */
  grow(id: Id, leafId: Id, modelId?: string): void;
  /** Names a conversation that its user has not named. */
  suggestTitle(id: Id, title: string): void;
  /** Removes for good what was deleted before a time. */
  purgeDeleted(before: Time): void;
}

const untitled = 'New chat';

/** Newest first; the tests check its query plan. */
export const listConversations =
  'SELECT * FROM conversations WHERE deleted_at IS NULL ORDER BY updated_at DESC, id DESC';

export function createConversationStore(database: Database): ConversationStore {
  const list = database.prepare(listConversations);
  const select = database.prepare('SELECT * FROM conversations WHERE id = ? AND deleted_at IS NULL');
  const insert = database.prepare(
    `INSERT INTO conversations (id, title, title_source, model_id, sampling, created_at, updated_at)
     VALUES (?, ?, 'auto', ?, ?, ?, ?)`,
  );
  const rename = database.prepare(
    `UPDATE conversations SET title = ?, title_source = 'user' WHERE id = ? AND deleted_at IS NULL`,
  );
  const suggest = database.prepare(`UPDATE conversations SET title = ? WHERE id = ? AND title_source = 'auto'`);
  const remove = database.prepare('UPDATE conversations SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL');
  const restore = database.prepare('UPDATE conversations SET deleted_at = NULL WHERE id = ?');
  const setSampling = database.prepare('UPDATE conversations SET sampling = ? WHERE id = ? AND deleted_at IS NULL');
  const setLeaf = database.prepare(
    `UPDATE conversations SET leaf_id = :leafId WHERE id = :id AND deleted_at IS NULL
     AND EXISTS (SELECT 1 FROM messages WHERE messages.id = :leafId AND conversation_id = :id)`,
  );
  const grow = database.prepare(
    `UPDATE conversations SET leaf_id = :leafId, model_id = coalesce(:modelId, model_id),
     updated_at = max(:now, updated_at + 1) WHERE id = :id`,
  );
  const purge = database.prepare('DELETE FROM conversations WHERE deleted_at < ?');

  const get = (id: Id): Conversation => {
    const row = select.get(id) as Row | undefined;
    if (row === undefined) throw new AppError('not-found', 'That conversation does not exist any more.');
    return fromRow(row);
  };
  const changed = (id: Id, changes: number, what = 'conversation'): Conversation => {
    if (changes === 0) throw new AppError('not-found', `That ${what} does not exist any more.`);
    return get(id);
  };

  return {
    list: () => (list.all() as Row[]).map(fromRow),
    get,
    create(modelId, sampling) {
      const id = createId();
      const now = Date.now();
      insert.run(id, untitled, modelId, JSON.stringify(sampling), now, now);
      return get(id);
    },
    rename: (id, title) => changed(id, rename.run(title, id).changes),
    delete(id) {
      if (remove.run(Date.now(), id).changes === 0) get(id);
    },
    restore: (id) => changed(id, restore.run(id).changes),
    setSampling: (id, sampling) => changed(id, setSampling.run(JSON.stringify(sampling), id).changes),
    setLeaf: (id, leafId) => changed(id, setLeaf.run({ id, leafId }).changes, 'message'),
    grow: (id, leafId, modelId) => void grow.run({ id, leafId, modelId: modelId ?? null, now: Date.now() }),
    suggestTitle: (id, title) => void suggest.run(title, id),
    purgeDeleted: (before) => void purge.run(before),
  };
}

function fromRow(row: Row): Conversation {
  return {
    id: row.id,
    title: row.title,
    titleSource: row.title_source,
    modelId: row.model_id,
    sampling: JSON.parse(row.sampling) as Partial<Sampling>,
    leafId: row.leaf_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
