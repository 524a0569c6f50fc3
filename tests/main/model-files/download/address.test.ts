import { describe, expect, test } from 'vitest';
import {
  checkAddress,
  checkFileName,
  checkRedirect,
  fileNameOf,
  slugOf,
} from '../../../../main/model-files/download/address.ts';
import { retryAfterMs } from '../../../../main/model-files/download/problems.ts';
import { backOffMs, Connections } from '../../../../main/model-files/download/pace.ts';
import { parseContentRange } from '../../../../main/model-files/download/remoteFile.ts';
import { chunkBytesFor } from '../../../../main/model-files/download/transferContext.ts';
import { codeOf } from '../../store/support.ts';

const rules = { mirror: null };

describe('addresses', () => {
  test.each(['https://hub.example/a/b.gguf', 'http://127.0.0.1:8000/x', 'http://localhost/x', 'http://[::1]:5/x'])(
    '%s may be asked',
    (address) => {
      expect(checkAddress(address, rules).href).toContain('://');
    },
  );

  test.each([
    '',
    'x.gguf',
    'http://hub.example/x',
    'http://127.0.0.1.example.org/x',
    'ftp://hub.example/x',
    'file:///etc/passwd',
    'data:text/plain,x',
    'javascript:alert(1)',
    'https://user:secret@hub.example/x',
  ])('%s may not', (address) => {
    expect(codeOf(() => checkAddress(address, rules))).toBe('bad-address');
  });

  test('the mirror that the user has set may be without TLS, and no other', () => {
    const mirrored = { mirror: 'http://mirror.lan:8080/hub' };
    expect(checkAddress('http://mirror.lan:8080/a/b', mirrored).host).toBe('mirror.lan:8080');
    expect(codeOf(() => checkAddress('http://mirror.lan/a/b', mirrored))).toBe('bad-address');
  });

  test('a redirect leads neither out of TLS nor into this computer', () => {
    const from = new URL('https://hub.example/a');
    expect(checkRedirect(from, '/b', rules).href).toBe('https://hub.example/b');
    expect(checkRedirect(from, 'https://cdn.example/b?signature=1', rules).host).toBe('cdn.example');
    for (const location of ['http://cdn.example/b', 'http://127.0.0.1/b', 'https://localhost/b', 'http://['])
      expect(codeOf(() => checkRedirect(from, location, rules))).toBe('bad-address');
  });
});

describe('file names', () => {
  test.each(['Qwen3-4B-Q4_K_M.gguf', 'model-00001-of-00002.safetensors', 'ä b (1).gguf'])('%s is taken', (name) => {
    expect(checkFileName(name)).toBe(name);
  });

  test.each([
    '',
    '.',
    '..',
    '.hidden',
    '../x.gguf',
    'a/b.gguf',
    'a\\b.gguf',
    'C:x.gguf',
    'x.gguf\n',
    'x\u0000.gguf',
    'x\u009f.gguf',
    'con.gguf',
    'NUL',
    'x.gguf.',
    'x.gguf ',
    'x'.repeat(181),
  ])('%j is refused', (name) => {
    expect(codeOf(() => checkFileName(name))).toBe('bad-name');
  });

  test.each([
    ['https://h/a/b.gguf?download=true#x', 'b.gguf'],
    ['https://h/a/b%20c.gguf', 'b c.gguf'],
  ])('of %s: %s', (address, name) => {
    expect(fileNameOf(new URL(address))).toBe(name);
  });

  test.each([
    ['https://h/a/..%2f..%2fetc%2fpasswd', 'bad-name'],
    ['https://h/a/%2e%2e%5cx.gguf', 'bad-name'],
    ['https://h/a/x%00.gguf', 'bad-name'],
    ['https://h/a/', 'bad-address'],
    ['https://h/a/%E0%A4%A', 'bad-address'],
  ])('of %s: %s', (address, code) => {
    expect(codeOf(() => fileNameOf(new URL(address)))).toBe(code);
  });

  test.each([
    ['Qwen3 4B / Q4_K_M', 'qwen3-4b-q4_k_m'],
    ['../../etc', 'etc'],
    ['...', 'model'],
    ['Con', 'model-con'],
  ])('%s becomes the folder %s', (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });
});

test.each([
  ['5', 5000],
  ['0', 0],
  ['99999', 600_000],
  ['Thu, 01 Jan 1970 00:00:12 GMT', 2000],
  ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
  ['soon', null],
  [undefined, null],
])('Retry-After: %s', (header, wait) => {
  expect(retryAfterMs(header, 10_000)).toBe(wait);
});

test('waits double up to the longest', () => {
  const rules = { attempts: 9, firstMs: 100, longestMs: 1000 };
  expect([1, 2, 3, 4, 5, 6].map((failures) => backOffMs(failures, rules, 1))).toEqual([100, 200, 400, 800, 1000, 1000]);
  expect(backOffMs(1, rules, 0)).toBe(75);
});

test('a connection is added while it makes the download faster, and taken back after a refusal', () => {
  const connections = new Connections(4);
  const limits = [10, 20, 20.5, 40, 80, 160].map((speed) => {
    connections.measured(speed);
    return connections.limit;
  });
  expect(limits).toEqual([3, 4, 4, 4, 4, 4]);
  connections.refused();
  connections.refused();
  connections.refused();
  expect(connections.limit).toBe(1);
});

test.each([
  ['bytes 0-9/100', { start: 0, end: 9, total: 100 }],
  ['bytes 0-9/*', { start: 0, end: 9, total: null }],
  ['bytes 0-9/99999999999999999999', undefined],
  ['bytes */100', undefined],
  ['items 0-9/100', undefined],
  [undefined, undefined],
])('Content-Range: %s', (header, range) => {
  expect(parseContentRange(header)).toEqual(range);
});

test('chunks grow with the file, from 256 KiB to 8 MiB', () => {
  expect([1, 100e6, 640e6, 18e9].map((size) => chunkBytesFor(size) / 1024)).toEqual([256, 512, 4096, 8192]);
});
