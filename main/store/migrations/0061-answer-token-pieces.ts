// The record of an answer's tokens in pieces, as it grows: a crash keeps those that were stored.
import type { Database } from 'better-sqlite3';

export function splitAnswerTokens(database: Database): void {
  database.exec(`
    CREATE TABLE answer_token_pieces (
      message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
      first_token INTEGER NOT NULL CHECK (first_token >= 0),
      tokens BLOB NOT NULL,
      PRIMARY KEY (message_id, first_token)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO answer_token_pieces SELECT message_id, 0, tokens FROM answer_tokens;
    DROP TABLE answer_tokens;
    ALTER TABLE answer_token_pieces RENAME TO answer_tokens;
  `);
}
