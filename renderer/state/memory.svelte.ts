// Whether a model fits this computer: weights, keys and values and scratch against the graphics memory that the user has
// named, or against a stated assumption. On the processor, against the engine's limit for files.
import {
  betterQuantized,
  betterWithQ8,
  coarserWeights,
  fitInto,
  quantizedTypes,
  usualMaxTokens,
  type Fit,
  type FitOptions,
  type KvType,
  type ModelShape,
  type QuantizedFit,
  type QuantizedType,
} from '../../engine/protocol.ts';
import type { ModelState } from './model.svelte.ts';
import type { SettingsState } from './settings.svelte.ts';

/** Assumed as graphics memory until the user has set it. */
export const assumedMemory = 8e9;
/** The context of models that allow more, as in the engine. */
export const usualContext = 8192;
/** On the processor: the engine's limit for files, and the bytes of memory that it needs for each byte of them. */
const largestOnProcessor = 1e9;
const processorBytesPerByte = 7;
const shortestContext = 1024;
const contextStep = 256;

export type FitStatement =
  | ({ on: 'gpu'; assumed: boolean; withQ8: Fit | null; quantized: QuantizedFit | null } & Fit)
  | { on: 'processor'; verdict: 'fits' | 'does-not-fit'; byteLength: number; neededBytes: number }
  | { on: 'nothing-known' };

export interface WeightChoice {
  /** null: as they are stored. */
  weights: QuantizedType | null;
  /** null on the processor, which unpacks all alike. */
  fit: Fit | null;
}

export class Memory {
  readonly #settings: SettingsState;
  readonly #model: ModelState;
  /** undefined until it is known. */
  hasGpu = $state<boolean | undefined>(undefined);
  /** Most prompt tokens that the adapter takes in a step: scratch memory is sized for them. */
  stepTokens = $state(usualMaxTokens);

  constructor(settings: SettingsState, model: ModelState) {
    this.#settings = settings;
    this.#model = model;
  }

  /** The engine knows best, once it has loaded a model. */
  get onProcessor(): boolean {
    const { backend } = this.#model;
    return backend ? backend.kind === 'cpu' : this.hasGpu === false;
  }

  /** null: not said yet. */
  get said(): number | null {
    return this.#settings.value.graphicsMemory ?? null;
  }

  get budget(): number {
    return this.said ?? assumedMemory;
  }

  get kv(): KvType {
    return this.#settings.value.kv ?? 'f16';
  }

  /** @param modelId - Of one that may have a context of its own. */
  wantedContext(shape: Pick<ModelShape, 'contextLength'>, modelId: string | null = null): number {
    return Math.min(this.#settings.contextOf(modelId) ?? usualContext, shape.contextLength);
  }

  /** @param byteLength - Of the files; null where it is not known. */
  fit(shape: ModelShape | null, byteLength: number | null, modelId: string | null = null): FitStatement {
    if (this.onProcessor) {
      if (byteLength === null) return { on: 'nothing-known' };
      const verdict = byteLength < largestOnProcessor ? 'fits' : 'does-not-fit';
      return { on: 'processor', verdict, byteLength, neededBytes: byteLength * processorBytesPerByte };
    }
    if (!shape) return { on: 'nothing-known' };
    const wanted = this.#wanted(shape, modelId);
    const fit = fitInto(shape, wanted, this.budget);
    const withQ8 = betterWithQ8(shape, wanted, fit);
    return { on: 'gpu', assumed: this.said === null, withQ8, quantized: betterQuantized(shape, wanted, fit), ...fit };
  }

  /** Every way that a model's weights can be loaded in, with what it needs; empty where there is but one. */
  weightChoices(shape: ModelShape, modelId: string): WeightChoice[] {
    if (!shape.quantizedBytes) return [];
    return [null, ...quantizedTypes].map((weights) => {
      const wanted = { ...this.#wanted(shape, modelId), quantize: weights ?? undefined };
      return { weights, fit: this.onProcessor ? null : fitInto(shape, wanted, this.budget) };
    });
  }

  /** A context to try after the present one did not fit: what should fit, or half where the present one should have; or null. */
  smallerContext(shape: ModelShape, modelId: string): number | null {
    const wanted = this.#wanted(shape, modelId);
    const tried = wanted.contextLength;
    const fit = fitInto(shape, wanted, this.budget);
    if (fit.verdict === 'does-not-fit') return null;
    if (fit.contextLength < tried) return fit.contextLength;
    const half = Math.floor(tried / 2 / contextStep) * contextStep;
    return half >= Math.min(shortestContext, shape.contextLength) ? half : null;
  }

  /** Coarser weights to try after the memory did not hold these; null where none would fit. */
  smallerWeights(shape: ModelShape, modelId: string): QuantizedType | null {
    return coarserWeights(shape, this.#wanted(shape, modelId), this.budget)?.quantize ?? null;
  }

  #wanted(shape: ModelShape, modelId: string | null): FitOptions {
    const quantize = this.#settings.weightsOf(modelId) ?? undefined;
    return { contextLength: this.wantedContext(shape, modelId), kv: this.kv, quantize, maxTokens: this.stepTokens };
  }
}
