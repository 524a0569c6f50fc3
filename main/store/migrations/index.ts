// The way from an empty file to today's schema. Append only: a migration that has shipped never changes.
import type { Database } from 'better-sqlite3';
import { createConversations } from './0010-conversations.ts';
import { createSettings } from './0020-settings.ts';
import { createLinkedModels } from './0030-linked-models.ts';
import { organiseConversations } from './0031-organise-conversations.ts';
import { rememberBranches } from './0032-branches.ts';
import { createDrafts } from './0033-drafts.ts';
import { createPresets } from './0034-presets.ts';
import { createSearch } from './0035-search.ts';
import { createLibrary } from './0040-library.ts';
import { createAnswerTokens } from './0050-inside.ts';
import { createAttachments } from './0060-attachments.ts';
import { splitAnswerTokens } from './0061-answer-token-pieces.ts';
import { createAttachmentSearch } from './0070-attachment-search.ts';
import { keepThinking } from './0071-thinking.ts';

export interface Migration {
  /** The file's number, and `user_version` after it. */
  version: number;
  apply: (database: Database) => void;
}

export const migrations: readonly Migration[] = [
  { version: 10, apply: createConversations },
  { version: 20, apply: createSettings },
  { version: 30, apply: createLinkedModels },
  { version: 31, apply: organiseConversations },
  { version: 32, apply: rememberBranches },
  { version: 33, apply: createDrafts },
  { version: 34, apply: createPresets },
  { version: 35, apply: createSearch },
  { version: 40, apply: createLibrary },
  { version: 50, apply: createAnswerTokens },
  { version: 60, apply: createAttachments },
  { version: 61, apply: splitAnswerTokens },
  { version: 70, apply: createAttachmentSearch },
  { version: 71, apply: keepThinking },
];
