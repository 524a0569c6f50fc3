// Ranged reads over HTTP: what is asked for, and answers that are not it.
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { fetchFiles } from '../../../engine/host/fetchSource.ts';
import type { WeightSource } from '../../../engine/format/source.ts';
import { RangeServer } from '../../support/rangeServer.ts';

const content = Uint8Array.from({ length: 3 * 2 ** 20 }, (_, i) => i * 7 + (i >> 10));
const part = 2 ** 20;
const server = new RangeServer(content, part);

beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(() => server.reset());

const source = (path: string): WeightSource =>
  fetchFiles({
    id: 'm',
    files: [{ name: 'f', url: `${server.origin}${path}`, byteLength: content.length }],
  }).open('f');

/** As the loader reads weights: one of many reads. */
const readOn = (file: WeightSource, offset: number, length: number) =>
  file.read(offset, length, new Uint8Array(length));

const same = (left: Uint8Array, right: Uint8Array) => Buffer.compare(left, right) === 0;

test.each(['/ranged', '/unsaid', '/silent'])('%s: exactly the range', async (path) => {
  expect(await source(path).read(100, 57)).toEqual(content.subarray(100, 157));
  expect(same(await source(path).read(0, content.length), content)).toBe(true);
  expect(await source(path).read(9, 0)).toEqual(new Uint8Array(0));
  expect(server.asked).toEqual(['100-156', `0-${content.length - 1}`]);
});

test('what is not the range is refused', async () => {
  for (const path of ['/whole', '/silently-whole', '/page', '/nowhere'])
    await expect(source(path).read(100, 57)).rejects.toMatchObject({ code: 'source-failed' });
  await expect(source('/short').read(100, 57)).rejects.toMatchObject({ code: 'truncated' });
  await expect(source('/ranged').read(content.length - 10, 11)).rejects.toMatchObject({ code: 'truncated' });
  expect(() => fetchFiles({ id: 'm', files: [] }).open('f')).toThrow('no file named f');
});

test('a file that is read from front to back comes in one response, also ahead, over gaps, and into memory that is given', async () => {
  const file = source('/ranged');
  const into = new Uint8Array(part);
  const reads = [file.read(10, part, into), readOn(file, part + 10, part), readOn(file, 2 * part + 500, 77)];
  expect(await reads[0]).toBe(into);
  expect(same(into, content.subarray(10, part + 10))).toBe(true);
  expect(same(await reads[1], content.subarray(part + 10, 2 * part + 10))).toBe(true);
  expect(same(await reads[2], content.subarray(2 * part + 500, 2 * part + 577))).toBe(true);
  expect(server.asked).toEqual([`10-${content.length - 1}`]);
  const rest = await readOn(file, 2 * part + 577, part - 577);
  expect(same(rest, content.subarray(2 * part + 577))).toBe(true);
  await vi.waitFor(() => expect(server.ended).toBe(1));
  // Back to the front: another response.
  expect(same(await file.read(0, 3), content.subarray(0, 3))).toBe(true);
  expect(server.asked).toEqual([`10-${content.length - 1}`, '0-2']);
});

test('a header, however long, is a range of its own', async () => {
  const file = source('/ranged');
  expect(same(await file.read(0, 2 * part), content.subarray(0, 2 * part))).toBe(true);
  expect(server.asked).toEqual([`0-${2 * part - 1}`]);
});

test('far behind what was read last, or before it, another response is sooner there', async () => {
  const file = source('/ranged');
  await readOn(file, 0, part);
  expect(same(await readOn(file, 2 * part + 1, part - 1), content.subarray(2 * part + 1))).toBe(true);
  expect(same(await file.read(part, 10), content.subarray(part, part + 10))).toBe(true);
  expect(server.asked).toEqual([
    `0-${content.length - 1}`,
    `${2 * part + 1}-${content.length - 1}`,
    `${part}-${part + 9}`,
  ]);
});

test('a response that nobody reads from is let go', async () => {
  await readOn(source('/stalls'), 0, part);
  expect(server.ended).toBe(0);
  await vi.waitFor(() => expect(server.ended).toBe(1), { timeout: 5000 });
});

test('a file that ends, breaks off or vanishes while it is read fails with a code, and a later read asks anew', async () => {
  server.live = content.subarray(0, part + 100);
  const shrunken = source('/live');
  await readOn(shrunken, 0, part);
  await expect(readOn(shrunken, part, part)).rejects.toMatchObject({ code: 'truncated' });
  server.live = content;
  expect(same(await readOn(shrunken, part, part), content.subarray(part, 2 * part))).toBe(true);

  const broken = source('/broken');
  const reads = [readOn(broken, 0, part), readOn(broken, part, part), readOn(broken, 2 * part, 5)];
  expect(same(await reads[0], content.subarray(0, part))).toBe(true);
  await expect(reads[1]).rejects.toMatchObject({ code: 'source-failed' });
  await expect(reads[2]).resolves.toEqual(content.subarray(2 * part, 2 * part + 5));
});

test('a part of another state of the file than those before is refused', async () => {
  const changed = source('/live');
  await changed.read(0, 100);
  server.tag = '"2"';
  const refused = { code: 'source-failed', message: 'The file f was changed while it was read.' };
  await expect(changed.read(1000, 100)).rejects.toMatchObject(refused);
  await expect(readOn(changed, 0, part)).rejects.toMatchObject(refused);
  await vi.waitFor(() => expect(server.ended).toBe(3));
});
