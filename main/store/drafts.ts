// The drafts table: what is typed and attached, and not sent yet.
import type { Database } from 'better-sqlite3';
import type { Attachment, Id, StoredDraft } from '../ipc/contract.ts';
import type { ConversationStore } from './conversations.ts';
import { fromList, toList } from './messages.ts';

export interface DraftStore {
  /** Empty if there is none; null names the conversation that does not exist yet. */
  get(conversationId: Id | null): StoredDraft;
  /** @throws AppError `not-found` */
  set(conversationId: Id | null, text: string): void;
  /** @throws AppError `not-found` */
  attach(conversationId: Id | null, attachments: readonly Attachment[]): void;
}

interface DraftRow {
  text: string;
  attachments: string | null;
}

export function createDraftStore(database: Database, conversations: ConversationStore): DraftStore {
  const select = database.prepare('SELECT text, attachments FROM drafts WHERE conversation_id IS ?');
  const remove = database.prepare('DELETE FROM drafts WHERE conversation_id IS ?');
  const insert = database.prepare('INSERT INTO drafts (conversation_id, text, attachments) VALUES (?, ?, ?)');
  const rowOf = (conversationId: Id | null): DraftRow =>
    (select.get(conversationId) as DraftRow | undefined) ?? { text: '', attachments: null };
  const change = database.transaction((conversationId: Id | null, changes: Partial<DraftRow>) => {
    if (conversationId !== null) conversations.get(conversationId);
    const { text, attachments } = { ...rowOf(conversationId), ...changes };
    remove.run(conversationId);
    if (text !== '' || attachments !== null) insert.run(conversationId, text, attachments);
  });
  return {
    get(conversationId) {
      const { text, attachments } = rowOf(conversationId);
      return { text, attachments: fromList<Attachment>(attachments) };
    },
    set: (conversationId, text) => change(conversationId, { text }),
    attach: (conversationId, attachments) => change(conversationId, { attachments: toList(attachments) }),
  };
}
