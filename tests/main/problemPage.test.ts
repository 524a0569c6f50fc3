import { expect, test } from 'vitest';
import { problemPage } from '../../main/problemPage.ts';

test('says what happened, what is safe and where the chats are, and lets no markup through', () => {
  const error = { code: 'database-corrupt', message: 'The file is <b>damaged</b>.' } as const;
  const { text } = problemPage(error, '/home/<script>/"x"')['/'];
  expect(text).toContain('The file is &lt;b&gt;damaged&lt;/b&gt;.');
  expect(text).toContain('/home/&lt;script&gt;/&quot;x&quot;');
  expect(text).toContain('backups');
  expect(text).not.toMatch(/<script|<style|style=/);
});
