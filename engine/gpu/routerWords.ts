// The words to which workgroups add their shares of a router's logits (kernels/shared/experts/router_words.wgsl): one buffer for all
// layers and programs, because who reads them is followed by who empties them (down_1token). Whoever launches one of these alone empties
// them himself.
import type { Buffers } from './buffers.ts';

/** Of an expert's logit, in lines of a cache that so many logits share. */
const logitWords = 3;
const lineWords = 32;
const logitsALine = 8;
/** For the logits of so many experts. */
export const routerWordsOf = (experts: number) => Math.ceil(experts / logitsALine) * logitWords * lineWords;
/** Shares that fit. */
export const mostAdditions = 255;

export class RouterWords {
  readonly #device: Pick<GPUDevice, 'queue'>;
  readonly #buffers: Pick<Buffers, 'create'>;
  /** By the number of experts. */
  readonly #made = new Map<number, GPUBuffer>();

  constructor(device: Pick<GPUDevice, 'queue'>, buffers: Pick<Buffers, 'create'>) {
    this.#device = device;
    this.#buffers = buffers;
  }

  /** All 0 between steps. */
  of(experts: number): GPUBuffer {
    let words = this.#made.get(experts);
    if (!words) this.#made.set(experts, (words = this.#buffers.create('routerWords', routerWordsOf(experts) * 4)));
    return words;
  }

  empty(): void {
    for (const words of this.#made.values()) this.#device.queue.writeBuffer(words, 0, new Uint32Array(words.size / 4));
  }
}

/** Logits without the rms of the hidden state, as the kernels read them. */
export function decodeRouterWords(words: Uint32Array, experts: number): Float32Array {
  const placeOf = (expert: number) =>
    Math.floor(expert / logitsALine) * logitWords * lineWords + (expert % logitsALine);
  const chunk = (word: number, expert: number) => (words[placeOf(expert) + word * lineWords] | 0) >> 8;
  return Float32Array.from(
    { length: experts },
    (_, expert) => chunk(0, expert) * 16 + chunk(1, expert) * 2 ** -11 + chunk(2, expert) * 2 ** -26,
  );
}
