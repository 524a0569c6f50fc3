import { onTestFinished, expect, test } from 'vitest';
import { findLeaf, rememberBranch } from '../../../main/store/branches.ts';
import { listConversations, pageConversations, pageFolder } from '../../../main/store/conversations.ts';
import { interruptMessages, listMessages } from '../../../main/store/messages.ts';
import { openDatabase } from '../../../main/store/open.ts';
import {
  findMessagesByParts,
  findMessagesByWords,
  findPiecesByParts,
  findPiecesByWords,
} from '../../../main/store/search.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

test.each([
  ['the list of conversations', listConversations, 'conversations_newest'],
  ['the messages of a conversation', listMessages, 'messages_of_conversation'],
  ['answers cut off by a crash', interruptMessages, 'messages_streaming'],
  ['deleted conversations', 'DELETE FROM conversations WHERE deleted_at < 1', 'conversations_deleted'],
  ['what hangs on a deleted message', 'DELETE FROM messages WHERE parent_id = 1', 'messages_of_parent'],
])('%s are found by an index, without sorting', (_, sql, index) => {
  const database = openDatabase(temporaryFolder());
  onTestFinished(() => void database.close());
  const statement = database.prepare(`EXPLAIN QUERY PLAN ${sql}`);
  const plan = (sql.includes('?') ? statement.all('x') : statement.all()) as { detail: string }[];
  expect(plan[0]?.detail).toContain(index);
  expect(plan.some(({ detail }) => /TEMP B-TREE/.test(detail))).toBe(false);
});

test.each([
  ['a page of conversations', pageConversations, [/USING INDEX conversations_newest \(archived=\?/]],
  ['a page of a folder', pageFolder, [/USING INDEX conversations_of_folder \(folder_id=\? AND archived=\?/]],
  [
    'words in messages',
    findMessagesByWords,
    [/message_words VIRTUAL TABLE INDEX/, /messages USING INTEGER PRIMARY KEY/],
  ],
  ['parts of words', findMessagesByParts, [/message_parts VIRTUAL TABLE INDEX/, /messages USING INTEGER PRIMARY KEY/]],
  ['words in files', findPiecesByWords, [/attachment_words VIRTUAL TABLE INDEX/, /attachment_pieces USING INTEGER/]],
  ['parts of words in files', findPiecesByParts, [/attachment_parts VIRTUAL/, /attachment_pieces USING INTEGER/]],
  ['the way up to a leaf', rememberBranch, [/messages USING INDEX sqlite_autoindex_messages_1/]],
  ['the way down to a leaf', findLeaf, [/messages USING INDEX messages_of_parent/]],
  [
    'what was edited from a deleted message',
    `DELETE FROM messages WHERE edited_from = '1'`,
    [/INDEX messages_edited_from/],
  ],
])('%s: no table is walked through', (_, sql, steps) => {
  const database = openDatabase(temporaryFolder());
  onTestFinished(() => void database.close());
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql.replaceAll(/:\w+|\?/g, `'1'`)}`).all() as {
    detail: string;
  }[];
  const details = plan.map(({ detail }) => detail);
  for (const step of steps) expect(details.join('\n')).toMatch(step);
  expect(details.filter((detail) => /^SCAN (messages|conversations|attachment_pieces)\b/.test(detail))).toEqual([]);
});
