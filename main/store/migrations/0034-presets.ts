// Named presets: a system prompt, sampling and a model under one name.
import type { Database } from 'better-sqlite3';

export function createPresets(database: Database): void {
  database.exec(`
    CREATE TABLE presets (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      system_prompt TEXT NOT NULL,
      sampling TEXT NOT NULL CHECK (json_valid(sampling)),
      model_id TEXT,
      created_at INTEGER NOT NULL
    ) STRICT;
  `);
}
