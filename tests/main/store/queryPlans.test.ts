import { onTestFinished, expect, test } from 'vitest';
import { listConversations } from '../../../main/store/conversations.ts';
import { interruptMessages, listMessages } from '../../../main/store/messages.ts';
import { openDatabase } from '../../../main/store/open.ts';
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
