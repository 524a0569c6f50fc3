// What the reckoning of memory says, as words: a verdict, and the numbers behind it. Pure.
import type { Fit } from '../../engine/protocol.ts';
import type { FitStatement } from '../state/memory.svelte.ts';
import { formatBytes, formatCount } from '../text/format.ts';
import { text } from '../text/text.ts';

export interface FitWords {
  tone: 'good' | 'tight' | 'bad' | 'unknown';
  verdict: string;
  /** Needed of what there is. */
  numbers: string;
  /** What the need is made of. */
  parts: string;
  /** What a smaller cache would make of it; empty where it would not help. */
  offer: string;
}

export function describeFit(fit: FitStatement): FitWords {
  if (fit.on === 'nothing-known')
    return { tone: 'unknown', verdict: text.library.fit.unknown, numbers: '', parts: '', offer: '' };
  if (fit.on === 'processor') {
    return fit.verdict === 'fits'
      ? {
          tone: 'good',
          verdict: text.library.fit.onProcessor,
          numbers: text.library.fit.processorFits(formatBytes(fit.neededBytes)),
          parts: '',
          offer: '',
        }
      : {
          tone: 'bad',
          verdict: text.library.fit.notOnProcessor,
          numbers: text.library.fit.processor(formatBytes(fit.byteLength)),
          parts: '',
          offer: '',
        };
  }
  const { needs } = fit;
  const budget = formatBytes(fit.budgetBytes);
  const numbers = text.library.fit.numbers(
    formatBytes(needs.totalBytes),
    fit.assumed ? text.library.fit.assumed(budget) : budget,
    formatCount(needs.contextLength),
  );
  const parts = text.library.fit.parts(
    formatBytes(needs.weightBytes),
    formatBytes(needs.kvBytes),
    formatBytes(needs.scratchBytes),
  );
  const offer = offerOf(fit.withQ8);
  const rest = { numbers, parts, offer };
  if (fit.verdict === 'fits') return { tone: 'good', verdict: text.library.fit.fits, ...rest };
  if (fit.verdict === 'does-not-fit' && fit.assumed)
    return { tone: 'tight', verdict: text.library.fit.mayNotFit, ...rest };
  if (fit.verdict === 'does-not-fit') return { tone: 'bad', verdict: text.library.fit.doesNotFit, ...rest };
  return { tone: 'tight', verdict: text.library.fit.fitsWith(formatCount(fit.contextLength)), ...rest };
}

function offerOf(withQ8: Fit | null): string {
  if (!withQ8) return '';
  const { fitsQ8, fitsQ8With } = text.library.fit;
  return withQ8.verdict === 'fits' ? fitsQ8 : fitsQ8With(formatCount(withQ8.contextLength));
}
