// Everything that a server can do wrong, one at a time: in the end the right bytes are offered, or none. CONCLAVE_FAULT_ROUNDS
// sets how often each is tried, in a chunk drawn by lot.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { startFaultServer, type Fault, type FaultServer } from '../../../support/faultServer.ts';
import { codeOfRejection, modelBytes, openDownloadTest, sha256Of } from './support.ts';

const bytes = modelBytes();
const sha256 = sha256Of(bytes);
const chunk = 256 * 1024;
const file = '/m/tiny-q8_0.gguf';
const rounds = { repeats: Number(process.env['CONCLAVE_FAULT_ROUNDS'] ?? 1) - 1 };

async function serve(): Promise<{ server: FaultServer; address: string }> {
  const server = await startFaultServer({ [file]: { bytes, etag: '"one"' } });
  return { server, address: server.origin + file };
}

/** The fault on the first `times` requests for the middle of a chunk, the third unless said otherwise. */
const onChunk = (fault: Fault, times = 1, index = 2): FaultServer['fault'] => {
  const middle = (index + 0.5) * chunk;
  return ({ start, end, ranged }) => (ranged && start <= middle && end > middle && times-- > 0 ? fault : undefined);
};
const anyChunk = (): number => Math.floor(Math.random() * Math.floor(bytes.length / chunk));

test('a download arrives whole, by several connections, and is offered', async () => {
  const { server, address } = await serve();
  const { fetch, bytesOf, library, states } = openDownloadTest();
  const id = await fetch(address, sha256);
  expect(id).toBe('tiny-q8_0');
  expect(bytesOf(id).equals(bytes)).toBe(true);
  expect(library.get(id)).toMatchObject({
    place: 'library',
    quantization: 'Q8_0',
    contextLength: 128,
    source: address,
    problem: null,
    files: [{ sha256, byteLength: bytes.length }],
  });
  expect(server.sentOf(file)).toBe(bytes.length + 4);
  expect(new Set(states.map(({ state }) => state))).toContain('complete');
});

describe('faults that pass', rounds, () => {
  test.each<[string, Fault, number?]>([
    ['a connection that drops', { kind: 'drop', after: 100_000 }],
    ['a connection that drops again and again', { kind: 'drop', after: 20_000 }, 4],
    ['a server that stalls', { kind: 'stall', after: 1000 }],
    ['a body that ends early', { kind: 'truncate', by: 1000 }],
    ['a body of another length than asked for', { kind: 'short', by: 1000 }],
    ['a range that was not asked for', { kind: 'wrong-range', shift: 7 }],
    ['a slow drip', { kind: 'drip', bytes: 10, everyMs: 10 }],
    ['an error of the server', { kind: 'status', status: 500 }, 3],
    ['a refused range', { kind: 'status', status: 416 }, 2],
    ['a refusal that goes away', { kind: 'status', status: 403 }, 2],
    ['a busy server', { kind: 'status', status: 429, headers: { 'retry-after': '0' } }, 3],
    ['a server that is away for a while', { kind: 'status', status: 503, headers: { 'retry-after': '1' } }],
    ['a flipped byte', { kind: 'flip', at: 77 }],
  ])('%s', async (_, given, times) => {
    const { server, address } = await serve();
    const index = anyChunk();
    const fault: Fault = given.kind === 'flip' ? { kind: 'flip', at: index * chunk + given.at } : given;
    server.fault = onChunk(fault, times, index);
    const { fetch, bytesOf } = openDownloadTest();
    expect(bytesOf(await fetch(address, sha256)).equals(bytes)).toBe(true);
  });

  test('a chunk that broke off goes on where it stopped', async () => {
    const { server, address } = await serve();
    server.fault = onChunk({ kind: 'drop', after: 200_000 });
    await openDownloadTest().fetch(address, sha256);
    expect(server.sentOf(file)).toBeLessThan(bytes.length + 60_000);
  });

  test('a flipped byte costs chunks, not the file', async () => {
    const { server, address } = await serve();
    server.fault = onChunk({ kind: 'flip', at: 2 * chunk + 77 });
    await openDownloadTest().fetch(address, sha256);
    // Once for the file, once more up to the wrong chunk, and that chunk a third time.
    expect(server.sentOf(file)).toBe(bytes.length + 4 + 4 * chunk);
  });

  test('Retry-After is kept, and shown', async () => {
    const { server, address } = await serve();
    server.fault = onChunk({ kind: 'status', status: 429, headers: { 'retry-after': '1' } });
    const { fetch, states } = openDownloadTest();
    const start = Date.now();
    await fetch(address, sha256);
    expect(Date.now() - start).toBeGreaterThanOrEqual(1000);
    expect(states.find(({ state }) => state === 'waiting')?.retryAt).toBeGreaterThan(start);
  });

  test('a server that is gone and comes back', async () => {
    const { server, address } = await serve();
    const test = openDownloadTest({ retry: { attempts: 60, firstMs: 20, longestMs: 40 } });
    let stopped: Promise<void> | undefined;
    server.fault = ({ start }) => {
      if (start >= 4 * chunk && stopped === undefined) {
        stopped = server.stop();
        setTimeout(() => void server.restart(), 200);
      }
      return undefined;
    };
    expect(test.bytesOf(await test.fetch(address, sha256)).equals(bytes)).toBe(true);
  });

  test.each([
    ['says its length', false],
    ['does not say its length', true],
  ])('a server without ranges that %s', async (_, chunked) => {
    const { server, address } = await serve();
    server.files.set(file, { bytes, ranges: false, chunked });
    // After the first question: two streams that break off, one with a wrong byte, a right one.
    const drop: Fault = { kind: 'drop', after: 600_000 };
    const faults: Fault[] = [drop, drop, { kind: 'flip', at: 77_777 }];
    server.fault = (__, number) => (number > 1 ? faults.shift() : undefined);
    const { fetch, bytesOf } = openDownloadTest();
    expect(bytesOf(await fetch(address, sha256)).equals(bytes)).toBe(true);
    expect(faults).toEqual([]);
  });

  test('a server that stops taking ranges', async () => {
    const { server, address } = await serve();
    server.fault = ({ start }) => (start > 3 * chunk ? { kind: 'whole' } : undefined);
    const { fetch, bytesOf } = openDownloadTest();
    expect(bytesOf(await fetch(address, sha256)).equals(bytes)).toBe(true);
  });

  test('a file that changes meanwhile: it starts over and says so', async () => {
    const { server, address } = await serve();
    const newer = modelBytes(2_000_000);
    server.fault = ({ start }) => {
      if (start >= 3 * chunk) server.files.set(file, { bytes: newer, etag: '"two"' });
      return undefined;
    };
    const { fetch, bytesOf, states } = openDownloadTest();
    expect(bytesOf(await fetch(address)).equals(newer)).toBe(true);
    expect(states.some(({ note }) => note?.includes('changed') === true)).toBe(true);
  });

  test('redirects, and the hash that the hub tells on the way', async () => {
    const { server, address } = await serve();
    const headers = { 'x-linked-etag': `"${sha256}"`, 'x-linked-size': String(bytes.length) };
    server.files.set('/a/x.gguf', { bytes, redirect: { location: `${server.origin}/b`, headers } });
    server.files.set('/b', { bytes, redirect: { location: address } });
    server.fault = onChunk({ kind: 'flip', at: 2 * chunk + 1 });
    const { fetch, bytesOf, library } = openDownloadTest();
    const id = await fetch(`${server.origin}/a/x.gguf`);
    expect(bytesOf(id).equals(bytes)).toBe(true);
    expect(library.get(id).files[0].sha256).toBe(sha256);
  });

  test('an address that expires is asked for anew', async () => {
    const { server } = await serve();
    const from = '/a/x.gguf';
    let version = 1;
    const redirect = () => ({ bytes, redirect: { location: `${server.origin}/signed-${version}` } });
    server.files.set(from, redirect());
    server.files.set('/signed-1', { bytes });
    server.fault = ({ path: asked, start }) => {
      if (start >= 3 * chunk && version === 1) {
        version = 2;
        server.files.set(from, redirect());
        server.files.set('/signed-2', { bytes });
      }
      return asked === '/signed-1' && version === 2 ? { kind: 'status', status: 403 } : undefined;
    };
    const { fetch, bytesOf } = openDownloadTest();
    expect(bytesOf(await fetch(server.origin + from, sha256)).equals(bytes)).toBe(true);
  });
});

describe('faults that last', rounds, () => {
  test.each<[string, Fault, string]>([
    ['500', { kind: 'status', status: 500 }, 'network'],
    ['403', { kind: 'status', status: 403 }, 'refused'],
    ['404', { kind: 'status', status: 404 }, 'refused'],
    ['416', { kind: 'status', status: 416 }, 'network'],
    ['a stall', { kind: 'stall', after: 0 }, 'network'],
    ['a wrong range', { kind: 'wrong-range', shift: 1 }, 'network'],
    ['a byte that is always wrong', { kind: 'flip', at: 2 * chunk + 9 }, 'damaged'],
  ])('%s ends with a code, and nothing is offered', async (_, fault, code) => {
    const { server, address } = await serve();
    server.fault = onChunk(fault, Infinity);
    const { fetch, library, models } = openDownloadTest();
    expect(await codeOfRejection(fetch(address, sha256))).toBe(code);
    expect(library.list().map(({ id }) => id)).toEqual(['tiny']);
    expect(models.downloads.list()).toMatchObject([{ state: 'failed', problem: { code } }]);
  });

  test('a failed download goes on with what it has once the fault is gone', async () => {
    const { server, address } = await serve();
    server.fault = ({ start }) => (start >= 5 * chunk ? { kind: 'status', status: 500 } : undefined);
    const { fetch, bytesOf, models } = openDownloadTest();
    expect(await codeOfRejection(fetch(address, sha256))).toBe('network');
    server.fault = () => undefined;
    const sentBefore = server.sentOf(file);
    const [{ id }] = models.downloads.list();
    await models.downloads.resume(id);
    expect(bytesOf(await models.downloads.finished(id)).equals(bytes)).toBe(true);
    expect(server.sentOf(file) - sentBefore).toBeLessThan(bytes.length - 4 * chunk);
  });

  test('a redirect in circles', async () => {
    const { server } = await serve();
    server.files.set('/x.gguf', { bytes, redirect: { location: '/y' } });
    server.files.set('/y', { bytes, redirect: { location: '/x.gguf' } });
    expect(await codeOfRejection(openDownloadTest().fetch(`${server.origin}/x.gguf`))).toBe('network');
    expect(server.asked.length).toBeLessThan(20);
  });

  test.each(['http://example.org/x.gguf', 'ftp://127.0.0.1/x', 'file:///etc/passwd', '//nowhere'])(
    'a redirect to %s is not followed',
    async (location) => {
      const { server } = await serve();
      server.files.set('/x.gguf', { bytes, redirect: { location } });
      const code = await codeOfRejection(openDownloadTest().fetch(`${server.origin}/x.gguf`));
      expect(code).toBe('bad-address');
    },
  );

  test('the wrong hash', async () => {
    const { server, address } = await serve();
    for (const ranges of [true, false]) {
      server.files.set(file, { bytes, ranges });
      const { fetch, library } = openDownloadTest();
      expect(await codeOfRejection(fetch(address, '0'.repeat(64)))).toBe('damaged');
      expect(library.list()).toHaveLength(1);
    }
  });

  test('a web page in place of a model', async () => {
    const { server, address } = await serve();
    server.files.set(file, { bytes: Buffer.from('<html>Sign in to the hotel network</html>') });
    expect(await codeOfRejection(openDownloadTest().fetch(address))).toBe('not-a-model');
  });

  test('a model that ends in the middle, without a known hash', async () => {
    const { server, address } = await serve();
    server.files.set(file, { bytes: bytes.subarray(0, 20_000) });
    const { fetch, library, folder } = openDownloadTest();
    expect(await codeOfRejection(fetch(address))).toBe('not-a-model');
    expect(library.list()).toHaveLength(1);
    expect(fs.existsSync(path.join(folder, 'data', 'models', 'tiny-q8_0'))).toBe(false);
  });
});
