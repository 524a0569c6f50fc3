// The library_models and model_uses tables. What a model is stands in `about`, which main/model-files gives and checks.
import type { Database } from 'better-sqlite3';

export interface LibraryFile {
  /** Absolute for a linked model; for others the file's name inside the model's own folder. */
  path: string;
  byteLength?: number;
  sha256?: string;
}

export interface LibraryRow {
  id: string;
  /** The files stay where they are, and are not the app's to remove. */
  linked: boolean;
  files: LibraryFile[];
  about: unknown;
  /** The address that it came from. */
  source: string | null;
  /** Why it is not offered, as AppErrorData. */
  problem: unknown;
  addedAt: number;
  verifiedAt: number | null;
  removedAt: number | null;
}

export interface LibraryModelStore {
  /** Oldest first, without removed ones. */
  list(): LibraryRow[];
  /** Those removed, too. */
  get(id: string): LibraryRow | undefined;
  removed(): LibraryRow[];
  /** Adds, or replaces what has the same id. */
  put(row: LibraryRow): void;
  delete(id: string): void;
  setUsed(modelId: string, time: number): void;
  /** By model id; the starter's among them. */
  lastUsed(): ReadonlyMap<string, number>;
}

interface StoredRow {
  id: string;
  linked: number;
  files: string;
  about: string;
  source: string | null;
  problem: string | null;
  added_at: number;
  verified_at: number | null;
  removed_at: number | null;
}

export function createLibraryModelStore(database: Database): LibraryModelStore {
  const list = database.prepare('SELECT * FROM library_models WHERE removed_at IS NULL ORDER BY added_at, id');
  const removed = database.prepare('SELECT * FROM library_models WHERE removed_at IS NOT NULL ORDER BY removed_at');
  const select = database.prepare('SELECT * FROM library_models WHERE id = ?');
  const upsert = database.prepare(`
    INSERT OR REPLACE INTO library_models (id, linked, files, about, source, problem, added_at, verified_at, removed_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const remove = database.prepare('DELETE FROM library_models WHERE id = ?');
  const use = database.prepare(
    'INSERT INTO model_uses (model_id, last_used_at) VALUES (?, ?) ON CONFLICT (model_id) DO UPDATE SET last_used_at = excluded.last_used_at',
  );
  const uses = database.prepare('SELECT model_id, last_used_at FROM model_uses').raw();
  return {
    list: () => (list.all() as StoredRow[]).map(read),
    get(id) {
      const row = select.get(id) as StoredRow | undefined;
      return row === undefined ? undefined : read(row);
    },
    removed: () => (removed.all() as StoredRow[]).map(read),
    put({ id, linked, files, about, source, problem, addedAt, verifiedAt, removedAt }) {
      const texts = [JSON.stringify(files), JSON.stringify(about)];
      const problemText = problem === null ? null : JSON.stringify(problem);
      upsert.run(id, linked ? 1 : 0, ...texts, source, problemText, addedAt, verifiedAt, removedAt);
    },
    delete: (id) => void remove.run(id),
    setUsed: (modelId, time) => void use.run(modelId, time),
    lastUsed: () => new Map(uses.all() as [string, number][]),
  };
}

const read = (row: StoredRow): LibraryRow => ({
  id: row.id,
  linked: row.linked === 1,
  files: JSON.parse(row.files) as LibraryFile[],
  about: JSON.parse(row.about),
  source: row.source,
  problem: row.problem === null ? null : JSON.parse(row.problem),
  addedAt: row.added_at,
  verifiedAt: row.verified_at,
  removedAt: row.removed_at,
});
