// CPU twin of kernels/shared/sampler/sampler_selection.wgsl: finds where the ranking of tokens (score descending, lower id first on ties) is
// cut by top-k or top-p, by radix select on order-preserving keys, so that nothing is sorted.

/** Bits of a key that each pass looks at, from the top. */
const digits = [
  { shift: 21, size: 2048 },
  { shift: 10, size: 2048 },
  { shift: 0, size: 1024 },
] as const;

const histogram = new Float64Array(2048);

/** Maps f32 bits to u32 so that keys order as the numbers do; −0 and 0 are the same. */
export function orderedKey(bits: number): number {
  if (bits === 0x80000000) return bits;
  return (bits & 0x80000000 ? ~bits : bits | 0x80000000) >>> 0;
}

/** Share of the total that a nucleus must reach: ⌊total · p⌋ exactly, at least 1; `share` is p · 2³². */
export function nucleusTarget(total: number, share: number): number {
  return Math.max(1, Number((BigInt(total) * BigInt(share)) >> 32n));
}

/**
 * Keeps of `ids[0…count)` (ascending) the shortest prefix of the ranking whose weights reach the target.
 * @param scoreBits bits of the f32 scores, by token id
 * @param weights by token id; null counts every token once
 * @param target given the sum of the weights
 * @returns how many are kept; they are moved to the front of `ids`, still ascending
 */
export function keepBest(
  ids: Uint32Array,
  count: number,
  scoreBits: Uint32Array,
  weights: Uint32Array | null,
  target: (total: number) => number,
): number {
  let prefix = 0;
  let mask = 0;
  let remaining = -1;
  for (const { shift, size } of digits) {
    histogram.fill(0, 0, size);
    for (let i = 0; i < count; i++) {
      const id = ids[i];
      const key = orderedKey(scoreBits[id]);
      if ((key & mask) >>> 0 === prefix) histogram[(key >>> shift) & (size - 1)] += weights ? weights[id] : 1;
    }
    if (remaining < 0) {
      let total = 0;
      for (let digit = 0; digit < size; digit++) total += histogram[digit];
      remaining = target(total);
      if (remaining > total) return count;
    }
    let digit = size - 1;
    while (digit > 0 && histogram[digit] < remaining) remaining -= histogram[digit--];
    prefix = (prefix | (digit << shift)) >>> 0;
    mask = (mask | ((size - 1) << shift)) >>> 0;
  }
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const id = ids[i];
    const key = orderedKey(scoreBits[id]);
    if (key < prefix) continue;
    if (key === prefix) {
      if (remaining <= 0) continue;
      remaining -= weights ? weights[id] : 1;
    }
    ids[kept++] = id;
  }
  return kept;
}
