// The search_backlog table: messages that are stored but not in the full-text indexes yet.
import type { Database } from 'better-sqlite3';

export interface SearchBacklog {
  /** How many messages a search does not find yet. */
  size(): number;
  /** Marks the next messages to be stored, by the sequence numbers that they will get. */
  announce(first: number, count: number): void;
  /** Indexes some messages, newest first; true while there are more. Does nothing once the database is closed. */
  work(): boolean;
}

/** Characters that are indexed at a time: some 20 ms. */
const charactersAtOnce = 50_000;
const messagesAtOnce = 200;

export function createSearchBacklog(database: Database): SearchBacklog {
  const count = database.prepare('SELECT count(*) FROM search_backlog').pluck();
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
  const step = database.transaction((): boolean => {
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
  return {
    size: () => count.get() as number,
    announce(first, messages) {
      for (let sequence = first; sequence < first + messages; sequence++) insert.run(sequence);
    },
    work: () => database.open && step(),
  };
}
