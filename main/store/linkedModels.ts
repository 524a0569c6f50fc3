// The linked_models table: paths of model files that the user opened with the app.
import type { Database } from 'better-sqlite3';

export interface LinkedModel {
  id: string;
  path: string;
}

export interface LinkedModelStore {
  /** In the order in which they were opened. */
  list(): LinkedModel[];
  add(model: LinkedModel): void;
}

export function createLinkedModelStore(database: Database): LinkedModelStore {
  const list = database.prepare('SELECT id, path FROM linked_models ORDER BY added_at, id');
  const insert = database.prepare(
    'INSERT INTO linked_models (id, path, added_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  return {
    list: () => list.all() as LinkedModel[],
    add: ({ id, path }) => void insert.run(id, path, Date.now()),
  };
}
