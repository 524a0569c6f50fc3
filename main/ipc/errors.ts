// Main's errors as coded data: they cross IPC and HTTP as plain objects, and a person reads `message`. Knows nothing of
// shells; where SQLite or the file system failed, it finds the code and the sentence.
import type { AppErrorCode, AppErrorData } from './contract.ts';

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: AppErrorCode;
  readonly detail: string | undefined;

  constructor(code: AppErrorCode, message: string, detail?: string) {
    super(message);
    this.code = code;
    this.detail = detail;
  }

  toData(): AppErrorData {
    const data: AppErrorData = { code: this.code, message: this.message };
    if (this.detail !== undefined) data.detail = this.detail;
    return data;
  }
}

const sentences = {
  'database-corrupt':
    'The file that holds your chats is damaged and cannot be read. It was left as it is, and nothing was overwritten.',
  'database-locked':
    'Another window or program is using the chats in this folder. Close it, then open Conclave again. Nothing was changed.',
  'disk-full':
    'Nothing more can be written: the disk is full or the folder is read-only. What was stored before is safe.',
} satisfies Partial<Record<AppErrorCode, string>>;

/** Code by the start of what SQLite or Node call the failure; the first that fits. */
const causes: readonly [start: string, code: keyof typeof sentences][] = [
  ['SQLITE_BUSY', 'database-locked'],
  ['SQLITE_LOCKED', 'database-locked'],
  ['SQLITE_CORRUPT', 'database-corrupt'],
  ['SQLITE_NOTADB', 'database-corrupt'],
  ['SQLITE_IOERR_READ', 'database-corrupt'],
  ['SQLITE_IOERR_SHORT_READ', 'database-corrupt'],
  ['SQLITE_FULL', 'disk-full'],
  ['SQLITE_IOERR_WRITE', 'disk-full'],
  ['SQLITE_READONLY', 'disk-full'],
  ['SQLITE_CANTOPEN', 'disk-full'],
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
  ['EROFS', 'disk-full'],
  ['EACCES', 'disk-full'],
  ['EPERM', 'disk-full'],
  ['ENOTDIR', 'disk-full'],
  ['EEXIST', 'disk-full'],
];

/** Any thrown value as an AppError; what nobody foresaw becomes `internal`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const thrown = error instanceof Error && 'code' in error ? String(error.code) : '';
  const code = causes.find(([start]) => thrown.startsWith(start))?.[1];
  if (code !== undefined) return new AppError(code, sentences[code], detail);
  return new AppError('internal', 'Something went wrong inside Conclave. Your chats are safe.', detail);
}
