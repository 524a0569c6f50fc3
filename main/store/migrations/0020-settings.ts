// Settings of the app and its shells: one JSON value a key.
import type { Database } from 'better-sqlite3';

export function createSettings(database: Database): void {
  database.exec(`
    CREATE TABLE settings (
      key TEXT PRIMARY KEY,
      value TEXT NOT NULL CHECK (json_valid(value))
    ) STRICT, WITHOUT ROWID;
  `);
}
