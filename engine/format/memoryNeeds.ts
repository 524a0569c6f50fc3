// How much memory a model takes once it is loaded, and what of it fits: weights as they lie on the GPU, the KV cache, and
// scratch. Plain arithmetic on a header's numbers; knows no device and no back end.
import type { Checkpoint, Qwen3Config } from './checkpoint.ts';
import { deviceBytes, groupColumns, rowPadding, uploadChunkBytes, uploadChunks } from './deviceLayout.ts';
import { quantizedTypes, type QuantizedType } from './quantize/quantizeRows.ts';
import { canQuantize, quantizedTypeOf, type TypedTensor } from './quantize/quantizedTypeOf.ts';

/** What keys and values are kept as. q8: int8 in blocks of 32 with a scale. */
export const kvTypes = ['f32', 'f16', 'q8'] as const;
export type KvType = (typeof kvTypes)[number];

/** Most prompt tokens of one step on a hardware GPU: more amortise a weight's read, and hold activations. */
export const usualMaxTokens = 1024;

/** The same with matrix units, whose products cost so little that unpacking weights decides. */
export const matrixMaxTokens = 2048;

/** On a software adapter. */
const softwareMaxTokens = 64;

/** Most prompt tokens in one step on an adapter. */
export function mostTokens({ software, matrices }: { software: boolean; matrices: boolean }): number {
  if (software) return softwareMaxTokens;
  return matrices ? matrixMaxTokens : usualMaxTokens;
}

/** What the engine keeps keys and values as on a hardware GPU. */
export const usualKv: KvType = 'f16';

/** The numbers of a model that decide how much memory it takes; plain data, so that it can be stored and sent. */
export interface ModelShape {
  layerCount: number;
  hiddenSize: number;
  headCount: number;
  kvHeadCount: number;
  headDim: number;
  /** Of dense layers; 0 where all have experts. */
  intermediateSize: number;
  expertCount: number;
  expertsUsed: number;
  expertIntermediateSize: number;
  vocabularySize: number;
  /** What the model was trained for, in tokens. */
  contextLength: number;
  /** Bytes of all tensors as the GPU keeps them. */
  weightBytes: number;
  /** The same with matrices of floats quantised while they load; null where there are none. */
  quantizedBytes: Record<QuantizedType, number> | null;
}

type WeightSizes = Pick<ModelShape, 'weightBytes' | 'quantizedBytes'>;

/** What a model holds, or would hold. */
export interface MemoryBytes {
  weightBytes: number;
  kvBytes: number;
  /** Activations, RoPE tables, the sampler and buffers for the upload. */
  scratchBytes: number;
  totalBytes: number;
}

export type HeldFor = 'weights' | 'kv' | 'scratch';

export function memoryBytes({ weights, kv, scratch }: Readonly<Record<HeldFor, number>>): MemoryBytes {
  return { weightBytes: weights, kvBytes: kv, scratchBytes: scratch, totalBytes: weights + kv + scratch };
}

export interface MemoryNeeds extends MemoryBytes {
  contextLength: number;
  kv: KvType;
}

export interface FitOptions {
  /** Tokens of context that are wanted. */
  contextLength: number;
  kv: KvType;
  /** What matrices of floats become while they load; as they are stored if not named. */
  quantize?: QuantizedType | undefined;
  /** Most prompt tokens of one step: activations are made for so many. `usualMaxTokens` if not named. */
  maxTokens?: number;
}

export interface Fit {
  verdict: 'fits' | 'fits-with-less-context' | 'does-not-fit';
  /** What the wanted context needs. */
  needs: MemoryNeeds;
  budgetBytes: number;
  /** The longest context, up to the wanted one, that the budget holds; 0 where not even the shortest useful one does. */
  contextLength: number;
}

/** Below this a chat forgets its own start. */
const shortestContext = 1024;
const contextStep = 256;

/** Bytes of one head's keys, or values, of a token; q8: whole words of bytes, and of scales, two a word. */
export function kvRowBytes(kv: KvType, headDim: number): number {
  if (kv === 'q8') return 4 * (Math.ceil(headDim / 4) + Math.ceil(headDim / 64));
  return headDim * (kv === 'f16' ? 2 : 4);
}

export function shapeOf({ config, tensors }: Pick<Checkpoint, 'config' | 'tensors'>): ModelShape {
  const hasDenseLayers = tensors.has('blk.0.ffn_gate.weight') || config.expertCount === 0;
  return { ...sizesOf(config, hasDenseLayers), ...weightSizes(tensors) };
}

/** What all tensors take: as they are stored, and in each type that floats can become while they load. */
export function weightSizes(tensors: ReadonlyMap<string, TypedTensor>): WeightSizes {
  const bytesAs = (quantize?: QuantizedType) => {
    let bytes = 0;
    for (const tensor of tensors.values()) {
      const type = quantizedTypeOf(tensor, tensors, quantize) ?? tensor.type;
      bytes += deviceBytes({ type, shape: tensor.shape });
    }
    return bytes;
  };
  const quantizedBytes = canQuantize(tensors) ? { Q8_0: bytesAs('Q8_0'), Q4_K: bytesAs('Q4_K') } : null;
  return { weightBytes: bytesAs(), quantizedBytes };
}

export const weightBytesOf = ({ weightBytes, quantizedBytes }: WeightSizes, quantize?: QuantizedType): number =>
  (quantize && quantizedBytes?.[quantize]) ?? weightBytes;

function sizesOf(config: Qwen3Config, hasDenseLayers: boolean): Omit<ModelShape, keyof WeightSizes> {
  const { layerCount, hiddenSize, headCount, kvHeadCount, headDim, vocabularySize, contextLength } = config;
  const { expertCount, expertsUsed, expertIntermediateSize } = config;
  return {
    layerCount,
    hiddenSize,
    headCount,
    kvHeadCount,
    headDim,
    intermediateSize: hasDenseLayers ? config.intermediateSize : 0,
    expertCount,
    expertsUsed,
    expertIntermediateSize,
    vocabularySize,
    contextLength,
  };
}

/** Bytes for a context of `contextLength` tokens, which is cut to the model's own. */
export function memoryNeeds(shape: ModelShape, options: FitOptions): MemoryNeeds {
  const contextLength = Math.min(options.contextLength, shape.contextLength);
  const perToken = 2 * shape.layerCount * shape.kvHeadCount * kvRowBytes(options.kv, shape.headDim);
  const kvBytes = contextLength * perToken;
  // One more is on the device, or two where floats are quantised there.
  const chunks = uploadChunks + (options.quantize && shape.quantizedBytes ? 2 : 1);
  const scratchBytes = scratchOf(shape, contextLength, options.maxTokens ?? usualMaxTokens) + chunks * uploadChunkBytes;
  const weightBytes = weightBytesOf(shape, options.quantize);
  const totalBytes = weightBytes + kvBytes + scratchBytes;
  return { contextLength, kv: options.kv, weightBytes, kvBytes, scratchBytes, totalBytes };
}

/** Whether the wanted context fits into `budgetBytes` of the device, and if not, which does. */
export function fitInto(shape: ModelShape, options: FitOptions, budgetBytes: number): Fit {
  const needs = memoryNeeds(shape, options);
  if (needs.totalBytes <= budgetBytes)
    return { verdict: 'fits', needs, budgetBytes, contextLength: needs.contextLength };
  const fits = (contextLength: number) => memoryNeeds(shape, { ...options, contextLength }).totalBytes <= budgetBytes;
  let steps = 0;
  // Needs rise with the context, so halving the gap finds the longest that fits.
  for (let beyond = Math.ceil(needs.contextLength / contextStep); beyond - steps > 1;) {
    const middle = Math.floor((steps + beyond) / 2);
    if (fits(middle * contextStep)) steps = middle;
    else beyond = middle;
  }
  const contextLength = steps * contextStep;
  const enough = contextLength >= Math.min(shortestContext, shape.contextLength);
  return {
    verdict: enough ? 'fits-with-less-context' : 'does-not-fit',
    needs,
    budgetBytes,
    contextLength: enough ? contextLength : 0,
  };
}

/** What a cache of q8 makes of a fit: more context, or any; null where it does no better. */
export function betterWithQ8(shape: ModelShape, wanted: FitOptions, fit: Fit): Fit | null {
  if (fit.verdict === 'fits' || wanted.kv === 'q8') return null;
  const smaller = fitInto(shape, { ...wanted, kv: 'q8' }, fit.budgetBytes);
  return smaller.contextLength > fit.contextLength ? smaller : null;
}

/** A coarser type for weights of floats, and what it makes of a fit. */
export interface QuantizedFit {
  quantize: QuantizedType;
  fit: Fit;
}

/**
 * The finest of the types coarser than the wanted one that holds all of the wanted context, else the coarsest; null where
 * none fits, or nothing can be quantised further.
 */
export function coarserWeights(shape: ModelShape, wanted: FitOptions, budgetBytes: number): QuantizedFit | null {
  if (!shape.quantizedBytes) return null;
  const coarser = quantizedTypes.slice(wanted.quantize ? quantizedTypes.indexOf(wanted.quantize) + 1 : 0);
  const fits = coarser.map((quantize) => ({ quantize, fit: fitInto(shape, { ...wanted, quantize }, budgetBytes) }));
  const best = fits.find(({ fit }) => fit.verdict === 'fits') ?? fits.at(-1);
  return best && best.fit.verdict !== 'does-not-fit' ? best : null;
}

/** What quantising makes of a fit: more context, or any; null where it does no better. */
export function betterQuantized(shape: ModelShape, wanted: FitOptions, fit: Fit): QuantizedFit | null {
  if (fit.verdict === 'fits') return null;
  const coarser = coarserWeights(shape, wanted, fit.budgetBytes);
  return coarser && coarser.fit.contextLength > fit.contextLength ? coarser : null;
}

/** But for uploads. */
function scratchOf(shape: ModelShape, contextLength: number, maxTokens: number): number {
  const { hiddenSize, headCount, kvHeadCount, headDim, vocabularySize } = shape;
  const rows = Math.ceil(maxTokens / rowPadding) * rowPadding;
  const float = (width: number) => width * 4;
  // The other form beside a float input of a matrix, for every 16 columns: 16 int8 and 8 bytes of scales; or 16 halves for
  // matrix units, which alone take steps of more than usualMaxTokens.
  const formBytes = maxTokens > usualMaxTokens ? 32 : 24;
  const withForm = (width: number) => float(width) + Math.ceil(width / groupColumns) * 16 * formBytes;
  const feedForward =
    (shape.intermediateSize > 0 ? withForm(shape.intermediateSize) : 0) +
    (shape.expertCount > 0
      ? // Gate and up of each chosen expert, its product before the sum, id and weight; and the router's logits.
        shape.expertsUsed * (withForm(shape.expertIntermediateSize) + float(hiddenSize) + 8) + float(shape.expertCount)
      : 0);
  const perRow =
    float(hiddenSize) +
    withForm(hiddenSize) +
    float((headCount + 2 * kvHeadCount) * headDim) +
    withForm(headCount * headDim) +
    feedForward;
  const ropeTables = 2 * contextLength * (headDim / 2) * 4;
  const head = 2 * withForm(hiddenSize) + float(vocabularySize);
  // Counts and adjustments; summaries and the best of 1,024 tokens; the last tokens.
  const sampler = 12 * vocabularySize + Math.ceil(vocabularySize / 1024) * (64 + 160) + 4 * contextLength;
  const attentionSplits = 4 * headCount * 32 * (headDim * 4 + 8);
  return Math.ceil(rows * perRow + ropeTables + head + sampler + attentionSplits);
}
