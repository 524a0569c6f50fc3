// The folders table. A folder is a name that conversations point at; deleting it deletes none of them.
import type { Database } from 'better-sqlite3';
import type { Folder, Id, Payload } from '../ipc/contract.ts';
import { AppError } from '../ipc/errors.ts';
import { createId } from './id.ts';

export interface FolderStore {
  /** By name. */
  list(): Folder[];
  create(name: string): Folder;
  /** @throws AppError `not-found` */
  rename(id: Id, name: string): Folder;
  /** Returns the ids of what was in it. @throws AppError `not-found` */
  delete(id: Id): Id[];
  /** The folder as it was, with those of the conversations that are in no folder now. */
  restore(folder: Payload<'folders:restore'>): Folder;
}

const columns = `id, name, (SELECT count(*) FROM conversations WHERE folder_id = folders.id AND archived = 0
  AND deleted_at IS NULL) AS conversations`;

export function createFolderStore(database: Database): FolderStore {
  const list = database.prepare(`SELECT ${columns} FROM folders ORDER BY name COLLATE NOCASE, id`);
  const select = database.prepare(`SELECT ${columns} FROM folders WHERE id = ?`);
  const insert = database.prepare(
    'INSERT INTO folders (id, name, created_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING',
  );
  const members = database.prepare('SELECT id FROM conversations WHERE folder_id = ?').pluck();
  const takeBack = database.prepare('UPDATE conversations SET folder_id = ? WHERE id = ? AND folder_id IS NULL');
  const rename = database.prepare('UPDATE folders SET name = ? WHERE id = ?');
  const remove = database.prepare('DELETE FROM folders WHERE id = ?');

  const get = (id: Id): Folder => {
    const folder = select.get(id) as Folder | undefined;
    if (folder === undefined) throw new AppError('not-found', 'That folder does not exist any more.');
    return folder;
  };

  return {
    list: () => list.all() as Folder[],
    create(name) {
      const id = createId();
      insert.run(id, name, Date.now());
      return get(id);
    },
    rename(id, name) {
      rename.run(name, id);
      return get(id);
    },
    delete: database.transaction((id: Id): Id[] => {
      const ids = members.all(id) as Id[];
      if (remove.run(id).changes === 0) get(id);
      return ids;
    }),
    restore: database.transaction(({ id, name, conversationIds }: Payload<'folders:restore'>): Folder => {
      insert.run(id, name, Date.now());
      for (const conversationId of conversationIds) takeBack.run(id, conversationId);
      return get(id);
    }),
  };
}
