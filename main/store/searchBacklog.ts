// What is stored but not in the full-text indexes yet: messages of the search_backlog table, and pieces of attached files.
import type { Database } from 'better-sqlite3';
import { pieceName, pieceText } from './attachmentPieces.ts';

export interface SearchBacklog {
  /** How many messages and pieces of files a search does not find yet. */
  size(): number;
  /** Marks the next messages to be stored, by the sequence numbers that they will get. */
  announce(first: number, count: number): void;
  /** Indexes some messages, newest first, then some pieces of files; true while there are more. Does nothing once the database is closed. */
  work(): boolean;
}

/** Characters that are indexed at a time: some 20 ms. */
const charactersAtOnce = 50_000;
const messagesAtOnce = 200;
const piecesAtOnce = 2;

export function createSearchBacklog(database: Database): SearchBacklog {
  const count = database
    .prepare(
      'SELECT (SELECT count(*) FROM search_backlog) + (SELECT count(*) FROM attachment_pieces WHERE indexed = 0)',
    )
    .pluck();
  const insert = database.prepare('INSERT INTO search_backlog (sequence) VALUES (?)');
  const next = database.prepare(
    `SELECT search_backlog.sequence, length(text) AS length FROM search_backlog JOIN messages USING (sequence)
     ORDER BY search_backlog.sequence DESC LIMIT ${messagesAtOnce}`,
  );
  const remove = database.prepare('DELETE FROM search_backlog WHERE sequence = ?');
  // What is still being written is indexed by its trigger when it ends.
  const index = [
    'message_words (rowid, text) SELECT sequence, search_words(text)',
    'message_parts (rowid, text) SELECT sequence, search_fold(text)',
  ].map((columns) =>
    database.prepare(`INSERT INTO ${columns} FROM messages WHERE sequence = ? AND status <> 'streaming'`),
  );
  const messageStep = database.transaction((): boolean => {
    const rows = next.all() as { sequence: number; length: number }[];
    let characters = 0;
    let done = 0;
    for (const { sequence, length } of rows) {
      if (done > 0 && characters + length > charactersAtOnce) break;
      for (const statement of index) statement.run(sequence);
      remove.run(sequence);
      characters += length;
      done++;
    }
    return done < rows.length || rows.length === messagesAtOnce;
  });
  const waitingPieces = `attachment_pieces WHERE indexed = 0 ORDER BY number DESC LIMIT ${piecesAtOnce}`;
  const indexPieces = [
    ['attachment_words', 'search_words'],
    ['attachment_parts', 'search_fold'],
  ].map(([index, folded]) =>
    database.prepare(
      `INSERT INTO ${index} (rowid, text) SELECT number, ${folded}(${pieceName} || char(10) || ${pieceText})
       FROM (SELECT * FROM ${waitingPieces}) JOIN messages USING (sequence)`,
    ),
  );
  const removePieces = database.prepare(
    `UPDATE attachment_pieces SET indexed = 1 WHERE number IN (SELECT number FROM ${waitingPieces})`,
  );
  const pieceStep = database.transaction((): boolean => {
    for (const statement of indexPieces) statement.run();
    return removePieces.run().changes === piecesAtOnce;
  });
  return {
    size: () => count.get() as number,
    announce(first, messages) {
      for (let sequence = first; sequence < first + messages; sequence++) insert.run(sequence);
    },
    work: () => database.open && (messageStep() || pieceStep()),
  };
}
