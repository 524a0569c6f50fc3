// The conversations table. Deleting is soft until `purgeDeleted`; what is deleted is found by nothing but `restore`.
import type { Database } from 'better-sqlite3';
import type { Conversation, ConversationDetails, Id, Payload, Result, Thinking, Time } from '../ipc/contract.ts';
import type { FullSampling as Sampling } from '../../engine/protocol.ts';
import { AppError } from '../ipc/errors.ts';
import { createBranches } from './branches.ts';
import { createId } from './id.ts';
import type { NewPreset } from './presets.ts';

interface Row {
  id: string;
  title: string;
  title_source: Conversation['titleSource'];
  model_id: string;
  sampling: string;
  thinking: string;
  leaf_id: string | null;
  pinned: number;
  archived: number;
  folder_id: string | null;
  created_at: number;
  updated_at: number;
}

export interface ConversationStore {
  list(): Conversation[];
  page(page: Payload<'conversations:page'>): Result<'conversations:page'>;
  /** Every one that is not deleted, archived ones too, oldest first. */
  ids(): Id[];
  /** @throws AppError `not-found`, as all that take an id */
  get(id: Id): Conversation;
  details(id: Id): ConversationDetails;
  create(
    modelId: string,
    sampling: Partial<Sampling>,
    more?: { systemPrompt?: string; folderId?: Id | null; thinking?: Thinking },
  ): Conversation;
  rename(id: Id, title: string): Conversation;
  delete(id: Id): void;
  restore(id: Id): Conversation;
  setSampling(id: Id, sampling: Partial<Sampling>): Conversation;
  setThinking(id: Id, thinking: Thinking): Conversation;
  setLeaf(id: Id, leafId: Id): Conversation;
  /** Makes the leaf what was last shown below a message. */
  showBranch(id: Id, messageId: Id): Conversation;
  setPinned(id: Id, pinned: boolean): Conversation;
  setArchived(id: Id, archived: boolean): Conversation;
  setFolder(id: Id, folderId: Id | null): Conversation;
  setModel(id: Id, modelId: string): Conversation;
  setSystemPrompt(id: Id, systemPrompt: string): Conversation;
  applyPreset(id: Id, preset: NewPreset): ConversationDetails;
  /** A message was added: it is the leaf and the conversation the newest. */
  grow(id: Id, leafId: Id, modelId?: string): void;
  /** Names a conversation that its user has not named; what the model called it, only the model changes. */
  suggestTitle(id: Id, title: string, source: 'auto' | 'model'): Conversation;
  /** Removes for good what was deleted before a time. */
  purgeDeleted(before: Time): void;
}

const untitled = 'New chat';

// Without what can be long: lists hold thousands.
const columns =
  'id, title, title_source, model_id, sampling, thinking, leaf_id, pinned, archived, folder_id, created_at, updated_at';
const newest = 'ORDER BY updated_at DESC, id DESC';

/** The tests check the plans of these. */
export const listConversations = `SELECT ${columns} FROM conversations WHERE deleted_at IS NULL AND archived = 0 ${newest}`;
export const pageConversations = `SELECT ${columns} FROM conversations WHERE deleted_at IS NULL AND archived = :archived
  AND (updated_at, id) < (:updatedAt, :id) ${newest} LIMIT :limit`;
export const pageFolder = `SELECT ${columns} FROM conversations WHERE deleted_at IS NULL AND folder_id IS :folderId
  AND archived = :archived AND (updated_at, id) < (:updatedAt, :id) ${newest} LIMIT :limit`;

export function createConversationStore(database: Database): ConversationStore {
  const list = database.prepare(listConversations);
  const page = database.prepare(pageConversations);
  const folderPage = database.prepare(pageFolder);
  const ids = database.prepare('SELECT id FROM conversations WHERE deleted_at IS NULL ORDER BY created_at, id').pluck();
  const select = database.prepare(`SELECT ${columns} FROM conversations WHERE id = ? AND deleted_at IS NULL`);
  const systemPrompt = database.prepare('SELECT system_prompt FROM conversations WHERE id = ?').pluck();
  const folderExists = database.prepare('SELECT EXISTS (SELECT 1 FROM folders WHERE id = ?)').pluck();
  const insert = database.prepare(
    `INSERT INTO conversations (id, title, title_source, model_id, sampling, thinking, system_prompt, folder_id, created_at,
       updated_at)
     VALUES (:id, :title, 'auto', :modelId, :sampling, :thinking, :systemPrompt, :folderId, :now, :now)`,
  );
  const suggest = database.prepare(
    `UPDATE conversations SET title = :title, title_source = :source WHERE id = :id AND deleted_at IS NULL
     AND (title_source = 'auto' OR title_source = :source)`,
  );
  const set = (assignments: string) =>
    database.prepare(`UPDATE conversations SET ${assignments} WHERE id = :id AND deleted_at IS NULL`);
  const rename = set(`title = :title, title_source = 'user'`);
  const remove = set('deleted_at = :now');
  const restore = database.prepare('UPDATE conversations SET deleted_at = NULL WHERE id = ?');
  const setSampling = set('sampling = :sampling');
  const setThinking = set('thinking = :thinking');
  const setPinned = set('pinned = :pinned');
  const setArchived = set('archived = :archived');
  const setFolder = set('folder_id = :folderId');
  const setModel = set('model_id = :modelId');
  const setSystemPrompt = set('system_prompt = :systemPrompt');
  const setPreset = set(
    'system_prompt = :systemPrompt, sampling = :sampling, thinking = coalesce(:thinking, thinking), model_id = coalesce(:modelId, model_id)',
  );
  const setLeaf = database.prepare(
    `UPDATE conversations SET leaf_id = :leafId WHERE id = :id AND deleted_at IS NULL
     AND EXISTS (SELECT 1 FROM messages WHERE messages.id = :leafId AND conversation_id = :id)`,
  );
  const grow = database.prepare(
    `UPDATE conversations SET leaf_id = :leafId, model_id = coalesce(:modelId, model_id),
     updated_at = max(:now, updated_at + 1) WHERE id = :id`,
  );
  const purge = database.prepare('DELETE FROM conversations WHERE deleted_at < ?');
  const branches = createBranches(database);

  const get = (id: Id): Conversation => {
    const row = select.get(id) as Row | undefined;
    if (row === undefined) throw new AppError('not-found', 'That conversation does not exist any more.');
    return fromRow(row);
  };
  const changed = (id: Id, changes: number, what = 'conversation'): Conversation => {
    if (changes === 0) throw new AppError('not-found', `That ${what} does not exist any more.`);
    return get(id);
  };

  const checkFolder = (folderId: Id | null): void => {
    if (folderId !== null && folderExists.get(folderId) === 0)
      throw new AppError('not-found', 'That folder does not exist any more.');
  };
  const details = (id: Id): ConversationDetails => ({ ...get(id), systemPrompt: systemPrompt.get(id) as string });
  const showLeaf = (id: Id, leafId: Id): Conversation => {
    const shown = changed(id, setLeaf.run({ id, leafId }).changes, 'message');
    branches.remember(leafId);
    return shown;
  };

  return {
    list: () => (list.all() as Row[]).map(fromRow),
    page({ archived, folderId, after, limit }) {
      const start = after ?? { updatedAt: Number.MAX_SAFE_INTEGER, id: '' };
      const where = { ...start, archived: Number(archived), limit };
      const rows = folderId === undefined ? page.all(where) : folderPage.all({ ...where, folderId });
      const conversations = (rows as Row[]).map(fromRow);
      const last = conversations.length === limit ? conversations.at(-1) : undefined;
      return { conversations, end: last === undefined ? null : { updatedAt: last.updatedAt, id: last.id } };
    },
    ids: () => ids.all() as Id[],
    get,
    details,
    create(modelId, sampling, { systemPrompt = '', folderId = null, thinking = {} } = {}) {
      checkFolder(folderId);
      const id = createId();
      const now = Date.now();
      const chosen = { sampling: JSON.stringify(sampling), thinking: JSON.stringify(thinking) };
      insert.run({ id, title: untitled, modelId, ...chosen, systemPrompt, folderId, now });
      return get(id);
    },
    rename: (id, title) => changed(id, rename.run({ id, title }).changes),
    delete(id) {
      if (remove.run({ id, now: Date.now() }).changes === 0) get(id);
    },
    restore: (id) => changed(id, restore.run(id).changes),
    setSampling: (id, sampling) => changed(id, setSampling.run({ id, sampling: JSON.stringify(sampling) }).changes),
    setThinking: (id, thinking) => changed(id, setThinking.run({ id, thinking: JSON.stringify(thinking) }).changes),
    setLeaf: database.transaction(showLeaf),
    showBranch: database.transaction((id: Id, messageId: Id) => showLeaf(id, branches.leafBelow(messageId))),
    setPinned: (id, pinned) => changed(id, setPinned.run({ id, pinned: Number(pinned) }).changes),
    setArchived: (id, archived) => changed(id, setArchived.run({ id, archived: Number(archived) }).changes),
    setFolder(id, folderId) {
      checkFolder(folderId);
      return changed(id, setFolder.run({ id, folderId }).changes);
    },
    setModel: (id, modelId) => changed(id, setModel.run({ id, modelId }).changes),
    setSystemPrompt: (id, systemPrompt) => changed(id, setSystemPrompt.run({ id, systemPrompt }).changes),
    applyPreset(id, { systemPrompt, sampling, thinking, modelId }) {
      const chosen = { sampling: JSON.stringify(sampling), thinking: thinking ? JSON.stringify(thinking) : null };
      changed(id, setPreset.run({ id, systemPrompt, ...chosen, modelId }).changes);
      return details(id);
    },
    grow(id, leafId, modelId) {
      grow.run({ id, leafId, modelId: modelId ?? null, now: Date.now() });
      branches.remember(leafId);
    },
    suggestTitle(id, title, source) {
      suggest.run({ id, title, source });
      return get(id);
    },
    purgeDeleted: (before) => void purge.run(before),
  };
}

function fromRow(row: Row): Conversation {
  const thinking = JSON.parse(row.thinking) as Thinking;
  return {
    id: row.id,
    title: row.title,
    titleSource: row.title_source,
    modelId: row.model_id,
    sampling: JSON.parse(row.sampling) as Partial<Sampling>,
    ...(Object.keys(thinking).length > 0 && { thinking }),
    leafId: row.leaf_id,
    pinned: row.pinned === 1,
    archived: row.archived === 1,
    folderId: row.folder_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
