// Files that go with a message, and with what is not sent yet: a list of them as JSON beside the text, null where there are none.
import type { Database } from 'better-sqlite3';

export function createAttachments(database: Database): void {
  database.exec(`
    ALTER TABLE messages ADD COLUMN attachments TEXT CHECK (json_valid(attachments));
    ALTER TABLE drafts ADD COLUMN attachments TEXT CHECK (json_valid(attachments));
  `);
}
