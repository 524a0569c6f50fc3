// Activations on the device: room for the rows of a step of as many tokens as the back end takes, and for their quantised forms.
import { rowPadding } from '../format/deviceLayout.ts';
import type { Buffers } from './buffers.ts';
import { recordStrideOf } from './ops/recordExperts.ts';
import type { GpuRoute, GpuTensor, QuantizedForm, QuantizedRows } from './types.ts';
import { groupsOf } from './weightLayouts.ts';

export class Activations {
  readonly #buffers: Buffers;
  readonly #paddedTokens: number;
  readonly #routerLogits = new Map<number, GpuTensor>();

  constructor(buffers: Buffers, maxTokens: number) {
    this.#buffers = buffers;
    this.#paddedTokens = padded(maxTokens);
  }

  /** f32 [maxTokens · slots, width], or [1, width] for extent `last`. */
  createTensor(label: string, width: number, extent: 'tokens' | 'last' = 'tokens', slots = 1): GpuTensor {
    const rows = extent === 'last' ? 1 : this.#paddedTokens * slots;
    const buffer = this.#buffers.create(label, rows * width * 4);
    return { label, width, extent, slots, rows, buffer, quantized: null };
  }

  /** ids u32 and weights f32, [maxTokens, expertsUsed], and the record of `layers` layers. */
  createRoute(expertsUsed: number, expertCount: number, layers: number): GpuRoute {
    const bytes = this.#paddedTokens * expertsUsed * 4;
    const recordStride = recordStrideOf(expertsUsed);
    return {
      expertsUsed,
      expertCount,
      layers,
      ids: this.#buffers.create('expertIds', bytes),
      weights: this.#buffers.create('expertWeights', bytes),
      record: this.#buffers.create('expertRecord', layers * recordStride),
      recordStride,
      recording: false,
    };
  }

  /** f32 [maxTokens, experts], the same for all layers with so many. */
  routerLogits(experts: number): GpuTensor {
    let logits = this.#routerLogits.get(experts);
    if (!logits) this.#routerLogits.set(experts, (logits = this.createTensor('routerLogits', experts)));
    return logits;
  }

  /** Room for a form of a tensor's rows in steps of up to `tokens` tokens. */
  quantizedRows({ label, width, rows, slots }: GpuTensor, form: QuantizedForm, tokens: number): QuantizedRows {
    const blocks = Math.min(rows, padded(tokens) * slots) * groupsOf(width) * 16;
    const values = this.#buffers.create(`${label}.${form}`, blocks * (form === 'int8' ? 16 : 32));
    const scales = form === 'halves' ? values : this.#buffers.create(`${label}.scales`, blocks * 8);
    return { tokens, values, scales };
  }
}

const padded = (tokens: number): number => Math.ceil(tokens / rowPadding) * rowPadding;
