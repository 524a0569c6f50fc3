// Conversations and their messages: a tree by parent_id, in the order of sequence. An answer carries how it came about.
import type { Database } from 'better-sqlite3';

export function createConversations(database: Database): void {
  database.exec(`
    CREATE TABLE conversations (
      id TEXT PRIMARY KEY,
      title TEXT NOT NULL,
      title_source TEXT NOT NULL CHECK (title_source IN ('auto', 'user')),
      model_id TEXT NOT NULL,
      sampling TEXT NOT NULL CHECK (json_valid(sampling)),
      leaf_id TEXT REFERENCES messages (id) DEFERRABLE INITIALLY DEFERRED,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      deleted_at INTEGER
    ) STRICT;
    CREATE INDEX conversations_newest ON conversations (updated_at DESC, id DESC) WHERE deleted_at IS NULL;
    CREATE INDEX conversations_deleted ON conversations (deleted_at) WHERE deleted_at IS NOT NULL;
    CREATE INDEX conversations_leaf ON conversations (leaf_id);

    CREATE TABLE messages (
      sequence INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
      parent_id TEXT REFERENCES messages (id) ON DELETE CASCADE,
      role TEXT NOT NULL CHECK (role IN ('system', 'user', 'assistant')),
      text TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('streaming', 'complete', 'stopped', 'interrupted', 'failed')),
      created_at INTEGER NOT NULL,
      model_id TEXT,
      sampling TEXT CHECK (json_valid(sampling)),
      seed INTEGER,
      stop_reason TEXT,
      timings TEXT CHECK (json_valid(timings)),
      error TEXT CHECK (json_valid(error)),
      CHECK ((role = 'assistant') = (model_id IS NOT NULL AND sampling IS NOT NULL))
    ) STRICT;
    CREATE INDEX messages_of_conversation ON messages (conversation_id, sequence);
    CREATE INDEX messages_of_parent ON messages (parent_id);
    CREATE INDEX messages_streaming ON messages (sequence) WHERE status = 'streaming';
  `);
}
