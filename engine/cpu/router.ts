// CPU twin of kernels/router_topk.wgsl: softmax over all experts, the best k, renormalised and scaled as asked (spec 1.5).
import type { RouterRule } from '../backend/backend.ts';
import { matmul } from './matmul.ts';

/** Experts chosen for each token: [tokens, expertsUsed] each, best first. */
export interface RouteArrays {
  expertIds: Uint32Array;
  expertWeights: Float32Array;
}

export interface ExpertRule extends RouterRule {
  expertCount: number;
  expertsUsed: number;
}

let logits = new Float32Array(0);

/**
 * Lower id first on ties. A row with NaN gives experts 0 … k−1 with equal weights: ids stay in range, and the NaN shows
 * in the logits, where the sampler reports it.
 * @param router [expertCount, width]
 * @param input [tokens, width]
 */
export function router(
  weight: Float32Array,
  width: number,
  input: Float32Array,
  tokens: number,
  rule: ExpertRule,
  route: RouteArrays,
): void {
  const { expertCount } = rule;
  if (logits.length < tokens * expertCount) logits = new Float32Array(tokens * expertCount);
  matmul(weight, expertCount, width, input, tokens, logits);
  for (let t = 0; t < tokens; t++) {
    chooseExperts(logits.subarray(t * expertCount, (t + 1) * expertCount), rule, route, t * rule.expertsUsed);
  }
}

/** Top-k of one row of router logits, written to the route from `at` on. */
export function chooseExperts(row: Float32Array, rule: ExpertRule, route: RouteArrays, at: number): void {
  const { expertCount, expertsUsed, normalize, scale } = rule;
  let largest = -Infinity;
  let valid = true;
  for (let e = 0; e < expertCount; e++) {
    if (Number.isNaN(row[e])) valid = false;
    if (row[e] > largest) largest = row[e];
  }
  if (!valid || !Number.isFinite(largest)) {
    for (let k = 0; k < expertsUsed; k++) {
      route.expertIds[at + k] = k;
      route.expertWeights[at + k] = scale / expertsUsed;
    }
    return;
  }
  let total = 0;
  for (let e = 0; e < expertCount; e++) total += Math.exp(row[e] - largest);
  let chosen = 0;
  for (let k = 0; k < expertsUsed; k++) {
    let best = -1;
    for (let e = 0; e < expertCount; e++) {
      if ((best < 0 || row[e] > row[best]) && !taken(route.expertIds, at, k, e)) best = e;
    }
    route.expertIds[at + k] = best;
    route.expertWeights[at + k] = Math.exp(row[best] - largest);
    chosen += route.expertWeights[at + k];
  }
  const factor = scale / (normalize ? chosen : total);
  for (let k = 0; k < expertsUsed; k++) route.expertWeights[at + k] *= factor;
}

function taken(ids: Uint32Array, at: number, count: number, id: number): boolean {
  for (let k = 0; k < count; k++) if (ids[at + k] === id) return true;
  return false;
}
