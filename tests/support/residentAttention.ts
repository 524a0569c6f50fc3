// Attention of the resident layers alone, a phase a dispatch, against the CPU twins: on a software adapter in tests, and on hardware.
import { attention as twin } from '../../engine/cpu/attention.ts';
import { qkNormRope } from '../../engine/cpu/qkNormRope.ts';
import type { QuantizedRow } from '../../engine/gpu/decode/quantizedRow.ts';
import type { ResidentLayer, ResidentModel } from '../../engine/gpu/resident/residentModel.ts';
import { residentShape, withConstants, type Grid } from '../../engine/gpu/resident/shape.ts';
import type { GpuMatrix } from '../../engine/gpu/types.ts';
import type { Kernel } from '../../engine/kernels/registry.ts';
import { ropeFrequencies } from '../../engine/qwen3/rope.ts';
import { packHalves, toHalves, unpackHalves } from './halves.ts';
import { gaussians, KernelBench } from './kernels.ts';

export interface ResidentAttentionCase {
  group: number;
  kvHeadCount: number;
  headDim: number;
  position: number;
  grid: Grid;
  /** Default: a few more than position. */
  contextLength?: number;
}

const epsilon = 1e-6;
const hidden = 64;
const layerNumber = 3;
const tag = 1 + ((2 * layerNumber) % 15);

/** The two phases of resident_layers.wgsl with nothing else around them. */
const source = `
#import "packed_block"
#import "resident_words"
#import "lanes"
#import "resident_splits"
#import "resident_attention"
struct Layer { number: u32, keys: u32, values: u32, norms: u32 }
@group(0) @binding(0) var<storage, read_write> exchange: array<atomic<u32>, EXCHANGE_WORDS>;
@group(0) @binding(1) var<storage, read_write> kv: array<vec2u, KV_FOURS>;
@group(0) @binding(2) var<storage, read> rope: array<f32, ROPE_WORDS>;
@group(0) @binding(3) var<storage, read> step: array<u32>;
@group(0) @binding(4) var<storage, read> norms: array<f32, NORM_WORDS>;
@group(0) @binding(5) var<uniform> table: array<Layer, 1>;
@group(0) @binding(6) var<uniform> range: vec4u; // phase
@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  if (range.x == 0u) { attend(0u, id.x, lane); } else { join_heads(0u, id.x, lane); }
}`;
const kernel: Kernel = {
  name: 'resident_attention',
  source,
  bindings: {
    exchange: 'write',
    kv: 'write',
    rope: 'read',
    step: 'read',
    norms: 'read',
    table: 'uniform',
    range: 'uniform',
  },
};

const kernels = new Map<string, Kernel>();

/** What the kernel needs to know of a model whose layers have nothing but attention. */
function attentionModel({ group, kvHeadCount, headDim }: ResidentAttentionCase, contextLength: number, sinAt: number) {
  const matrix = (rows: number, columns: number) => ({ layout: 'q4_k', rows, columns }) as unknown as GpuMatrix;
  const heads = group * kvHeadCount * headDim;
  const [q, k, inner] = [matrix(heads, hidden), matrix(kvHeadCount * headDim, hidden), matrix(16, hidden)];
  const cache = { kvHeadCount, headDim, contextLength };
  const layer = { q, k, v: k, output: matrix(hidden, heads), gate: inner, up: inner, down: matrix(hidden, 16), cache, attentionNorm: { width: hidden } }; // prettier-ignore
  return {
    layers: [layer as unknown as ResidentLayer],
    route: { expertsUsed: 1, expertCount: 1, layers: 1, recordStride: 16 },
    rule: { normalize: true, scale: 1 },
    epsilon,
    rope: { sin: { offset: sinAt }, buffer: { size: 2 * sinAt } },
    types: ['q4_k'],
  } as unknown as ResidentModel;
}

/** Runs both, from a cache full of numbers also beyond the position. `change` gets q, k, v and the cached keys. */
export async function runResidentAttention(
  device: GPUDevice,
  shape: ResidentAttentionCase,
  change: (qkv: Float32Array, keys: Float32Array) => void = () => {},
) {
  const { group, kvHeadCount, headDim, position, grid, contextLength = position + 3 } = shape;
  const bench = new KernelBench(device, { software: false, maxTokens: 1 });
  bench.setStep(position, [0]);
  const headCount = group * kvHeadCount;
  const width = headCount * headDim;
  const size = contextLength * kvHeadCount * headDim;
  const before = { keys: toHalves(gaussians(size, 2)), values: toHalves(gaussians(size, 3)) };
  const qkv = gaussians(width + 2 * kvHeadCount * headDim, 1, 2);
  change(qkv, before.keys);
  // As words of the exchange hold them.
  const bits = new Uint32Array(qkv.buffer);
  bits.forEach((word, i) => (bits[i] = word & ~15));
  const norms = { q: gaussians(headDim, 4), k: gaussians(headDim, 5), epsilon };
  const { frequencies } = ropeFrequencies(headDim, 1e4, null);
  const angles = (of: (angle: number) => number) =>
    Float32Array.from({ length: (contextLength * headDim) / 2 }, (_, i) =>
      of(Math.floor(i / frequencies.length) * frequencies[i % frequencies.length]),
    );
  const rope = { cos: angles(Math.cos), sin: angles(Math.sin) };

  const { constants, exchangeBytes } = residentShape(attentionModel(shape, contextLength, rope.cos.byteLength), grid, {
    scalesAt: 0,
    sumsAt: 0,
  } as QuantizedRow);
  const at = (name: string) => Number(constants[name]);
  const exchangeWords = new Uint32Array(exchangeBytes / 4);
  bits.forEach((word, i) => (exchangeWords[at('QKV_AT') + i] = word | tag));
  const key = JSON.stringify([constants, size]);
  const made = kernels.get(key) ?? withConstants(kernel, { ...constants, KV_FOURS: size / 2 });
  kernels.set(key, made);
  const allNorms = new Float32Array(at('NORM_WORDS'));
  allNorms.set(norms.q, 2 * hidden);
  allNorms.set(norms.k, 2 * hidden + headDim);
  const cached = new Uint16Array(2 * size);
  cached.set(packHalves(before.keys));
  cached.set(packHalves(before.values), size);
  const buffers = {
    exchange: bench.buffer(exchangeWords),
    kv: bench.buffer(new Uint32Array(cached.buffer)),
    rope: bench.buffer(Float32Array.from([...rope.cos, ...rope.sin])),
    step: bench.context.step,
    norms: bench.buffer(allNorms),
  };
  const uniform = (words: number[]) => {
    const buffer = bench.context.createBuffer('uniform', 16, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
    device.queue.writeBuffer(buffer, 0, new Uint32Array(words));
    return buffer;
  };
  const table = uniform([layerNumber, 0, size / 4, 0]);
  for (const phase of [0, 1]) {
    const range = uniform([phase, 0, 0, 0]);
    const variant = { lanes: `resident_lanes_${grid.subgroup}` };
    await bench.run([{ kernel: made, variant, buffers: { ...buffers, table, range }, workgroups: () => [grid.workgroups] }], 1); // prettier-ignore
  }
  const words = await bench.words(buffers.exchange);
  const blocks = width / 16;
  const read = (block: number, i: number) => words[at('ATTENDED_AT') + i * blocks + block];
  const float = (word: number) => new Float32Array(Uint32Array.of(word).buffer)[0];
  const scales = Float32Array.from({ length: blocks }, (_, b) =>
    float((((read(b, 4) >>> 4) & 0xfff) << 20) | (read(b, 5) >>> 12)),
  );
  const attended = Float32Array.from({ length: width }, (_, column) => {
    const [block, i] = [Math.floor(column / 16), column % 16];
    const four = Math.floor(i / 4);
    const word = (read(block, four) & ~15) | ((read(block, 4) >>> (16 + 4 * four)) & 15);
    return ((word << (24 - 8 * (i % 4))) >> 24) * scales[block];
  });
  const tagged = Array.from({ length: 6 * blocks }, (_, i) => words[at('ATTENDED_AT') + i] & 15).every(
    (t) => t === tag,
  );
  const stored = unpackHalves(await bench.words(buffers.kv));

  const after = { keys: before.keys.slice(), values: before.values.slice() };
  const expected = new Float32Array(width);
  const twinShape = { headCount, kvHeadCount, headDim };
  if (position < contextLength) {
    qkNormRope(qkv, 1, twinShape, norms, rope, position, after);
    twin(qkv, 1, twinShape, position, after, expected);
  }
  return {
    attended,
    scales,
    expected,
    tagged,
    before,
    after,
    stored: { keys: stored.subarray(0, size), values: stored.subarray(size, 2 * size) },
  };
}

/** The largest difference beyond half a step of int8, relative to the largest value; Infinity for one that is no number. */
export function attendedError({
  attended,
  scales,
  expected,
}: {
  attended: Float32Array;
  scales: Float32Array;
  expected: Float32Array;
}): number {
  // prettier-ignore
  let worst = 0;
  let largest = 0;
  expected.forEach((value, i) => {
    const beyond = Math.abs(attended[i] - value) - 0.5 * scales[Math.floor(i / 16)];
    worst = Number.isNaN(beyond) ? Infinity : Math.max(worst, beyond);
    largest = Math.max(largest, Math.abs(value));
  });
  return worst / largest;
}
