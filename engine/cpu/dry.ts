// DRY (spec 5.2): which tokens would extend a repeat of what stands at the end of the text, and what that costs them.
// CPU twin of kernels/sample_repeats.wgsl.
import type { DryBreakers } from '../backend/backend.ts';

export interface DryRule {
  dryMultiplier: number;
  dryBase: number;
  dryAllowedLength: number;
  dryWindow: number | null;
}

export const noBreakers: DryBreakers = { single: new Set(), sequences: new Map() };

/** ln of the largest f32. */
const largestExponent = 88.7228391;

/** Repeats longer than this cost no more. */
export function longestRepeat({ dryBase, dryAllowedLength }: DryRule): number {
  const steps = dryBase > 1.000001 ? Math.floor(largestExponent / Math.log(dryBase)) : 0;
  return dryAllowedLength + steps;
}

/** What a repeat of `length` costs the token that would extend it. */
export function dryPenalty(length: number, rule: DryRule): number {
  if (length < rule.dryAllowedLength) return 0;
  return rule.dryMultiplier * rule.dryBase ** (Math.min(length, longestRepeat(rule)) - rule.dryAllowedLength);
}

/** How many of the last tokens a repeat may span: those after the newest breaker. `from`: start of the window. */
export function reachOf(ids: readonly number[], from: number, { single, sequences }: DryBreakers): number {
  const length = ids.length - from;
  for (let back = 0; back < length; back++) {
    const at = ids.length - 1 - back;
    let tail = single.has(ids[at]) ? 0 : -1;
    for (const rest of sequences.get(ids[at]) ?? [])
      if (rest.length <= back && rest.length > tail && rest.every((id, i) => ids[at + 1 + i] === id))
        tail = rest.length;
    if (tail >= 0) return back - tail;
  }
  return length;
}

/**
 * Length of the longest repeat that each token would extend, where it is at least the allowed length: the longest common
 * suffix of the text up to an earlier place and of the whole text, for the token that follows that place.
 */
export function repeats(ids: readonly number[], rule: DryRule, breakers: DryBreakers): Map<number, number> {
  const found = new Map<number, number>();
  const from = Math.max(0, ids.length - (rule.dryWindow ?? ids.length));
  const reach = reachOf(ids, from, breakers);
  if (reach < rule.dryAllowedLength) return found;
  const length = ids.length - from;
  // Z-algorithm on the reversed window: common[i] is the length of the common suffix with the text that ends i tokens back.
  const common = new Uint32Array(length);
  const last = ids.length - 1;
  let [left, right] = [0, 0];
  for (let i = 1; i < length; i++) {
    let same = i < right ? Math.min(right - i, common[i - left]) : 0;
    while (i + same < length && ids[last - same] === ids[last - i - same]) same++;
    if (i + same > right) [left, right] = [i, i + same];
    common[i] = same;
    const repeat = Math.min(same, reach);
    const next = ids[last - i + 1];
    if (repeat < rule.dryAllowedLength || breakers.single.has(next)) continue;
    if (repeat > (found.get(next) ?? 0)) found.set(next, repeat);
  }
  return found;
}
