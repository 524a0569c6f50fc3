// Model files that the user opened with the app: they stay where they are, and the library remembers their paths.
import type { Database } from 'better-sqlite3';

export function createLinkedModels(database: Database): void {
  database.exec(`
    CREATE TABLE linked_models (
      id TEXT PRIMARY KEY,
      path TEXT NOT NULL UNIQUE,
      added_at INTEGER NOT NULL
    ) STRICT;
  `);
}
