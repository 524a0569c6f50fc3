// Ranged reads over HTTP: what is asked for, and answers that are not it.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fetchFiles } from '../../../engine/host/fetchSource.ts';
import type { WeightSource } from '../../../engine/format/source.ts';

const content = Uint8Array.from({ length: 5000 }, (_, i) => i * 7);
let server: Server;
let origin = '';

beforeAll(async () => {
  server = createServer((request, response) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const part = content.subarray(Number(first), Number(last) + 1);
    const answers: Record<string, () => void> = {
      '/ranged': () => response.writeHead(206).end(part),
      '/unsaid': () => response.writeHead(200, { 'content-length': part.length }).end(part),
      '/whole': () => response.writeHead(200, { 'content-length': content.length }).end(content),
      '/page': () => response.writeHead(200).end('<p>Hello'),
      '/short': () => response.writeHead(206).end(part.subarray(0, 3)),
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

test.each(['/ranged', '/unsaid'])('%s: exactly the range', async (path) => {
  expect(await source(path).read(100, 57)).toEqual(content.subarray(100, 157));
  expect(await source(path).read(0, content.length)).toEqual(content);
  expect(await source(path).read(9, 0)).toEqual(new Uint8Array(0));
});

test('what is not the range is refused', async () => {
  await expect(source('/whole').read(100, 57)).rejects.toMatchObject({ code: 'source-failed' });
  await expect(source('/page').read(100, 57)).rejects.toMatchObject({ code: 'source-failed' });
  await expect(source('/nowhere').read(100, 57)).rejects.toMatchObject({ code: 'source-failed' });
  await expect(source('/short').read(100, 57)).rejects.toMatchObject({ code: 'truncated' });
  await expect(source('/ranged').read(4990, 11)).rejects.toMatchObject({ code: 'truncated' });
  expect(() => fetchFiles({ id: 'm', files: [] }).open('f')).toThrow('no file named f');
});
