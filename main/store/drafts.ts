// The drafts table: what is typed and not sent yet.
import type { Database } from 'better-sqlite3';
import type { Id } from '../ipc/contract.ts';
import type { ConversationStore } from './conversations.ts';

export interface DraftStore {
  /** '' if there is none; null names the conversation that does not exist yet. */
  get(conversationId: Id | null): string;
  /** @throws AppError `not-found` */
  set(conversationId: Id | null, text: string): void;
}

export function createDraftStore(database: Database, conversations: ConversationStore): DraftStore {
  const select = database.prepare('SELECT text FROM drafts WHERE conversation_id IS ?').pluck();
  const remove = database.prepare('DELETE FROM drafts WHERE conversation_id IS ?');
  const insert = database.prepare('INSERT INTO drafts (conversation_id, text) VALUES (?, ?)');
  const replace = database.transaction((conversationId: Id | null, text: string) => {
    remove.run(conversationId);
    if (text !== '') insert.run(conversationId, text);
  });
  return {
    get: (conversationId) => (select.get(conversationId) as string | undefined) ?? '',
    set(conversationId, text) {
      if (conversationId !== null) conversations.get(conversationId);
      replace(conversationId, text);
    },
  };
}
