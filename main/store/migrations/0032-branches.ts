// Edited, imported and continued messages, and for every message the branch below it that was shown last.
import type { Database } from 'better-sqlite3';

export function rememberBranches(database: Database): void {
  database.exec(`
    ALTER TABLE messages ADD COLUMN edited_from TEXT REFERENCES messages (id) ON DELETE SET NULL;
    ALTER TABLE messages ADD COLUMN imported_from TEXT CHECK (imported_from IN ('openai', 'llama.cpp'));
    ALTER TABLE messages ADD COLUMN earlier_parts TEXT CHECK (json_valid(earlier_parts));
    -- No reference: it is only read together with the child's parent_id.
    ALTER TABLE messages ADD COLUMN shown_child_id TEXT;
    CREATE INDEX messages_edited_from ON messages (edited_from) WHERE edited_from IS NOT NULL;

    WITH RECURSIVE path (id, child_id) AS (
      SELECT leaf_id, NULL FROM conversations WHERE leaf_id IS NOT NULL
      UNION ALL
      SELECT messages.parent_id, messages.id FROM path JOIN messages ON messages.id = path.id
      WHERE messages.parent_id IS NOT NULL
    )
    UPDATE messages SET shown_child_id = path.child_id FROM path
    WHERE path.id = messages.id AND path.child_id IS NOT NULL;
  `);
}
