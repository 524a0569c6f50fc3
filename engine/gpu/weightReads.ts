// How many bytes of weights a dispatch has to read, for the profile: what is bound of matrices, and of experts only those that
// a step of so many tokens can choose.
import { embed, embed1token } from '../kernels/registry.ts';
import type { Dispatch } from './dispatch.ts';
import type { MatrixTarget } from './matrixParts.ts';

export class WeightReads {
  /** Of a token, in each layer. */
  expertsUsed = 1;
  /** Experts of the matrix that lies there, whole or in part. */
  readonly #slabs = new Map<unknown, { slabs: number; size: number }>();

  add({ parts, spec }: MatrixTarget): void {
    for (const { buffer } of parts) this.#slabs.set(buffer, { slabs: spec.slabs, size: buffer.size });
  }

  readBy({ kernel, buffers }: Dispatch, tokens: number): number {
    // A row a token.
    if (kernel === embed || kernel === embed1token) return 0;
    let bytes = 0;
    for (const bound of new Set<unknown>(Object.values(buffers))) {
      const part = this.#slabs.get(bound);
      if (part) bytes += part.size * Math.min(1, (this.expertsUsed * tokens) / part.slabs);
    }
    return bytes;
  }
}
