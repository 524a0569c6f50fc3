// Folders, pins, the archive and system prompts; titles may also come from the model.
import type { Database } from 'better-sqlite3';

export function organiseConversations(database: Database): void {
  database.exec(`
    CREATE TABLE folders (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;

    ALTER TABLE conversations ADD COLUMN folder_id TEXT REFERENCES folders (id) ON DELETE SET NULL;
    ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1));
    ALTER TABLE conversations ADD COLUMN archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1));
    ALTER TABLE conversations ADD COLUMN system_prompt TEXT NOT NULL DEFAULT '';

    -- A column's CHECK cannot be widened; a new column takes its place.
    ALTER TABLE conversations ADD COLUMN titled_by TEXT NOT NULL DEFAULT 'auto'
      CHECK (titled_by IN ('auto', 'model', 'user'));
    UPDATE conversations SET titled_by = title_source;
    ALTER TABLE conversations DROP COLUMN title_source;
    ALTER TABLE conversations RENAME COLUMN titled_by TO title_source;

    DROP INDEX conversations_newest;
    CREATE INDEX conversations_newest ON conversations (archived, updated_at DESC, id DESC) WHERE deleted_at IS NULL;
    CREATE INDEX conversations_of_folder ON conversations (folder_id, archived, updated_at DESC, id DESC)
      WHERE deleted_at IS NULL;
  `);
}
