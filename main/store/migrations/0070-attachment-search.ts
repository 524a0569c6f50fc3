// The text of attached files in full-text indexes of their own, so that it is found and ranks below what was said. Files are
// long: each is indexed in pieces, between requests. Rowids are attachment_pieces.number.
import type { Database } from 'better-sqlite3';
import { registerSearchFunctions } from '../searchText.ts';

export function createAttachmentSearch(database: Database): void {
  registerSearchFunctions(database);
  database.exec(`
    CREATE TABLE attachment_pieces (
      number INTEGER PRIMARY KEY,
      sequence INTEGER NOT NULL REFERENCES messages (sequence) ON DELETE CASCADE,
      -- Place in the message's list of files; characters of its text before the piece.
      file INTEGER NOT NULL,
      start INTEGER NOT NULL,
      indexed INTEGER NOT NULL DEFAULT 0,
      UNIQUE (sequence, file, start)
    ) STRICT;
    CREATE INDEX attachment_pieces_waiting ON attachment_pieces (number) WHERE indexed = 0;

    CREATE VIRTUAL TABLE attachment_words USING fts5 (text, content = '', contentless_delete = 1, prefix = '1 2 3',
      tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'");
    CREATE VIRTUAL TABLE attachment_parts USING fts5 (text, content = '', contentless_delete = 1, detail = none,
      tokenize = 'trigram case_sensitive 1');

    INSERT INTO attachment_pieces (sequence, file, start)
      SELECT sequence, piece.value ->> 0, piece.value ->> 1 FROM messages, json_each(search_pieces(attachments)) AS piece
      WHERE attachments IS NOT NULL ORDER BY sequence, piece.key;

    CREATE TRIGGER attachments_added AFTER INSERT ON messages WHEN new.attachments IS NOT NULL BEGIN
      INSERT INTO attachment_pieces (sequence, file, start)
        SELECT new.sequence, piece.value ->> 0, piece.value ->> 1 FROM json_each(search_pieces(new.attachments)) AS piece;
    END;
    CREATE TRIGGER attachment_piece_removed AFTER DELETE ON attachment_pieces BEGIN
      DELETE FROM attachment_words WHERE rowid = old.number;
      DELETE FROM attachment_parts WHERE rowid = old.number;
    END;
  `);
}
