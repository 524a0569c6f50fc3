// Results on their way back: a ring of staging buffers, each mapped as soon as its copy is submitted, so that steps follow
// each other without waiting for one another's results.
import type { Buffers } from './buffers.ts';
import { bufferUsage, mapMode } from './constants.ts';
import type { Guard } from './deviceHealth.ts';

export class Readback {
  readonly #buffers: Buffers;
  readonly #bytes: number;
  readonly #made: GPUBuffer[] = [];
  readonly #free: GPUBuffer[] = [];

  constructor(buffers: Buffers, bytes: number) {
    this.#buffers = buffers;
    this.#bytes = Math.ceil(bytes / 4) * 4;
  }

  /** Encodes the copy; call the returned function right after the submit, it gives the bytes once they are there. */
  copy(encoder: GPUCommandEncoder, source: GPUBuffer): () => Promise<ArrayBuffer> {
    const staging = this.#free.pop() ?? this.#make();
    encoder.copyBufferToBuffer(source, 0, staging, 0, this.#bytes);
    return async () => {
      await staging.mapAsync(mapMode.read);
      const bytes = staging.getMappedRange(0, this.#bytes).slice(0);
      staging.unmap();
      this.#free.push(staging);
      return bytes;
    };
  }

  destroy(): void {
    for (const buffer of this.#made) this.#buffers.destroy(buffer);
  }

  #make(): GPUBuffer {
    const usage = bufferUsage.mapRead | bufferUsage.copyDestination;
    const buffer = this.#buffers.create('readback', this.#bytes, { usage });
    this.#made.push(buffer);
    return buffer;
  }
}

/** The first bytes of a buffer, as all that was submitted before leaves them. */
export async function readOnce(
  device: GPUDevice,
  buffers: Buffers,
  { buffer, bytes }: { buffer: GPUBuffer; bytes: number },
  guard: Guard,
): Promise<ArrayBuffer> {
  const readback = new Readback(buffers, bytes);
  const encoder = device.createCommandEncoder();
  const result = readback.copy(encoder, buffer);
  device.queue.submit([encoder.finish()]);
  try {
    return await guard(result());
  } finally {
    readback.destroy();
  }
}
