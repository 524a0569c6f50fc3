// The readers of weights that the engine's worker starts in a window, and how many (measured in engine/LOG.md).
import type { Readers } from './stripedPart.ts';

const mostReaders = 4;

/** @param wanted - so many for every file, however small. @returns null: the engine's own thread reads */
export function pageReaders(wanted?: number): Readers | null {
  const count = wanted ?? Math.min(mostReaders, Math.floor(navigator.hardwareConcurrency / 2));
  if (count < 1) return null;
  return {
    count,
    worthBytes: wanted === undefined ? 256 * 2 ** 20 : 0,
    stripeBytes: 32 * 2 ** 20,
    blockBytes: 2 * 2 ** 20,
    start: () => new Worker(new URL('./weightReader.ts', import.meta.url), { type: 'module', name: 'weight reader' }),
  };
}
