// What the reckoning of memory says, as words: a verdict, and the numbers behind it. Pure.
import type { Fit, QuantizedFit, QuantizedType } from '../../engine/protocol.ts';
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
  /** The same of coarser weights. */
  weightsOffer: string;
}

const noOffers = { parts: '', offer: '', weightsOffer: '' };

export function describeFit(fit: FitStatement): FitWords {
  if (fit.on === 'nothing-known')
    return { tone: 'unknown', verdict: text.library.fit.unknown, numbers: '', ...noOffers };
  if (fit.on === 'processor') {
    return fit.verdict === 'fits'
      ? {
          tone: 'good',
          verdict: text.library.fit.onProcessor,
          numbers: text.library.fit.processorFits(formatBytes(fit.neededBytes)),
          ...noOffers,
        }
      : {
          tone: 'bad',
          verdict: text.library.fit.notOnProcessor,
          numbers: text.library.fit.processor(formatBytes(fit.byteLength)),
          ...noOffers,
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
  return { ...verdictOf(fit, fit.assumed), numbers, parts, offer, weightsOffer: weightsOfferOf(fit.quantized) };
}

/** @param assumed - Nobody has said how much memory there is. */
export function verdictOf({ verdict, contextLength }: Fit, assumed: boolean): Pick<FitWords, 'tone' | 'verdict'> {
  const words = text.library.fit;
  if (verdict === 'fits') return { tone: 'good', verdict: words.fits };
  if (verdict === 'fits-with-less-context')
    return { tone: 'tight', verdict: words.fitsWith(formatCount(contextLength)) };
  return assumed ? { tone: 'tight', verdict: words.mayNotFit } : { tone: 'bad', verdict: words.doesNotFit };
}

/** How many bits of a weight a person is told of: Q4_K's scales make it a little more. */
export const bitsOf = (weights: QuantizedType): number => (weights === 'Q8_0' ? 8 : 4);

function offerOf(withQ8: Fit | null): string {
  if (!withQ8) return '';
  const { fitsQ8, fitsQ8With } = text.library.fit;
  return withQ8.verdict === 'fits' ? fitsQ8 : fitsQ8With(formatCount(withQ8.contextLength));
}

function weightsOfferOf(quantized: QuantizedFit | null): string {
  if (!quantized) return '';
  const { fitsQuantized, fitsQuantizedWith } = text.library.fit;
  const { quantize, fit } = quantized;
  const bits = bitsOf(quantize);
  return fit.verdict === 'fits' ? fitsQuantized(bits) : fitsQuantizedWith(bits, formatCount(fit.contextLength));
}
