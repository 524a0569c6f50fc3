// Full-text indexes over titles and messages, kept by triggers. Each text is in two of them: by words, with positions, and
// by any three characters, without. They hold no text of their own; rowids are conversations.number and messages.sequence.
import type { Database } from 'better-sqlite3';
import { registerSearchFunctions } from '../searchText.ts';

const words = `content = '', contentless_delete = 1, prefix = '1 2 3',
  tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'"`;
const parts = `content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'`;

export function createSearch(database: Database): void {
  registerSearchFunctions(database);
  database.exec(`
    -- The rowid of a table with a text key may change when the file is compacted.
    ALTER TABLE conversations ADD COLUMN number INTEGER;
    UPDATE conversations SET number = rowid;
    CREATE UNIQUE INDEX conversations_number ON conversations (number);

    CREATE VIRTUAL TABLE title_words USING fts5 (text, ${words});
    CREATE VIRTUAL TABLE title_parts USING fts5 (text, ${parts});
    CREATE VIRTUAL TABLE message_words USING fts5 (text, ${words});
    CREATE VIRTUAL TABLE message_parts USING fts5 (text, ${parts});

    INSERT INTO title_words (rowid, text) SELECT number, search_words(title) FROM conversations;
    INSERT INTO title_parts (rowid, text) SELECT number, search_fold(title) FROM conversations;

    -- Messages that came in such numbers that indexing them would keep a person waiting: done piece by piece afterwards.
    CREATE TABLE search_backlog (
      sequence INTEGER PRIMARY KEY REFERENCES messages (sequence) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
    ) STRICT;
    INSERT INTO search_backlog (sequence) SELECT sequence FROM messages;

    CREATE TRIGGER title_added AFTER INSERT ON conversations BEGIN
      UPDATE conversations SET number = (SELECT coalesce(max(number), 0) + 1 FROM conversations) WHERE id = new.id;
      INSERT INTO title_words (rowid, text) SELECT number, search_words(title) FROM conversations WHERE id = new.id;
      INSERT INTO title_parts (rowid, text) SELECT number, search_fold(title) FROM conversations WHERE id = new.id;
    END;
    CREATE TRIGGER title_changed AFTER UPDATE OF title ON conversations WHEN new.title IS NOT old.title BEGIN
      DELETE FROM title_words WHERE rowid = old.number;
      DELETE FROM title_parts WHERE rowid = old.number;
      INSERT INTO title_words (rowid, text) VALUES (new.number, search_words(new.title));
      INSERT INTO title_parts (rowid, text) VALUES (new.number, search_fold(new.title));
    END;
    CREATE TRIGGER title_removed AFTER DELETE ON conversations BEGIN
      DELETE FROM title_words WHERE rowid = old.number;
      DELETE FROM title_parts WHERE rowid = old.number;
    END;

    -- An answer that is being written is saved every second; it is indexed once, when it ends.
    CREATE TRIGGER message_added AFTER INSERT ON messages
    WHEN new.status <> 'streaming' AND NOT EXISTS (SELECT 1 FROM search_backlog WHERE sequence = new.sequence) BEGIN
      INSERT INTO message_words (rowid, text) VALUES (new.sequence, search_words(new.text));
      INSERT INTO message_parts (rowid, text) VALUES (new.sequence, search_fold(new.text));
    END;
    CREATE TRIGGER message_changed AFTER UPDATE OF text, status ON messages
    WHEN new.status <> 'streaming' AND (new.text IS NOT old.text OR old.status = 'streaming')
      AND NOT EXISTS (SELECT 1 FROM search_backlog WHERE sequence = new.sequence) BEGIN
      DELETE FROM message_words WHERE rowid = old.sequence;
      DELETE FROM message_parts WHERE rowid = old.sequence;
      INSERT INTO message_words (rowid, text) VALUES (new.sequence, search_words(new.text));
      INSERT INTO message_parts (rowid, text) VALUES (new.sequence, search_fold(new.text));
    END;
    CREATE TRIGGER message_removed AFTER DELETE ON messages BEGIN
      DELETE FROM message_words WHERE rowid = old.sequence;
      DELETE FROM message_parts WHERE rowid = old.sequence;
    END;
  `);
}
