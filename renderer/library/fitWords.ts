// What the reckoning of memory says, as words: a verdict, and the numbers behind it. Pure.
import type { FitStatement } from '../state/memory.svelte.ts';
import { formatBytes, formatCount } from '../text/format.ts';
import { text } from '../text/english.ts';

export interface FitWords {
  tone: 'good' | 'tight' | 'bad' | 'unknown';
  verdict: string;
  /** Needed of what there is. */
  numbers: string;
  /** What the need is made of. */
  parts: string;
}

const words = text.library.fit;

export function describeFit(fit: FitStatement): FitWords {
  if (fit.on === 'nothing-known') return { tone: 'unknown', verdict: words.unknown, numbers: '', parts: '' };
  if (fit.on === 'processor') {
    return fit.verdict === 'fits'
      ? {
          tone: 'good',
          verdict: words.onProcessor,
          numbers: words.processorFits(formatBytes(fit.neededBytes)),
          parts: '',
        }
      : {
          tone: 'bad',
          verdict: words.notOnProcessor,
          numbers: words.processor(formatBytes(fit.byteLength)),
          parts: '',
        };
  }
  const { needs } = fit;
  const numbers = words.numbers(
    formatBytes(needs.totalBytes),
    formatBytes(fit.budgetBytes),
    formatCount(needs.contextLength),
  );
  const parts = words.parts(
    formatBytes(needs.weightBytes),
    formatBytes(needs.kvBytes),
    formatBytes(needs.scratchBytes),
  );
  if (fit.verdict === 'fits') return { tone: 'good', verdict: words.fits, numbers, parts };
  if (fit.verdict === 'does-not-fit') return { tone: 'bad', verdict: words.doesNotFit, numbers, parts };
  return { tone: 'tight', verdict: words.fitsWith(formatCount(fit.contextLength)), numbers, parts };
}
