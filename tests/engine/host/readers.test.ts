// Files read by several workers at once, which are threads here: the same bytes in the same order, in bounded memory, and nothing of
// them stays.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { WeightSource } from '../../../engine/format/source.ts';
import { fetchFiles } from '../../../engine/host/fetchSource.ts';
import type { Readers } from '../../../engine/host/stripedPart.ts';
import type { FromReader } from '../../../engine/host/weightReader.ts';
import { RangeServer } from '../../support/rangeServer.ts';
import { running, startWorker } from '../../support/webWorker.ts';

const part = 2 ** 20;
const length = 12 * part + 321;
const content = Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 10));
const server = new RangeServer(content, part);

beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(() => server.reset());
afterEach(async () => {
  await vi.waitFor(() => expect(running.size).toBe(0), { timeout: 5000 });
});

const usual: Readers = {
  count: 3,
  worthBytes: 2 * part,
  stripeBytes: part,
  blockBytes: part / 4,
  start: () => startWorker('./readerThread.ts'),
};

const source = (path: string, readers: Partial<Readers> = {}): WeightSource =>
  fetchFiles(
    { id: 'm', files: [{ name: 'f', url: `${server.origin}${path}`, byteLength: length }] },
    { ...usual, ...readers },
  ).open('f');

/** As the loader reads weights: one of many reads. */
const readOn = (file: WeightSource, offset: number, byteLength: number) =>
  file.read(offset, byteLength, new Uint8Array(byteLength));

const same = (left: Uint8Array, right: Uint8Array) => Buffer.compare(left, right) === 0;

/** From `from` on in steps of `step`, three reads ahead as the loader has them. */
async function expectContent(file: WeightSource, from = 0, step = part + 77): Promise<void> {
  const pending: { at: number; bytes: Promise<Uint8Array> }[] = [];
  const check = async () => {
    const { at, bytes } = pending.shift()!;
    expect(same(await bytes, content.subarray(at, at + step)), `from ${at}`).toBe(true);
  };
  for (let at = from; at < length; at += step) {
    pending.push({ at, bytes: readOn(file, at, Math.min(step, length - at)) });
    if (pending.length > 3) await check();
  }
  while (pending.length > 0) await check();
}

test.each([
  ['/ranged', {}],
  ['/unsaid', { count: 2 }],
  ['/silent', { count: 5, blockBytes: 100_000 }],
  ['/ranged', { stripeBytes: 3 * part + 1 }],
  ['/ranged', { count: 20 }],
] as [string, Partial<Readers>][])('%s with %j: the bytes of the file in their order', async (path, readers) => {
  const file = source(path, readers);
  expect(same(await file.read(3, 2 * part), content.subarray(3, 3 + 2 * part))).toBe(true);
  expect(running.size).toBe(0);
  const reading = expectContent(file, 10);
  await vi.waitFor(() => expect(running.size).toBeGreaterThan(0));
  await reading;
  expect(server.asked.length).toBe(1 + Math.ceil((length - 10) / (readers.stripeBytes ?? usual.stripeBytes)));
});

test('parts of a split model one behind the other, the next begun before the last is read', async () => {
  const fileOf = (name: string) => ({ name, url: `${server.origin}/ranged`, byteLength: length });
  const files = fetchFiles({ id: 'm', files: [fileOf('1'), fileOf('2')] }, usual);
  const [first, second] = ['1', '2'].map((name) => files.open(name));
  await readOn(first, 0, length - part);
  const reads = [readOn(first, length - part, part), readOn(second, 0, 2 * part)];
  expect(same(await reads[0], content.subarray(length - part))).toBe(true);
  expect(same(await reads[1], content.subarray(0, 2 * part))).toBe(true);
  await expectContent(second, 2 * part);
});

test('one worker reads all in one response', async () => {
  await expectContent(source('/ranged', { count: 1 }));
  expect(server.asked).toEqual([`0-${length - 1}`]);
});

test('none is started for a file, or the rest of one, that is not worth it', async () => {
  const start = vi.fn(usual.start);
  await expectContent(source('/ranged', { worthBytes: length + 1, start }));
  await expectContent(source('/ranged', { start }), length - 2 * part + 1);
  expect(start).not.toHaveBeenCalled();
});

test('each worker reads a stripe ahead and no further', async () => {
  const sent: number[] = [];
  const start = () => {
    const worker = usual.start();
    const index = sent.push(0) - 1;
    return new Proxy(worker, {
      set: (target, name, value: (event: MessageEvent<FromReader>) => void) => {
        if (name !== 'onmessage') return Reflect.set(target, name, value);
        target.onmessage = (event: MessageEvent<FromReader>) => {
          if (event.data.kind === 'block') sent[index] += event.data.length;
          value(event);
        };
        return true;
      },
      get: (target, name) => Reflect.get(target, name) as unknown,
    });
  };
  const file = source('/ranged', { start });
  await readOn(file, 0, part + 1);
  await vi.waitFor(() => expect(sent).toEqual([2 * part, part, part]));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(sent).toEqual([2 * part, part, part]);
  await expectContent(file, part + 1);
});

test('when nobody reads on, as after a load that was stopped, workers end and their responses with them', async () => {
  const file = source('/stalls');
  await readOn(file, 0, part);
  expect(running.size).toBe(3);
  await vi.waitFor(() => expect(running.size).toBe(0), { timeout: 5000 });
  await vi.waitFor(() => expect(server.ended).toBe(server.asked.length));
  // The next read starts others.
  await readOn(file, 0, part);
  expect(running.size).toBe(3);
});

test('far from what was read last, others begin there', async () => {
  const file = source('/ranged');
  await readOn(file, 0, part);
  await expectContent(file, 5 * part);
  await expectContent(file, 2);
});

test('a file that ends, breaks off, changes or vanishes fails with a code, where that is, and ends the workers', async () => {
  server.live = content.subarray(0, 4 * part + 100);
  const shrunken = source('/live');
  await readOn(shrunken, 0, 4 * part);
  await expect(readOn(shrunken, 4 * part, part)).rejects.toMatchObject({ code: 'truncated' });
  await vi.waitFor(() => expect(running.size).toBe(0));
  server.live = content;
  await expectContent(shrunken, 4 * part);

  const broken = source('/broken', { stripeBytes: 2 * part });
  await readOn(broken, 0, part);
  await expect(readOn(broken, part, part)).rejects.toMatchObject({ code: 'source-failed' });

  const changed = source('/live');
  await readOn(changed, 0, part);
  server.tag = '"2"';
  const refused = { code: 'source-failed', message: 'The file f was changed while it was read.' };
  await expect(readOn(changed, part, length - part)).rejects.toMatchObject(refused);

  for (const path of ['/nowhere', '/whole', '/silently-whole'])
    await expect(readOn(source(path), 0, part)).rejects.toMatchObject({ code: 'source-failed' });
});

test('a worker that ends in the middle is a failure of the source', async () => {
  const file = source('/stalls');
  await readOn(file, 0, part);
  const read = readOn(file, part, 5 * part);
  const refused = expect(read).rejects.toMatchObject({ code: 'source-failed' });
  for (const thread of running) thread.emit('error', new Error('out of memory'));
  await refused;
});

test.each([
  ['cannot be made', () => { throw new Error('refused by the policy'); }], // prettier-ignore
  ['fails to start', () => startWorker('./no-such-file.ts')],
])('a worker that %s: the engine reads itself, and does not try again', async (_name, failing) => {
  const start = vi.fn(failing);
  const file = source('/ranged', { start });
  await expectContent(file);
  const tries = start.mock.calls.length;
  expect(server.asked).toEqual([`0-${length - 1}`]);
  await expectContent(file);
  expect(start).toHaveBeenCalledTimes(tries);
});
