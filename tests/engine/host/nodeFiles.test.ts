// Reads of files on disk: together, into given memory, beyond the end; the file is closed when nothing reads it.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nodeFiles } from '../../../engine/host/nodeFiles.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const content = Uint8Array.from({ length: 100_000 }, (_, i) => i * 13);

const openFiles = (file: string): number =>
  fs.readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`) === file;
    } catch {
      return false;
    }
  }).length;

test('reads, together and one by one', async () => {
  const file = path.join(temporaryFolder(), 'model.gguf');
  fs.writeFileSync(file, content);
  const source = (await nodeFiles(file)).open('model.gguf');
  expect(source.byteLength).toBe(content.length);
  const into = new Uint8Array(500);
  const [first, second, third] = await Promise.all([
    source.read(0, 1000),
    source.read(77, 500, into),
    source.read(99_000, 1000),
  ]);
  expect(first).toEqual(content.subarray(0, 1000));
  expect(second).toEqual(content.subarray(77, 577));
  expect(second.buffer).toBe(into.buffer);
  expect(third).toEqual(content.subarray(99_000));
  if (process.platform === 'linux') expect(openFiles(file)).toBe(0);
  const reading = [source.read(0, 10), source.read(99_999, 2)];
  await expect(reading[1]).rejects.toMatchObject({ code: 'truncated' });
  expect(await reading[0]).toEqual(content.subarray(0, 10));
  fs.rmSync(file);
  await expect(source.read(0, 10)).rejects.toMatchObject({ code: 'source-failed' });
  await expect(nodeFiles(file)).rejects.toMatchObject({ code: 'source-failed' });
});
