import SqliteDatabase from 'better-sqlite3';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createStore, openDatabase, openStore } from '../../../main/store/open.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { codeOf, openTestStore, startTurn } from './support.ts';

const fileIn = (folder: string) => path.join(folder, 'conclave.sqlite');
const bytesOf = (file: string) => (fs.existsSync(file) ? fs.readFileSync(file).toString('base64') : '');

/** A folder with one conversation in it. */
function usedFolder(): string {
  const folder = temporaryFolder();
  const store = openStore(folder);
  startTurn(store);
  store.close();
  return folder;
}

describe('opening', () => {
  test('makes the folder and the file, durable and with foreign keys', () => {
    const database = openDatabase(path.join(temporaryFolder(), 'a', 'b'));
    onTestFinished(() => void database.close());
    const read = (name: string) => database.pragma(name, { simple: true });
    expect([read('journal_mode'), read('synchronous'), read('foreign_keys')]).toEqual(['wal', 2, 1]);
    expect(read('foreign_key_check')).toBeUndefined();
    const tables = database.pragma('table_list') as { schema: string; name: string; type: string; strict: number }[];
    // The full-text indexes are virtual tables and the shadows of these.
    const own = tables.filter(
      ({ type, schema, name }) => type === 'table' && schema === 'main' && !name.startsWith('sqlite_'),
    );
    expect(own.map(({ name }) => name).sort()).toEqual([
      'answer_tokens',
      'attachment_pieces',
      'conversations',
      'drafts',
      'folders',
      'library_models',
      'messages',
      'model_uses',
      'presets',
      'search_backlog',
      'settings',
    ]);
    expect(own.every(({ strict }) => strict === 1)).toBe(true);
  });

  test('a second opening is refused while the first lasts, and works after it', () => {
    const folder = usedFolder();
    const store = openStore(folder);
    expect(codeOf(() => openStore(folder))).toBe('database-locked');
    expect(store.conversations.list()).toHaveLength(1);
    store.close();
    expect(openTestStore(folder).conversations.list()).toHaveLength(1);
  });

  test('nobody else can write while it is open', () => {
    const folder = usedFolder();
    openTestStore(folder);
    const other = new SqliteDatabase(fileIn(folder), { timeout: 0 });
    onTestFinished(() => void other.close());
    expect(() => other.exec(`DELETE FROM messages`)).toThrow(/locked/);
  });

  test('a deleted conversation is gone after 30 days', () => {
    const folder = temporaryFolder();
    const store = openStore(folder);
    const [recent, old] = [startTurn(store).conversation.id, startTurn(store).conversation.id];
    store.conversations.delete(recent);
    store.conversations.delete(old);
    store.close();
    const database = new SqliteDatabase(fileIn(folder));
    database.prepare('UPDATE conversations SET deleted_at = ? WHERE id = ?').run(Date.now() - 31 * 86_400_000, old);
    database.close();
    const again = openTestStore(folder);
    expect(codeOf(() => again.conversations.restore(old))).toBe('not-found');
    expect(codeOf(() => again.conversations.restore(recent))).toBe('none');
  });
});

describe('a full database', () => {
  test('refuses a turn as a whole, keeps what is there, and goes on when there is space', () => {
    const database = openDatabase(temporaryFolder());
    onTestFinished(() => void database.close());
    const store = createStore(database);
    const { conversation, answerId } = startTurn(store);
    const pages = database.pragma('page_count', { simple: true }) as number;
    database.pragma(`max_page_count = ${pages + 2}`);
    const text = 'x'.repeat(100_000);
    const turn = { conversationId: conversation.id, parentId: answerId, role: 'user', text } as const;
    expect(() => store.messages.append(turn)).toThrow(expect.objectContaining({ code: 'SQLITE_FULL' }));
    expect(store.messages.list(conversation.id)).toHaveLength(2);
    expect(store.conversations.get(conversation.id).leafId).toBe(answerId);
    database.pragma('max_page_count = 1000000');
    expect(store.messages.append(turn).text).toBe(text);
  });
});

describe('a newer database', () => {
  test('is refused and stays as it is to the byte', () => {
    const folder = usedFolder();
    const database = new SqliteDatabase(fileIn(folder));
    database.pragma('user_version = 99990');
    database.close();
    const before = bytesOf(fileIn(folder));
    expect(codeOf(() => openStore(folder))).toBe('database-newer');
    expect(bytesOf(fileIn(folder))).toBe(before);
    expect(fs.existsSync(path.join(folder, 'backups'))).toBe(false);
  });

  test('also where a crash left its last writes beside it', () => {
    const source = usedFolder();
    const database = new SqliteDatabase(fileIn(source));
    onTestFinished(() => void database.close());
    database.pragma('user_version = 99990');
    const folder = temporaryFolder();
    for (const end of ['', '-wal']) fs.copyFileSync(fileIn(source) + end, fileIn(folder) + end);
    const before = [bytesOf(fileIn(folder)), bytesOf(`${fileIn(folder)}-wal`)];
    expect(codeOf(() => openStore(folder))).toBe('database-newer');
    expect([bytesOf(fileIn(folder)), bytesOf(`${fileIn(folder)}-wal`)]).toEqual(before);
  });
});

describe('a damaged database', () => {
  test.each([
    ['no database at all', () => Buffer.from('This is a letter and not a database. '.repeat(200))],
    ['zeros', () => Buffer.alloc(8192)],
    ['the first half', (whole: Buffer) => whole.subarray(0, whole.length / 2)],
    [
      'a page of noise in the middle',
      (whole: Buffer) => Buffer.concat([whole.subarray(0, 8192), Buffer.alloc(8192, 0xa5), whole.subarray(16384)]),
    ],
  ])('%s: is refused and left as it is', (_, damage) => {
    const folder = usedFolder();
    fs.writeFileSync(fileIn(folder), damage(fs.readFileSync(fileIn(folder))));
    const before = bytesOf(fileIn(folder));
    expect(codeOf(() => openStore(folder))).toBe('database-corrupt');
    expect(bytesOf(fileIn(folder))).toBe(before);
    expect(fs.readdirSync(folder).filter((name) => /backups/.test(name))).toEqual([]);
  });

  test("another program's database is refused and left as it is", () => {
    const folder = temporaryFolder();
    const database = new SqliteDatabase(fileIn(folder));
    database.exec('CREATE TABLE recipes (name TEXT)');
    database.close();
    const before = bytesOf(fileIn(folder));
    expect(codeOf(() => openStore(folder))).toBe('database-corrupt');
    expect(bytesOf(fileIn(folder))).toBe(before);
  });

  test('an empty file is a new database', () => {
    const folder = temporaryFolder();
    fs.writeFileSync(fileIn(folder), '');
    expect(openTestStore(folder).conversations.list()).toEqual([]);
  });

  test('a folder in its place, and a file in place of the folder', () => {
    const folder = temporaryFolder();
    fs.mkdirSync(fileIn(folder));
    expect(codeOf(() => openStore(folder))).toBe('database-corrupt');
    const file = path.join(folder, 'file');
    fs.writeFileSync(file, '');
    expect(codeOf(() => openStore(file))).toBe('disk-full');
    expect(codeOf(() => openStore(path.join(file, 'below')))).toBe('disk-full');
  });
});
