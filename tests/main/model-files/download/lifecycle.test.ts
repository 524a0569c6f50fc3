// Pausing, quitting, crashing, two programs at once: nothing that has arrived is lost, nothing wrong is offered.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { startFaultServer, type FaultServer } from '../../../support/faultServer.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { codeOfRejection, modelBytes, openDownloadTest, quick, sha256Of, type DownloadTest } from './support.ts';

const bytes = modelBytes();
const sha256 = sha256Of(bytes);
const chunk = 256 * 1024;
const file = '/tiny.gguf';

async function serve(): Promise<{ server: FaultServer; address: string }> {
  const server = await startFaultServer({ [file]: { bytes, etag: '"one"' } });
  return { server, address: server.origin + file };
}

/** Lets the first `chunks` chunks through and holds the rest back, until `release`. */
function hold(server: FaultServer, chunks: number): { release: () => void } {
  server.fault = ({ start, ranged }) =>
    ranged && start >= chunks * chunk ? { kind: 'status', status: 503, headers: { 'retry-after': '60' } } : undefined;
  return { release: () => (server.fault = () => undefined) };
}

const start = async ({ models }: DownloadTest, address: string, hash: string | null = sha256): Promise<string> =>
  (await models.add(address, { sha256: hash, quantization: null })).id;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const downloadFolder = ({ folder }: DownloadTest, id: string) => path.join(folder, 'data', 'models', '.downloads', id);
const loggedChunks = (test: DownloadTest, id: string): number => {
  const log = path.join(downloadFolder(test, id), 'chunks.log');
  return fs.existsSync(log) ? fs.readFileSync(log, 'utf8').split('\n').length - 1 : 0;
};
/** Chunks that were asked for since `from`, without the question for the first bytes. */
const chunksAsked = (server: FaultServer, from: number): number =>
  server.asked.slice(from).filter(({ start: first, end }) => end - first > 3).length;

describe('pausing', () => {
  test('keeps what is there; resuming fetches the rest only', async () => {
    const { server, address } = await serve();
    const { release } = hold(server, 5);
    const test = openDownloadTest();
    const id = await start(test, address);
    await until(() => loggedChunks(test, id) === 5);
    expect(await test.models.downloads.pause(id)).toMatchObject({ state: 'paused', bytes: 5 * chunk });
    release();
    const from = server.asked.length;
    await test.models.downloads.resume(id);
    const modelId = await test.models.downloads.finished(id);
    expect(test.bytesOf(modelId).equals(bytes)).toBe(true);
    expect(chunksAsked(server, from)).toBe(Math.ceil(bytes.length / chunk) - 5);
  });

  test('cancelling leaves nothing behind', async () => {
    const { server, address } = await serve();
    hold(server, 5);
    const test = openDownloadTest();
    const id = await start(test, address);
    await until(() => loggedChunks(test, id) === 5);
    await test.models.downloads.cancel(id);
    expect(test.models.downloads.list()).toEqual([]);
    expect(fs.existsSync(downloadFolder(test, id))).toBe(false);
    expect(await codeOfRejection(test.models.downloads.pause(id))).toBe('not-found');
  });

  test('one at a time, in the order in which they were asked for', async () => {
    const { server, address } = await serve();
    const other = modelBytes(300_000);
    server.files.set('/other.gguf', { bytes: other });
    const { release } = hold(server, 3);
    const test = openDownloadTest();
    const first = await start(test, address);
    const second = await start(test, `${server.origin}/other.gguf`, null);
    await until(() => loggedChunks(test, first) === 3);
    expect(test.models.downloads.list().map(({ state }) => state)).toEqual(['waiting', 'queued']);
    const secondDone = test.models.downloads.finished(second);
    await test.models.downloads.pause(first);
    expect(test.bytesOf(await secondDone).equals(other)).toBe(true);
    release();
    await test.models.downloads.resume(first);
    await test.models.downloads.finished(first);
  });
});

describe('starting again', () => {
  test('a download that was running goes on by itself; one that was paused stays so', async () => {
    const { server, address } = await serve();
    const { release } = hold(server, 4);
    const folder = temporaryFolder();
    const before = openDownloadTest({ folder });
    const id = await start(before, address);
    await until(() => loggedChunks(before, id) === 4);
    await before.models.close();
    before.store.close();
    release();
    const from = server.asked.length;
    const after = openDownloadTest({ folder });
    await after.models.start({ downloads: true });
    const modelId = await after.models.downloads.finished(id);
    expect(after.bytesOf(modelId).equals(bytes)).toBe(true);
    expect(chunksAsked(server, from)).toBe(Math.ceil(bytes.length / chunk) - 4);
  });

  test('a bad chunk on the disk is fetched again, and only that', async () => {
    const { server, address } = await serve();
    const { release } = hold(server, 6);
    const test = openDownloadTest();
    // Without a known hash, the chunks' own are all there is.
    const id = await start(test, address, null);
    await until(() => loggedChunks(test, id) === 6);
    await test.models.downloads.pause(id);
    const part = fs.openSync(path.join(downloadFolder(test, id), '0.part'), 'r+');
    fs.writeSync(part, 'x', 3 * chunk + 17);
    fs.closeSync(part);
    release();
    const from = server.asked.length;
    await test.models.downloads.resume(id);
    expect(test.bytesOf(await test.models.downloads.finished(id)).equals(bytes)).toBe(true);
    expect(chunksAsked(server, from)).toBe(Math.ceil(bytes.length / chunk) - 6 + 1);
  });

  test.each<[string, (folder: string) => void]>([
    ['a line that was cut off', (folder) => fs.appendFileSync(path.join(folder, 'chunks.log'), '[0,5,"ab')],
    ['a line of nonsense', (folder) => fs.appendFileSync(path.join(folder, 'chunks.log'), '{"a":1}\n[0,9,null]\n')],
    ['a part that is gone', (folder) => fs.rmSync(path.join(folder, '0.part'))],
    ['a log that is gone', (folder) => fs.rmSync(path.join(folder, 'chunks.log'))],
    ['a new manifest that was cut off', (folder) => fs.writeFileSync(path.join(folder, 'manifest.json.new'), '{"ver')],
    ['a manifest of nonsense', (folder) => fs.writeFileSync(path.join(folder, 'manifest.json'), '{}')],
  ])('after %s', async (_, harm) => {
    const { server, address } = await serve();
    const { release } = hold(server, 4);
    const folder = temporaryFolder();
    const before = openDownloadTest({ folder });
    const id = await start(before, address);
    await until(() => loggedChunks(before, id) === 4);
    await before.models.close();
    before.store.close();
    harm(downloadFolder(before, id));
    release();
    const after = openDownloadTest({ folder });
    await after.models.start({ downloads: false });
    expect(after.bytesOf(await after.fetch(address, sha256)).equals(bytes)).toBe(true);
  });

  test('after a crash between verifying and the library', async () => {
    const { address } = await serve();
    const folder = temporaryFolder();
    const before = openDownloadTest({ folder });
    const put = before.store.libraryModels.put;
    before.store.libraryModels.put = () => {
      throw new Error('the power went');
    };
    const id = await start(before, address);
    await codeOfRejection(before.models.downloads.finished(id));
    before.store.libraryModels.put = put;
    await before.models.close();
    before.store.close();
    const after = openDownloadTest({ folder });
    expect(after.library.list()).toHaveLength(1);
    expect(after.bytesOf(await after.fetch(address, sha256)).equals(bytes)).toBe(true);
    expect(after.library.list()).toHaveLength(2);
  });

  test('what is installed is not fetched again', async () => {
    const { server, address } = await serve();
    const test = openDownloadTest();
    const modelId = await test.fetch(address, sha256);
    const from = server.asked.length;
    expect(await test.fetch(address, sha256)).toBe(modelId);
    expect(server.asked.length).toBe(from);
  });

  test('the same bytes from elsewhere are the model that is there', async () => {
    const { server, address } = await serve();
    const test = openDownloadTest();
    const modelId = await test.fetch(address, sha256);
    server.files.set('/copy.gguf', { bytes });
    expect(await test.fetch(`${server.origin}/copy.gguf`)).toBe(modelId);
    expect(test.library.list()).toHaveLength(2);
    expect(test.models.downloads.list()).toEqual([]);
  });
});

test('a known hash makes a file whole, though Conclave cannot run it: it is listed, not offered, and not fetched twice', async () => {
  const { server } = await serve();
  const other = Buffer.concat([Buffer.from('no model'), bytes]);
  server.files.set('/other.bin', { bytes: other });
  const test = openDownloadTest();
  const modelId = await test.fetch(`${server.origin}/other.bin`, sha256Of(other));
  expect(test.library.list()).toHaveLength(1);
  expect(test.library.get(modelId).problem).toMatchObject({ code: 'not-a-model' });
  const from = server.asked.length;
  expect(await test.fetch(`${server.origin}/other.bin`, sha256Of(other))).toBe(modelId);
  expect(server.asked.length).toBe(from);
  expect(await test.models.verify(modelId)).toMatchObject({ problem: { code: 'not-a-model' } });
});

test('two models of one name do not get into each other’s way', async () => {
  const { server, address } = await serve();
  const other = modelBytes(300_000);
  server.files.set('/elsewhere/tiny.gguf', { bytes: other });
  const test = openDownloadTest();
  const ids = [await start(test, address), await start(test, `${server.origin}/elsewhere/tiny.gguf`, null)];
  const [one, two] = await Promise.all(ids.map((id) => test.models.downloads.finished(id)));
  expect(test.bytesOf(one).equals(bytes)).toBe(true);
  expect(test.bytesOf(two).equals(other)).toBe(true);
});

test('a wait for a server ends when it is asked for', async () => {
  const { server, address } = await serve();
  const { release } = hold(server, 3);
  const test = openDownloadTest();
  const id = await start(test, address);
  await until(() => test.models.downloads.list()[0]?.state === 'waiting');
  const finished = test.models.downloads.finished(id);
  release();
  await test.models.downloads.wake();
  expect(test.bytesOf(await finished).equals(bytes)).toBe(true);
});

test('two programs do not write one download', async () => {
  const { server, address } = await serve();
  hold(server, 2);
  const one = openDownloadTest();
  const id = await start(one, address);
  await until(() => loggedChunks(one, id) === 2);
  const two = openDownloadTest();
  two.store.settings.write('modelsFolder', path.join(one.folder, 'data', 'models'));
  expect(await codeOfRejection(two.models.add(address, { sha256, quantization: null }))).toBe('in-use');
});

test('the limit on the speed is kept', async () => {
  const { server, address } = await serve();
  server.files.set(file, { bytes: bytes.subarray(0, 600_000) });
  const test = openDownloadTest();
  test.models.setSettings({ bytesPerSecond: 1_000_000 });
  const before = Date.now();
  await test.fetch(address);
  expect(Date.now() - before).toBeGreaterThan(450);
});

test('events are rare, and say speed and time left', async () => {
  const { address } = await serve();
  const test = openDownloadTest(quick);
  test.models.setSettings({ bytesPerSecond: 2_500_000 });
  await test.fetch(address, sha256);
  const running = test.states.filter(({ state }) => state === 'downloading');
  expect(running.length).toBeGreaterThan(1);
  expect(running.length).toBeLessThan(20);
  expect(running.at(-1)).toMatchObject({ totalBytes: bytes.length, connections: expect.any(Number) });
  expect(running.at(-1)!.bytesPerSecond).toBeGreaterThan(0);
  expect(running.at(-1)!.secondsLeft).not.toBeNull();
});
