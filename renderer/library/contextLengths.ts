// The lengths of context that lists offer. Pure.
const usual = [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072, 262_144];

/** Up to `most` tokens, that length and the one that is `set` among them. */
export function contextLengths(set: number | null, most: number | null = null): number[] {
  const fitting = most === null ? usual : [...usual.filter((length) => length < most), most];
  return set === null || fitting.includes(set) ? fitting : [...fitting, set].sort((a, b) => a - b);
}
