import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createLog } from '../../main/log.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

test('entries are appended with their time, and a long log is put aside', () => {
  const folder = path.join(temporaryFolder(), 'logs');
  const echoed: string[] = [];
  const log = createLog(folder, (text) => echoed.push(text));
  log('first');
  log('second');
  expect(fs.readFileSync(path.join(folder, 'main.log'), 'utf8')).toMatch(/^\d{4}-\S+Z first\n\d{4}-\S+Z second\n$/);
  log('x'.repeat(1_100_000));
  log('after');
  expect(fs.readFileSync(path.join(folder, 'main.log'), 'utf8')).toMatch(/^\S+Z after\n$/);
  expect(fs.readdirSync(folder).sort()).toEqual(['main.log', 'main.old.log']);
  expect(echoed).toHaveLength(4);
});

test('a log that cannot be written is no reason to stop', () => {
  const file = path.join(temporaryFolder(), 'file');
  fs.writeFileSync(file, '');
  const echoed: string[] = [];
  createLog(path.join(file, 'logs'), (text) => echoed.push(text))('lost');
  expect(echoed).toEqual(['lost', expect.stringContaining('could not be written')]);
});
