// What an answer's tokens were (probabilities, alternatives, experts) as one blob beside it, read only when it is looked at;
// and how a conversation lets its model think.
import type { Database } from 'better-sqlite3';

export function createAnswerTokens(database: Database): void {
  database.exec(`
    CREATE TABLE answer_tokens (
      message_id TEXT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
      tokens BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE conversations ADD COLUMN thinking TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(thinking));
  `);
}
