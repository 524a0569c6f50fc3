// CPU twin of kernels/down.wgsl: down projection of the chosen experts, weighted and added to the residual (spec 1.5).
import { forEachExpert, type ExpertShape } from './gateUp.ts';
import { multiplyRows } from './multiplyRows.ts';
import type { RouteArrays } from './router.ts';

let products = new Float32Array(0);

/**
 * hidden[t] += Σ_j expertWeights[t, j] · (down[expertIds[t, j]] · input[t, j]), in slot order, so that it is deterministic.
 * @param down [expertCount, hiddenSize, intermediateSize]
 * @param input [tokens · expertsUsed, intermediateSize]
 * @param route null: dense, hidden[t] += down · input[t]
 * @param hidden [tokens, hiddenSize]
 */
export function down(
  weight: Float32Array,
  shape: ExpertShape,
  input: Float32Array,
  tokens: number,
  route: RouteArrays | null,
  hidden: Float32Array,
): void {
  const { hiddenSize, intermediateSize } = shape;
  const used = route ? shape.expertsUsed : 1;
  const slots = tokens * used;
  if (products.length < slots * hiddenSize) products = new Float32Array(slots * hiddenSize);
  forEachExpert(shape, tokens, route, (expert, _tokenRows, slotRows, count) => {
    const product = {
      weight,
      weightOffset: expert * hiddenSize * intermediateSize,
      rows: hiddenSize,
      columns: intermediateSize,
      input,
      output: products,
      outputStride: hiddenSize,
      outputColumn: 0,
      accumulate: false,
    };
    multiplyRows(product, slotRows, slotRows, count);
  });
  for (let slot = 0; slot < slots; slot++) {
    const share = route ? route.expertWeights[slot] : 1;
    const to = Math.floor(slot / used) * hiddenSize;
    for (let i = 0; i < hiddenSize; i++) hidden[to + i] += share * products[slot * hiddenSize + i];
  }
}
