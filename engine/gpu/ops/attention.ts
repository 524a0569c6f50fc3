// Dispatches of attention. A step of few tokens deals the context out over splits, so that it stays parallel at any depth
// without knowing it, and merges them; a step of many is parallel enough and shares keys between tokens instead.
import { attention as kernel, attentionMatrices, attentionMerge, attentionTiles } from '../../kernels/registry.ts';
import type { Dispatch } from '../dispatch.ts';
import { kvVariant } from '../kvVariant.ts';
import type { GpuKvLayer, GpuTensor, OpContext } from '../types.ts';

/** Rows (a head of a token) that one workgroup holds: the components of a vec4f. */
const mostRows = 4;
/** Steps up to this size are split. */
const fewTokens = 4;
/** Workgroups worth having in flight for one token on a large GPU. */
const wantedWorkgroups = 256;
const mostSplits = 32;
/** Bytes of workgroup memory that attention_tiles takes with heads of 128. */
const tilesMemory = 26_368;
/** The same of attention_matrices. */
export const matricesMemory = 36_868;

interface Scratch {
  partial: GPUBuffer;
  parts: GPUBuffer;
}

/** Layers run one after another, so those of one shape share their scratch memory. */
const scratchOf = new WeakMap<OpContext, Map<string, Scratch>>();

/** output [tokens, headCount·headDim] = attention of q (in qkv, normed and rotated) over the cache. */
export function attention(context: OpContext, qkv: GpuTensor, cache: GpuKvLayer, output: GpuTensor): Dispatch[] {
  const { kvHeadCount, headDim } = cache;
  const headCount = qkv.width / headDim - 2 * kvHeadCount;
  const group = headCount / kvHeadCount;
  const blocks = Math.ceil(group / mostRows);
  const heads = Math.ceil(group / blocks);
  const tokensTogether = 2 ** Math.floor(Math.log2(mostRows / heads));
  const { software } = context.features;
  const units = Math.ceil(headDim / 4);
  // SwiftShader runs a workgroup on one thread: more splits or lanes than needed only cost it barriers.
  const splits = software ? 1 : Math.min(mostSplits, Math.ceil(wantedWorkgroups / (kvHeadCount * blocks)));
  const scratch = scratchFor(context, headCount, headDim, splits);
  const shared = {
    kernel,
    variant: kvVariant(cache),
    buffers: {
      qkv: qkv.buffer,
      keys: cache.keys,
      values: cache.values,
      step: context.step,
      output: output.buffer,
      parts: scratch.parts,
    },
  };
  const constants = {
    HEAD_DIM: headDim,
    KV_HEADS: kvHeadCount,
    GROUP: group,
    QKV_WIDTH: qkv.width,
    SCALE: 1 / Math.sqrt(headDim),
    HEADS: heads,
    LANES: software ? 8 * Math.ceil(units / 8) : 64,
    TILE: 64,
  };
  const many: Dispatch = matrices(context, qkv, cache, group, output) ??
    tiles(context, qkv, cache, group, output) ?? {
      ...shared,
      constants: { ...constants, TOKENS: tokensTogether },
      workgroups: (tokens) => [kvHeadCount * blocks, 1, Math.ceil(tokens / tokensTogether)],
      tokens: { from: fewTokens + 1, to: context.maxTokens },
    };
  const few: Dispatch = {
    ...shared,
    buffers: splits > 1 ? { ...shared.buffers, output: scratch.partial } : shared.buffers,
    constants: { ...constants, SPLITS: splits },
    workgroups: (tokens) => [kvHeadCount * blocks, splits, tokens],
    tokens: { from: 1, to: fewTokens },
  };
  if (splits === 1) return [few, many];
  const merge: Dispatch = {
    kernel: attentionMerge,
    constants: { HEAD_DIM: headDim, SPLITS: splits },
    buffers: { partial: scratch.partial, parts: scratch.parts, output: output.buffer },
    workgroups: (tokens) => [headCount * tokens],
    tokens: { from: 1, to: fewTokens },
  };
  return [few, merge, many];
}

/** By matrix units, where there are some; for heads of 128 and a cache of f16 or q8. */
function matrices(
  context: OpContext,
  qkv: GpuTensor,
  { kvHeadCount, headDim, type, keys, values }: GpuKvLayer,
  group: number,
  output: GpuTensor,
): Dispatch | null {
  const { device, features, step, maxTokens } = context;
  if (!features.matrices || group > 128 || headDim !== 128 || type === 'f32') return null;
  if (device.limits.maxComputeWorkgroupStorageSize < matricesMemory) return null;
  const tokensTogether = Math.floor(128 / group);
  return {
    kernel: attentionMatrices,
    variant: { fragments: `fragments_${features.matrices}`, kv_eights: `kv_eights_${type}` },
    constants: {
      KV_HEADS: kvHeadCount,
      GROUP: group,
      QKV_WIDTH: qkv.width,
      SCALE: Math.LOG2E / Math.sqrt(headDim),
      TOKENS: tokensTogether,
    },
    buffers: { qkv: qkv.buffer, keys, values, step, output: output.buffer },
    workgroups: (tokens) => [kvHeadCount, Math.ceil(tokens / tokensTogether)],
    tokens: { from: fewTokens + 1, to: maxTokens },
  };
}

/** Tiles of 64 query rows, where the device has the memory for them and heads are of a size that they take. */
function tiles(
  context: OpContext,
  qkv: GpuTensor,
  cache: GpuKvLayer,
  group: number,
  output: GpuTensor,
): Dispatch | null {
  const { device, features, step, maxTokens } = context;
  const { kvHeadCount, headDim, keys, values } = cache;
  if (features.software || group > 64 || (headDim !== 64 && headDim !== 128)) return null;
  if (device.limits.maxComputeWorkgroupStorageSize < tilesMemory) return null;
  const tokensTogether = Math.floor(64 / group);
  return {
    kernel: attentionTiles,
    variant: { ...kvVariant(cache), head_units: `units_${headDim / 64}` },
    constants: {
      KV_HEADS: kvHeadCount,
      GROUP: group,
      QKV_WIDTH: qkv.width,
      SCALE: 1 / Math.sqrt(headDim),
      TOKENS: tokensTogether,
    },
    buffers: { qkv: qkv.buffer, keys, values, step, output: output.buffer },
    workgroups: (tokens) => [kvHeadCount, Math.ceil(tokens / tokensTogether)],
    tokens: { from: fewTokens + 1, to: maxTokens },
  };
}

function scratchFor(context: OpContext, headCount: number, headDim: number, splits: number): Scratch {
  let shapes = scratchOf.get(context);
  if (!shapes) scratchOf.set(context, (shapes = new Map<string, Scratch>()));
  const shape = `${headCount} ${headDim} ${splits}`;
  let scratch = shapes.get(shape);
  if (!scratch) {
    const rows = fewTokens * headCount * splits;
    scratch = {
      partial: context.createBuffer('attention.partial', splits === 1 ? 16 : rows * headDim * 4),
      parts: context.createBuffer('attention.parts', rows * 8),
    };
    shapes.set(shape, scratch);
  }
  return scratch;
}
