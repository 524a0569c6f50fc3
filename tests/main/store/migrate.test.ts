import SqliteDatabase, { type Database } from 'better-sqlite3';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createLibraryModelStore } from '../../../main/store/libraryModels.ts';
import { checkOrder, migrate, schemaVersion } from '../../../main/store/migrate.ts';
import { migrations } from '../../../main/store/migrations/index.ts';
import { createId } from '../../../main/store/id.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { openTestStore } from './support.ts';

function memory(): Database {
  const database = new SqliteDatabase(':memory:');
  onTestFinished(() => void database.close());
  return database;
}
const schemaOf = (database: Database) =>
  database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all();

describe('migrations', () => {
  test('are in order, and files and list agree', () => {
    checkOrder(migrations);
    const folder = path.join(import.meta.dirname, '../../../main/store/migrations');
    const files = fs.readdirSync(folder).filter((name) => name !== 'index.ts');
    expect(files.map((name) => Number(/^(\d{4})-[a-z-]+\.ts$/.exec(name)?.[1]))).toEqual(
      migrations.map(({ version }) => version),
    );
    expect(() => checkOrder([migrations[1], migrations[0]])).toThrow(/append-only/);
    expect(() => checkOrder([migrations[0], migrations[0]])).toThrow(/append-only/);
  });

  test.each(migrations.map(({ version }, index) => [version, index] as const))(
    'the way on from schema %i ends where a new database does',
    (_, index) => {
      const fresh = memory();
      migrate(fresh, temporaryFolder());
      const stepped = memory();
      const backups = temporaryFolder();
      migrate(stepped, backups, migrations.slice(0, index + 1));
      migrate(stepped, backups);
      expect(schemaOf(stepped)).toEqual(schemaOf(fresh));
      expect(schemaVersion(stepped)).toBe(migrations.at(-1)?.version);
    },
  );

  test('chats of an earlier schema are there afterwards, and a copy of the file from before', () => {
    const folder = temporaryFolder();
    const id = createId();
    const database = new SqliteDatabase(path.join(folder, 'conclave.sqlite'));
    migrate(database, folder, migrations.slice(0, 1));
    database
      .prepare(`INSERT INTO conversations VALUES (?, 'Rain', 'user', 'starter-v0', '{"topK":3}', NULL, 1, 2, NULL)`)
      .run(id);
    database
      .prepare(
        `INSERT INTO messages (id, conversation_id, role, text, status, created_at) VALUES (?, ?, 'user', 'Hi', 'complete', 1)`,
      )
      .run(createId(), id);
    database.close();

    const store = openTestStore(folder);
    expect(store.conversations.list()).toMatchObject([{ id, title: 'Rain', sampling: { topK: 3 }, updatedAt: 2 }]);
    expect(store.messages.list(id)).toMatchObject([{ text: 'Hi' }]);
    const backups = fs.readdirSync(path.join(folder, 'backups'));
    expect(backups).toHaveLength(1);
    const copy = new SqliteDatabase(path.join(folder, 'backups', backups[0]), { readonly: true });
    onTestFinished(() => void copy.close());
    expect(schemaVersion(copy)).toBe(10);
    expect(copy.prepare('SELECT title FROM conversations').pluck().get()).toBe('Rain');
  });

  test('linked files of an earlier schema are in the library', () => {
    const database = memory();
    migrate(
      database,
      temporaryFolder(),
      migrations.filter(({ version }) => version < 40),
    );
    database.prepare('INSERT INTO linked_models VALUES (?, ?, ?)').run('file-1', '/models/"x".gguf', 7);
    migrate(database, temporaryFolder());
    expect(createLibraryModelStore(database).list()).toEqual([
      {
        id: 'file-1',
        linked: true,
        files: [{ path: '/models/"x".gguf' }],
        about: {},
        source: null,
        problem: null,
        addedAt: 7,
        verifiedAt: null,
        removedAt: null,
      },
    ]);
  });

  test('a migration that fails leaves the schema before it, data and all', () => {
    const database = memory();
    migrate(database, temporaryFolder(), migrations.slice(0, 1));
    const before = schemaOf(database);
    const failing = {
      version: 20,
      apply: (target: Database) => {
        target.exec('DROP TABLE messages');
        throw new Error('halfway');
      },
    };
    expect(() => migrate(database, temporaryFolder(), [migrations[0], failing])).toThrow('halfway');
    expect(schemaOf(database)).toEqual(before);
    expect(schemaVersion(database)).toBe(10);
  });

  test('only the last five copies are kept', () => {
    const backups = temporaryFolder();
    const names = [1, 2, 3, 4, 5, 6].map((day) => `conclave-2020-01-0${day}T00-00-00-000Z-schema-10.sqlite`);
    for (const name of names) fs.writeFileSync(path.join(backups, name), '');
    fs.writeFileSync(path.join(backups, 'mine.txt'), '');
    const database = memory();
    migrate(database, backups, migrations.slice(0, 1));
    migrate(database, backups);
    const left = fs.readdirSync(backups).sort();
    expect(left).toHaveLength(6);
    expect(left).toEqual(expect.arrayContaining([...names.slice(2), 'mine.txt']));
  });

  test('a new database and one of today need no copy', () => {
    const folder = temporaryFolder();
    openTestStore(folder).close();
    openTestStore(folder);
    expect(fs.existsSync(path.join(folder, 'backups'))).toBe(false);
  });
});
