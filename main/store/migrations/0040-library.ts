// The library: models that were downloaded or copied into the models folder, and those that stay where they are; linked
// files that older versions remembered join it. When a model was last used is kept apart: the starter has no row here.
import type { Database } from 'better-sqlite3';

export function createLibrary(database: Database): void {
  database.exec(`
    CREATE TABLE library_models (
      id TEXT PRIMARY KEY,
      linked INTEGER NOT NULL CHECK (linked IN (0, 1)),
      files TEXT NOT NULL CHECK (json_valid(files)),
      about TEXT NOT NULL CHECK (json_valid(about)),
      source TEXT,
      problem TEXT CHECK (json_valid(problem)),
      added_at INTEGER NOT NULL,
      verified_at INTEGER,
      removed_at INTEGER
    ) STRICT;
    CREATE INDEX library_models_removed ON library_models (removed_at) WHERE removed_at IS NOT NULL;

    CREATE TABLE model_uses (
      model_id TEXT PRIMARY KEY,
      last_used_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    INSERT INTO library_models (id, linked, files, about, added_at)
      SELECT id, 1, json_array(json_object('path', path)), '{}', added_at FROM linked_models;
    DROP TABLE linked_models;
  `);
}
