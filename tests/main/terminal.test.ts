// The terminal's own part: what it prints, and when it ends with 0.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { tinyGguf } from '../support/tinyModel.ts';

const terminal = path.join(import.meta.dirname, '..', '..', 'main', 'terminal', 'main.ts');

function models(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [terminal, ...args], { encoding: 'utf8' });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { status, stdout, stderr, json: () => lines.map((line) => JSON.parse(line)) };
}

test('a model of this machine, from adding to removing', () => {
  const data = temporaryFolder();
  const file = path.join(temporaryFolder(), 'Tiny-Q8_0.gguf');
  fs.writeFileSync(file, tinyGguf());
  const at = ['--data', data, '--json'];
  const added = models('add', file, '--copy', ...at);
  expect(added.status).toBe(0);
  const result = added.json().at(-1);
  expect(result).toMatchObject({ event: 'result', id: 'tiny-q8_0', bytes: tinyGguf().length, problem: null });
  expect(result.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(models('list', ...at).json()).toMatchObject([{ id: 'starter-v0' }, { id: 'tiny-q8_0', place: 'library' }]);

  const other = ['add', file, '--sha256', '0'.repeat(64), ...at];
  expect(models(...other)).toMatchObject({ status: 1 });
  fs.appendFileSync(result.path, 'x');
  const verified = models('verify', 'tiny-q8_0', ...at);
  expect([verified.status, verified.json().at(-1).error.code]).toEqual([1, 'damaged']);
  expect(models('remove', 'tiny-q8_0', '--data', data).stdout).toContain('brings it back');
  expect(models('restore', 'tiny-q8_0', ...at).status).toBe(0);
});

test('the catalogue', () => {
  const rows = models('catalogue', '--data', temporaryFolder(), '--json').json();
  const row = rows.find(({ id }) => id === 'qwen3-30b-a3b-q4_k_m');
  expect(row).toMatchObject({ byteLength: 18_556_685_824, estimated: false, model: { licence: 'Apache-2.0' } });
});

test.each([
  [['add', 'ftp://x/y.gguf'], 1, /\[bad-address\]/],
  [['add', './nothing.gguf'], 1, /\[not-a-model\]/],
  [['add', 'x', '--sha256', 'abc'], 1, /64 hexadecimal/],
  [['pull', 'gpt-5'], 1, /\[not-found\]/],
  [['pull'], 2, /usage/],
  [['list', 'x'], 2, /usage/],
  [['dance'], 2, /usage/],
  [['list', '--what'], 2, /usage/],
])('%j ends with %i', (args, status, words) => {
  const ended = models(...args, '--data', temporaryFolder());
  expect(ended.status).toBe(status);
  expect(ended.stderr).toMatch(words);
});
