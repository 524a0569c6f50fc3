import fs from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { parseRange, parseWeightsPath, readWeights, weightsPath } from '../../../main/model-files/protocol.ts';
import { ggufBytes, openTestServices } from '../support.ts';

describe('ranged reads', () => {
  const whole = ggufBytes();
  const read = async (range: string | null, method = 'GET', fileName = 'tiny.gguf') => {
    const { library } = openTestServices();
    const { status, headers, body, error } = readWeights(library, { method, modelId: 'tiny', fileName, range });
    return { status, headers, code: error?.code, bytes: body === null ? null : await buffer(body) };
  };

  test('the whole file', async () => {
    const { status, headers, bytes } = await read(null);
    expect([status, headers['content-length'], headers['accept-ranges']]).toEqual([200, '1000', 'bytes']);
    expect(bytes?.equals(whole)).toBe(true);
  });

  test.each([
    ['bytes=0-0', 0, 0],
    ['bytes=10-19', 10, 19],
    ['bytes=990-', 990, 999],
    ['bytes=990-5000', 990, 999],
    ['bytes=-7', 993, 999],
    ['bytes=-5000', 0, 999],
  ])('%s', async (range, start, end) => {
    const { status, headers, bytes } = await read(range);
    expect(status).toBe(206);
    expect(headers['content-range']).toBe(`bytes ${start}-${end}/1000`);
    expect(headers['content-length']).toBe(String(end - start + 1));
    expect(bytes?.equals(whole.subarray(start, end + 1))).toBe(true);
  });

  test('another file in its place, or other content, is told by the entity tag', () => {
    const { library } = openTestServices();
    const tag = () =>
      readWeights(library, { method: 'HEAD', modelId: 'tiny', fileName: 'tiny.gguf', range: null }).headers['etag'];
    const first = tag();
    expect(first).toMatch(/^"[\w.-]+"$/);
    expect(tag()).toBe(first);
    const file = library.find('tiny', 'tiny.gguf');
    fs.utimesSync(file, 1, 1);
    const second = tag();
    fs.copyFileSync(file, `${file}.new`);
    fs.utimesSync(`${file}.new`, 1, 1);
    fs.renameSync(`${file}.new`, file);
    expect(new Set([first, second, tag()]).size).toBe(3);
  });

  test.each(['bytes=1000-', 'bytes=5000-6000', 'bytes=-0'])('%s cannot be satisfied', async (range) => {
    const { status, headers, bytes } = await read(range);
    expect([status, headers['content-range'], bytes]).toEqual([416, 'bytes */1000', null]);
  });

  test.each(['bytes=5-2', 'bytes=-', 'bytes=a-b', 'items=0-1', 'bytes=0-1,5-6'])('%s is ignored', (range) => {
    expect(parseRange(range, 1000)).toBeUndefined();
  });

  test('HEAD tells the length and sends nothing', async () => {
    const { status, headers, bytes } = await read(null, 'HEAD');
    expect([status, headers['content-length'], bytes]).toEqual([200, '1000', null]);
  });

  test('other methods and unknown names are refused', async () => {
    expect(await read(null, 'POST')).toMatchObject({ status: 405, code: 'forbidden', bytes: null });
    expect(await read(null, 'GET', '../tiny/tiny.gguf')).toMatchObject({ status: 400, code: 'bad-name', bytes: null });
    expect(await read(null, 'GET', 'other.gguf')).toMatchObject({ status: 404, code: 'not-found', bytes: null });
  });
});

test('paths name a model and a file, and nothing above them', () => {
  expect(parseWeightsPath(weightsPath('file-1', 'a b/ä%.gguf'))).toEqual({
    modelId: 'file-1',
    fileName: 'a b/ä%.gguf',
  });
  for (const path of ['', '/', '/a', '/a/b/c', 'a/b', '/%E0%A4%A/b']) expect(parseWeightsPath(path)).toBeUndefined();
});
