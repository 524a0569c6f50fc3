// Opens the database: looks at the file without writing first, then takes the exclusive lock, migrates and tidies up
// after a crash. One process owns the database while it is open; the lock goes away with the process.
import fs from 'node:fs';
import path from 'node:path';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { AppError, toAppError } from '../ipc/errors.ts';
import { createAnswerTokenStore } from './answerTokens.ts';
import { createConversationStore, type ConversationStore } from './conversations.ts';
import { createDraftStore, type DraftStore } from './drafts.ts';
import { createFolderStore, type FolderStore } from './folders.ts';
import { createLibraryModelStore, type LibraryModelStore } from './libraryModels.ts';
import { createMessageStore, type MessageStore } from './messages.ts';
import { migrate, refuseNewer, schemaVersion } from './migrate.ts';
import { createPresetStore, type PresetStore } from './presets.ts';
import { createSearchStore, type SearchStore } from './search.ts';
import { createSearchBacklog, type SearchBacklog } from './searchBacklog.ts';
import { registerSearchFunctions } from './searchText.ts';
import { createSettingsStore, type SettingsStore } from './settings.ts';
import { createWholeConversationStore, type WholeConversationStore } from './wholeConversations.ts';

/** Long enough for an app that is just closing, short enough for a person who waits for a window. */
const lockTimeoutMs = 1000;
const purgeAfterMs = 30 * 24 * 60 * 60 * 1000;

export interface Store {
  conversations: ConversationStore;
  messages: MessageStore;
  folders: FolderStore;
  drafts: DraftStore;
  presets: PresetStore;
  search: SearchStore;
  searchBacklog: SearchBacklog;
  wholeConversations: WholeConversationStore;
  settings: SettingsStore;
  libraryModels: LibraryModelStore;
  close(): void;
}

/**
 * Opens (or creates) `conclave.sqlite` in a folder.
 * @throws AppError `database-newer`, `database-corrupt`, `database-locked` or `disk-full`; the file is then as it was.
 */
export function openStore(folder: string): Store {
  const database = openDatabase(folder);
  const store = createStore(database);
  try {
    store.messages.interruptStreaming();
    store.conversations.purgeDeleted(Date.now() - purgeAfterMs);
  } catch (error) {
    database.close();
    throw toAppError(error);
  }
  return store;
}

export function createStore(database: Database): Store {
  const conversations = createConversationStore(database);
  const searchBacklog = createSearchBacklog(database);
  const answerTokens = createAnswerTokenStore(database);
  return {
    conversations,
    messages: createMessageStore(database, conversations, answerTokens),
    folders: createFolderStore(database),
    drafts: createDraftStore(database, conversations),
    presets: createPresetStore(database),
    search: createSearchStore(database, conversations, searchBacklog),
    searchBacklog,
    wholeConversations: createWholeConversationStore(database, conversations, searchBacklog, answerTokens),
    settings: createSettingsStore(database),
    libraryModels: createLibraryModelStore(database),
    close: () => database.close(),
  };
}

/** The connection below the store, migrated and exclusively locked. @throws as `openStore` */
export function openDatabase(folder: string): Database {
  const file = path.join(folder, 'conclave.sqlite');
  let database: Database | undefined;
  try {
    fs.mkdirSync(folder, { recursive: true });
    if (fs.existsSync(file)) inspect(file);
    database = new SqliteDatabase(file, { timeout: lockTimeoutMs });
    // Before the first read: SQLite then holds the lock until the connection closes, and needs no shared memory file.
    database.pragma('locking_mode = EXCLUSIVE');
    refuseNewer(database);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    registerSearchFunctions(database);
    migrate(database, path.join(folder, 'backups'));
    // A write takes the lock even where nothing had to be migrated.
    database.exec('BEGIN EXCLUSIVE; COMMIT');
    // What `inspect` shared memory through; nobody can be using it while this process holds the lock.
    fs.rmSync(`${file}-shm`, { force: true });
    return database;
  } catch (error) {
    database?.close();
    throw toAppError(error);
  }
}

/** Reads an existing file without the right to write, so that what is refused stays as it is to the byte. */
function inspect(file: string): void {
  const database = new SqliteDatabase(file, { readonly: true, fileMustExist: true, timeout: lockTimeoutMs });
  try {
    refuseNewer(database);
    // Table by table: a check of everything would also walk through the full-text indexes, which takes ten times as long
    // and finds nothing that is not in the tables.
    const names = database.prepare(`SELECT name FROM pragma_table_list WHERE schema = 'main' AND type <> 'virtual'`);
    for (const name of names.pluck().all() as string[]) {
      const damage = database.pragma(`quick_check('${name.replaceAll("'", "''")}')`, { simple: true });
      if (damage !== 'ok') throw Object.assign(new Error(String(damage)), { code: 'SQLITE_CORRUPT' });
    }
    const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number;
    if (schemaVersion(database) === 0 && tables > 0)
      throw new AppError(
        'database-corrupt',
        'The file conclave.sqlite holds no chats of Conclave. It was left as it is.',
        file,
      );
  } catch (error) {
    // A journal that a crash left at the file's creation can only be rolled back by a connection that may write.
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!/^SQLITE_(READONLY|CANTOPEN)/.test(code)) throw error;
  } finally {
    database.close();
  }
}
