// A lock that ends with its process, however that ends: an exclusive SQLite transaction on an empty file. Keeps two programs
// from writing the same download.
import SqliteDatabase from 'better-sqlite3';
import { AppError } from '../ipc/errors.ts';

/** Returns the function that lets go. @throws AppError `in-use` */
export function lockFile(file: string): () => void {
  const database = new SqliteDatabase(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const busy = error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
    if (!busy) throw error;
    throw new AppError('in-use', 'Another program is already downloading this file. Wait for it, or end it.', file);
  }
  return () => database.close();
}
