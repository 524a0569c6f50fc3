// Ranged reads over HTTP: what is asked for, and answers that are not it.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { fetchFiles } from '../../../engine/host/fetchSource.ts';
import type { WeightSource } from '../../../engine/format/source.ts';

const content = Uint8Array.from({ length: 3 * 2 ** 20 }, (_, i) => i * 7 + (i >> 10));
const part = 2 ** 20;
let server: Server;
let origin = '';
/** Ranges that were asked for, and how many of the responses have ended, cut off or not. */
let asked: string[] = [];
let ended = 0;
/** The file at /live, which others may change meanwhile. */
let live = content;

beforeAll(async () => {
  server = createServer((request, response) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const wanted = content.subarray(Number(first), Number(last) + 1);
    asked.push(`${first}-${last}`);
    response.once('close', () => ended++);
    const answers: Record<string, () => void> = {
      '/ranged': () => response.writeHead(206).end(wanted),
      '/unsaid': () => response.writeHead(200, { 'content-length': wanted.length }).end(wanted),
      '/silent': () => response.writeHead(200).end(wanted),
      '/whole': () => response.writeHead(200, { 'content-length': content.length }).end(content),
      '/silently-whole': () => response.writeHead(200).end(content),
      '/page': () => response.writeHead(200).end('<p>Hello'),
      '/short': () => response.writeHead(206).end(wanted.subarray(0, 3)),
      '/live': () => response.writeHead(206).end(live.subarray(Number(first), Number(last) + 1)),
      '/broken': () => {
        response.writeHead(206, { 'content-length': wanted.length });
        response.write(wanted.subarray(0, part + 10), () => response.destroy());
      },
      '/stalls': () => response.writeHead(206, { 'content-length': wanted.length }).write(wanted.subarray(0, part)),
    };
    (answers[request.url!] ?? (() => response.writeHead(404).end()))();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const source = (path: string): WeightSource =>
  fetchFiles({
    id: 'm',
    files: [{ name: 'f', url: `${origin}${path}`, byteLength: content.length }],
  }).open('f');

beforeEach(() => {
  asked = [];
  ended = 0;
  live = content;
});

const same = (left: Uint8Array, right: Uint8Array) => Buffer.compare(left, right) === 0;

test.each(['/ranged', '/unsaid', '/silent'])('%s: exactly the range', async (path) => {
  expect(await source(path).read(100, 57)).toEqual(content.subarray(100, 157));
  expect(same(await source(path).read(0, content.length), content)).toBe(true);
  expect(await source(path).read(9, 0)).toEqual(new Uint8Array(0));
  expect(asked).toEqual(['100-156', `0-${content.length - 1}`]);
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
  const reads = [file.read(10, part, into), file.read(part + 10, part), file.read(2 * part + 500, 77)];
  expect(await reads[0]).toBe(into);
  expect(same(into, content.subarray(10, part + 10))).toBe(true);
  expect(same(await reads[1], content.subarray(part + 10, 2 * part + 10))).toBe(true);
  expect(same(await reads[2], content.subarray(2 * part + 500, 2 * part + 577))).toBe(true);
  expect(asked).toEqual([`10-${content.length - 1}`]);
  const rest = await file.read(2 * part + 577, part - 577);
  expect(same(rest, content.subarray(2 * part + 577))).toBe(true);
  await vi.waitFor(() => expect(ended).toBe(1));
  // Back to the front: another response.
  expect(same(await file.read(0, 3), content.subarray(0, 3))).toBe(true);
  expect(asked).toEqual([`10-${content.length - 1}`, '0-2']);
});

test('far behind what was read last, or before it, another response is sooner there', async () => {
  const file = source('/ranged');
  await file.read(0, part);
  expect(same(await file.read(2 * part + 1, part - 1), content.subarray(2 * part + 1))).toBe(true);
  expect(same(await file.read(part, 10), content.subarray(part, part + 10))).toBe(true);
  expect(asked).toEqual([`0-${content.length - 1}`, `${2 * part + 1}-${content.length - 1}`, `${part}-${part + 9}`]);
});

test('a response that nobody reads from is let go', async () => {
  await source('/stalls').read(0, part);
  expect(ended).toBe(0);
  await vi.waitFor(() => expect(ended).toBe(1), { timeout: 5000 });
});

test('a file that ends, breaks off or vanishes while it is read fails with a code, and a later read asks anew', async () => {
  live = content.subarray(0, part + 100);
  const shrunken = source('/live');
  await shrunken.read(0, part);
  await expect(shrunken.read(part, part)).rejects.toMatchObject({ code: 'truncated' });
  live = content;
  expect(same(await shrunken.read(part, part), content.subarray(part, 2 * part))).toBe(true);

  const broken = source('/broken');
  const reads = [broken.read(0, part), broken.read(part, part), broken.read(2 * part, 5)];
  expect(same(await reads[0], content.subarray(0, part))).toBe(true);
  await expect(reads[1]).rejects.toMatchObject({ code: 'source-failed' });
  await expect(reads[2]).resolves.toEqual(content.subarray(2 * part, 2 * part + 5));
});
