// How many bytes of weights a dispatch has to read, for the profile: what is bound of matrices, and of experts only those that
// a step of so many tokens can choose.
import { embed } from '../kernels/registry.ts';
import type { Dispatch } from './dispatch.ts';
import type { MatrixTarget } from './matrixParts.ts';

export class WeightReads {
  /** Of a token, in each layer. */
  expertsUsed = 1;
  /** Experts of the matrix that lies in a buffer, whole or in part. */
  readonly #slabs = new Map<GPUBuffer, number>();

  add({ parts, spec }: MatrixTarget): void {
    for (const { buffer } of parts) this.#slabs.set(buffer, spec.slabs);
  }

  readBy({ kernel, buffers }: Dispatch, tokens: number): number {
    // A row a token.
    if (kernel === embed) return 0;
    const bound = new Set(Object.values(buffers).map((bound) => ('buffer' in bound ? bound.buffer : bound)));
    let bytes = 0;
    for (const buffer of bound) {
      const slabs = this.#slabs.get(buffer);
      if (slabs !== undefined) bytes += buffer.size * Math.min(1, (this.expertsUsed * tokens) / slabs);
    }
    return bytes;
  }
}
