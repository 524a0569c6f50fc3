import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readAppArguments } from '../../main/arguments.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const cwd = path.resolve('/home/a');

test.each<[string[], string | undefined, string[]]>([
  [[], undefined, []],
  [['--data', 'chats', 'x.gguf'], 'chats', ['x.gguf']],
  [['--no-sandbox', '--data=chats', '/m/Y.GGUF', '.'], 'chats', ['/m/Y.GGUF']],
  [['--data'], undefined, []],
  [['--data='], undefined, []],
  [['--use-angle=x.gguf'], undefined, []],
])('%j', (args, folder, files) => {
  expect(readAppArguments(args, cwd, false)).toEqual({
    dataFolder: folder === undefined ? undefined : path.join(cwd, folder),
    files: files.map((file) => path.resolve(cwd, file)),
  });
});

test('the built app takes every file named, so that it can say what is wrong with it', () => {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, 'letter.txt'), 'Dear reader');
  expect(readAppArguments(['letter.txt', 'absent.txt', '.'], folder, true).files).toEqual([
    path.join(folder, 'letter.txt'),
  ]);
  expect(readAppArguments(['letter.txt'], folder, false).files).toEqual([]);
});
