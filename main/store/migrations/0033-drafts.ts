// What is typed and not sent yet: one text a conversation, and one for the conversation that does not exist yet.
import type { Database } from 'better-sqlite3';

export function createDrafts(database: Database): void {
  database.exec(`
    CREATE TABLE drafts (
      sequence INTEGER PRIMARY KEY,
      conversation_id TEXT REFERENCES conversations (id) ON DELETE CASCADE,
      text TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX drafts_of_conversation ON drafts (conversation_id);
    -- NULLs are distinct in an index, so the new chat's draft needs one of its own.
    CREATE UNIQUE INDEX drafts_of_new_chat ON drafts (conversation_id IS NULL) WHERE conversation_id IS NULL;
  `);
}
