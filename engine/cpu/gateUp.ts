// CPU twin of kernels/gate_up.wgsl: silu(gate·x) ⊙ (up·x), for a dense layer or for each chosen expert (spec 1.5).
import { multiplyRows, rowsInOrder } from './multiplyRows.ts';
import type { RouteArrays } from './router.ts';

export interface ExpertShape {
  /** Outputs of gate and up, inputs of down. */
  intermediateSize: number;
  hiddenSize: number;
  expertCount: number;
  expertsUsed: number;
}

let ups = new Float32Array(0);

/**
 * @param gate, up [expertCount, intermediateSize, hiddenSize] (expertCount 1 without a route)
 * @param input [tokens, hiddenSize]
 * @param route null: dense
 * @param output [tokens · expertsUsed, intermediateSize], row = token · expertsUsed + slot
 */
export function gateUp(
  gate: Float32Array,
  up: Float32Array,
  shape: ExpertShape,
  input: Float32Array,
  tokens: number,
  route: RouteArrays | null,
  output: Float32Array,
): void {
  const { intermediateSize, hiddenSize } = shape;
  const slots = tokens * (route ? shape.expertsUsed : 1);
  if (ups.length < slots * intermediateSize) ups = new Float32Array(slots * intermediateSize);
  forEachExpert(shape, tokens, route, (expert, tokenRows, slotRows, count) => {
    const product = {
      weight: gate,
      weightOffset: expert * intermediateSize * hiddenSize,
      rows: intermediateSize,
      columns: hiddenSize,
      input,
      output,
      outputStride: intermediateSize,
      outputColumn: 0,
      accumulate: false,
    };
    multiplyRows(product, tokenRows, slotRows, count);
    multiplyRows({ ...product, weight: up, output: ups }, tokenRows, slotRows, count);
  });
  for (let i = 0; i < slots * intermediateSize; i++) output[i] = (output[i] / (1 + Math.exp(-output[i]))) * ups[i];
}

let slotsByExpert = new Int32Array(0);
let tokensByExpert = new Int32Array(0);

/** Calls back once for each expert that some token chose, with the tokens and the slots (token · k + j) that it serves. */
export function forEachExpert(
  shape: { expertCount: number; expertsUsed: number },
  tokens: number,
  route: RouteArrays | null,
  visit: (expert: number, tokenRows: Int32Array, slotRows: Int32Array, count: number) => void,
): void {
  if (!route) return visit(0, rowsInOrder(tokens), rowsInOrder(tokens), tokens);
  const slots = tokens * shape.expertsUsed;
  if (slotsByExpert.length < slots) {
    slotsByExpert = new Int32Array(slots);
    tokensByExpert = new Int32Array(slots);
  }
  for (let expert = 0; expert < shape.expertCount; expert++) {
    let count = 0;
    for (let slot = 0; slot < slots; slot++) {
      if (route.expertIds[slot] !== expert) continue;
      slotsByExpert[count] = slot;
      tokensByExpert[count++] = Math.floor(slot / shape.expertsUsed);
    }
    if (count > 0) visit(expert, tokensByExpert, slotsByExpert, count);
  }
}
