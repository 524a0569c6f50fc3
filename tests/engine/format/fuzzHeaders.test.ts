// 200,000 mutated headers through the readers alone, from a fixed seed: each ends in a header or a coded error, and no read goes
// beyond the file. A longer run: FUZZ_HEADERS=5000000 FUZZ_SEED=2 npx vitest run --project unit tests/engine/format/fuzzHeaders.test.ts
import { expect, test } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { readHeader } from '../../../engine/format/gguf/readHeader.ts';
import { readSafetensors } from '../../../engine/format/hugging-face/safetensors.ts';
import type { WeightSource } from '../../../engine/format/source.ts';
import { writeGguf } from '../../support/gguf.ts';
import { writeSafetensors } from '../../support/safetensors.ts';

const count = Number(process.env.FUZZ_HEADERS ?? 200_000) / 2;
const seed = Number(process.env.FUZZ_SEED ?? 1);

/** Whole numbers below `most`: xorshift. */
function wholeNumbers(start: number): (most: number) => number {
  let state = start | 1;
  return (most) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % most;
  };
}

/** Numbers at which sizes go wrong: none, small, all bits, 2⁶³, beyond what a double holds. */
const nasty = [
  [0, 0, 0, 0, 0, 0, 0, 0],
  [1, 0, 0, 0, 0, 0, 0, 0],
  [255, 255, 255, 255],
  [255, 255, 255, 255, 255, 255, 255, 255],
  [0, 0, 0, 0, 0, 0, 0, 128],
  [255, 255, 255, 255, 255, 255, 31, 0],
];

function mutated(original: Uint8Array, random: (most: number) => number): Uint8Array {
  const bytes = original.slice(0, random(8) === 0 ? random(original.length + 1) : original.length);
  for (let changes = 1 + random(3); changes > 0 && bytes.length > 0; changes--) {
    const at = random(bytes.length);
    const change = random(2) === 0 ? nasty[random(nasty.length)] : [random(256)];
    bytes.set(change.slice(0, bytes.length - at), at);
  }
  return bytes;
}

function source(bytes: Uint8Array): WeightSource {
  return {
    name: 'fuzzed',
    byteLength: bytes.length,
    read: (offset, length) => {
      if (!(offset >= 0 && length >= 0 && offset + length <= bytes.length)) throw new Error('A read beyond the file.');
      return Promise.resolve(bytes.slice(offset, offset + length));
    },
  };
}

const gguf = writeGguf({
  metadata: { 'general.architecture': 'qwen3', 'general.alignment': 32, list: ['a', 'bc'], numbers: [1, 2, 3] },
  tensors: [
    { name: 'token_embd.weight', type: 'F32', dims: [8, 4] },
    { name: 'blk.0.attn_q.weight', type: 'Q4_K', dims: [256, 2] },
  ],
});
const safetensors = writeSafetensors([
  ['model.norm.weight', { dtype: 'F32', shape: [4], data: new Uint8Array(16) }],
  ['lm_head.weight', { dtype: 'BF16', shape: [2, 8], data: new Uint8Array(32) }],
]);

test.each([
  ['GGUF', gguf, readHeader],
  ['safetensors', safetensors, readSafetensors],
] as const)(
  '%s',
  async (_, original, read) => {
    await read(source(original));
    const random = wholeNumbers(seed * 7919);
    let refused = 0;
    for (let i = 0; i < count; i++) {
      const bytes = mutated(original, random);
      try {
        await read(source(bytes));
      } catch (error) {
        refused++;
        if (!(error instanceof EngineError) || error.code === 'internal')
          throw new Error(`Header ${i} of seed ${seed}: ${[...bytes].join()}`, { cause: error });
      }
    }
    expect(refused).toBeGreaterThan(count / 10);
  },
  count * 10,
);
