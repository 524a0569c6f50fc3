// The way from an empty file to today's schema. Append only: a migration that has shipped never changes.
import type { Database } from 'better-sqlite3';
import { createConversations } from './0010-conversations.ts';
import { createSettings } from './0020-settings.ts';
import { createLinkedModels } from './0030-linked-models.ts';

export interface Migration {
  /** The file's number, and `user_version` after it. */
  version: number;
  apply: (database: Database) => void;
}

export const migrations: readonly Migration[] = [
  { version: 10, apply: createConversations },
  { version: 20, apply: createSettings },
  { version: 30, apply: createLinkedModels },
];
