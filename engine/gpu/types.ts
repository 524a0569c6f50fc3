// What the backend's handles are on a GPU: the buffers behind the interfaces of backend/backend.ts, and the step state.
import type { KvLayer, Matrix, RopeTable, Route, Tensor, Vector } from '../backend/backend.ts';
import type { KvType } from '../format/memoryNeeds.ts';
import type { GpuFeatures } from './device.ts';

/** Where something lies in a buffer, in bytes; `offset` is one that a binding may have. */
export interface BufferRange {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** f32 [width] */
export interface GpuVector extends Vector {
  readonly buffer: GPUBuffer;
}

/**
 * f32 [rows, width], row stride = width. `rows` is the room: maxTokens (rounded up to rowPadding, format/deviceLayout.ts) × slots, or 1 for extent
 * `last`. Row t·slots + s belongs to token t. Kernels may write rows beyond the step's tokens; nobody reads them.
 */
export interface GpuTensor extends Tensor {
  readonly buffer: GPUBuffer;
  readonly rows: number;
  /** The same rows quantised, in the forms that some matmul wants (quantize_rows). */
  quantized: Partial<Record<QuantizedForm, QuantizedRows>> | null;
}

/**
 * Columns padded to 256. What integer arithmetic reads, blocks of 16 int8: `int8` as bytes, for dot4I8Packed; `pairs` two
 * 16-bit halves a word (shared/activations/input_pairs.wgsl), for software adapters, where that instruction is slow. `halves`: f16 for
 * matrix units (shared/tiles/half_rows.wgsl).
 */
export type QuantizedForm = 'int8' | 'pairs' | 'halves';

/** values: [rows, columns/16] × 16 or 32 bytes; scales: [rows, columns/16] × (f32 scale, f32 scale·Σ); halves have none. */
export interface QuantizedRows {
  /** In steps of up to so many tokens. */
  readonly tokens: number;
  readonly values: GPUBuffer;
  readonly scales: GPUBuffer;
}

/** A matrix lies in one buffer, or in several where the device's binding limit is lower than its size. */
export interface GpuMatrix extends Matrix {
  /** Names the WGSL reader (kernels/shared/weights/weights_<layout>.wgsl); not the stored type where that was re-laid losslessly. */
  readonly layout: WeightLayout;
  readonly parts: readonly MatrixPart[];
}

export type WeightLayout =
  'f32' | 'f16' | 'bf16' | 'q8_0' | 'q4_0' | 'q4_1' | 'q5_0' | 'q5_1' | 'q4_k' | 'q5_k' | 'q6_k'; // prettier-ignore

export interface MatrixPart {
  readonly buffer: BufferRange;
  /** Of the matrix's slabs and, within each slab, of its rows: what this part holds. firstRow is a multiple of 16. */
  readonly firstSlab: number;
  readonly slabs: number;
  readonly firstRow: number;
  readonly rows: number;
}

/** ids: u32 [tokens, expertsUsed]; weights: f32 [tokens, expertsUsed]; room for as many tokens as tensors have. */
export interface GpuRoute extends Route {
  readonly expertCount: number;
  readonly ids: GPUBuffer;
  readonly weights: GPUBuffer;
  /** For each layer, every recordStride bytes: ids u32 [expertsUsed]; half a stride after it weights f32 [expertsUsed]. */
  readonly record: GPUBuffer;
  readonly recordStride: number;
  /** A sampler reports the experts of this answer's tokens. */
  recording: boolean;
}

/**
 * keys, values: [contextLength, kvHeadCount, headDim] of f32, of f16 in pairs (pack2x16float, lower index first), or of int8 with scales
 * behind them (kernels/shared/attention/kv_q8.wgsl).
 */
export interface GpuKvLayer extends KvLayer {
  readonly type: KvType;
  readonly keys: BufferRange;
  readonly values: BufferRange;
}

/** cos, sin: f32 [contextLength, headDim / 2], both in one buffer. */
export interface GpuRopeTable extends RopeTable {
  readonly buffer: GPUBuffer;
  readonly cos: BufferRange;
  readonly sin: BufferRange;
}

/**
 * The step that runs next, as u32 words: [0] position of the first token, [1] tokens in the step, [2…] their ids.
 * The sampler's kernel moves it on: position += tokens, tokens = 1, ids[0] = the token drawn.
 */
export const stepState = { position: 0, tokens: 1, ids: 2 } as const;

/** What functions in ops/ need besides their tensors. */
export interface OpContext {
  readonly device: GPUDevice;
  readonly features: GpuFeatures;
  readonly maxTokens: number;
  /** See stepState. */
  readonly step: GPUBuffer;
  /** Makes a buffer that lives as long as the backend; out of memory shows when the program is recorded. */
  createBuffer(label: string, bytes: number, usage?: number): GPUBuffer;
}
