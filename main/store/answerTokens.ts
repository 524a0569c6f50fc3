// The answer_tokens table: the record of an answer's tokens (engine/generate/tokenRecord.ts) in pieces, one behind the other.
import type { Database } from 'better-sqlite3';
import type { Id } from '../ipc/contract.ts';

export interface AnswerTokenStore {
  /** Takes the place of what there is from that token on. */
  keep(messageId: Id, firstToken: number, record: Uint8Array): void;
  /** All pieces, one behind the other; null where there is none. */
  of(messageId: Id): Buffer | null;
}

export function createAnswerTokenStore(database: Database): AnswerTokenStore {
  const remove = database.prepare('DELETE FROM answer_tokens WHERE message_id = ? AND first_token >= ?');
  const insert = database.prepare('INSERT INTO answer_tokens (message_id, first_token, tokens) VALUES (?, ?, ?)');
  const select = database.prepare('SELECT tokens FROM answer_tokens WHERE message_id = ? ORDER BY first_token').pluck();
  return {
    keep(messageId, firstToken, record) {
      remove.run(messageId, firstToken);
      if (record.length > 0) insert.run(messageId, firstToken, record);
    },
    of(messageId) {
      const pieces = select.all(messageId) as Buffer[];
      return pieces.length === 0 ? null : Buffer.concat(pieces);
    },
  };
}
