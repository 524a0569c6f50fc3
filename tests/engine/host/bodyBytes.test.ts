// Bytes of a body by counts, out of every kind of body that a platform may have.
import { expect, test } from 'vitest';
import { BodyBytes } from '../../../engine/host/bodyBytes.ts';

const content = Uint8Array.from({ length: 1_500_000 }, (_, i) => i * 7 + (i >> 8));

/** Hands out `content` in chunks of such lengths, over and over. */
function body(
  kind: 'bytes' | 'chunks',
  lengths: number[],
  onCancel = () => {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let [at, turn] = [0, 0];
  const pull = (controller: Pick<ReadableByteStreamController, 'enqueue' | 'close'>) => {
    if (at === content.length) return controller.close();
    const length = lengths[turn++ % lengths.length];
    controller.enqueue(content.slice(at, at + length));
    at = Math.min(content.length, at + length);
  };
  if (kind === 'chunks') return new ReadableStream<Uint8Array<ArrayBuffer>>({ pull, cancel: onCancel });
  const closing = (controller: ReadableByteStreamController) => {
    pull(controller);
    // A reader that waits with its own memory is answered, too.
    if (at === content.length && controller.byobRequest) controller.byobRequest.respond(0);
  };
  return new ReadableStream({ type: 'bytes', pull: closing, cancel: onCancel });
}

test.each([
  ['bytes', [65_536]],
  ['bytes', [1, 700_000, 3]],
  ['chunks', [65_536]],
  ['chunks', [1, 700_000, 3]],
] as const)('%s in chunks of %j', async (kind, lengths) => {
  const bytes = new BodyBytes(body(kind, [...lengths]));
  let at = 0;
  for (const length of [1, 0, 5, 600_000, 4096, 800_000]) {
    const out = new Uint8Array(length);
    expect(await bytes.fill(out)).toBe(length);
    expect(Buffer.compare(out, content.subarray(at, at + length))).toBe(0);
    at += length;
  }
  expect(await bytes.fill(new Uint8Array(content.length))).toBe(content.length - at);
  expect(await bytes.fill(new Uint8Array(1))).toBe(0);
});

test.each(['bytes', 'chunks'] as const)('%s into memory that is given away and comes back', async (kind) => {
  const bytes = new BodyBytes(body(kind, [65_536, 3]));
  let memory = new ArrayBuffer(700_000);
  let at = 0;
  for (const length of [1, 600_000, 700_000]) {
    const filled = await bytes.fillMemory(memory, length);
    expect(filled.length).toBe(length);
    expect(filled.memory.byteLength).toBe(700_000);
    expect(Buffer.compare(new Uint8Array(filled.memory, 0, length), content.subarray(at, at + length))).toBe(0);
    ({ memory } = filled);
    at += length;
  }
  expect((await bytes.fillMemory(memory, 700_000)).length).toBe(content.length - at);
});

test.each(['bytes', 'chunks'] as const)('%s are cancelled once nobody wants them', async (kind) => {
  let cancelled = false;
  const bytes = new BodyBytes(body(kind, [1000], () => (cancelled = true)));
  await bytes.fill(new Uint8Array(10));
  await bytes.cancel();
  expect(cancelled).toBe(true);
});

test('a body that breaks says so, and can be cancelled all the same', async () => {
  const broken = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.error(new Error('gone')),
  });
  const bytes = new BodyBytes(broken);
  await expect(bytes.fill(new Uint8Array(10))).rejects.toThrow('gone');
  await bytes.cancel();
});
