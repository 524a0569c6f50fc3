// Uploads through mapped buffers: a few chunks go round, so that filling one overlaps with copying another, and no more than
// that is ever held on the host. (queue.writeBuffer copies once more, and was measured at 1.3 GB/s.)
import { uploadChunks } from '../format/deviceLayout.ts';
import type { Buffers } from './buffers.ts';
import { bufferUsage, mapMode } from './constants.ts';

export class Staging {
  readonly #device: GPUDevice;
  readonly #buffers: Buffers;
  readonly #chunkBytes: number;
  readonly #chunks: GPUBuffer[] = [];
  readonly #free: GPUBuffer[] = [];
  readonly #waiting: ((chunk: GPUBuffer) => void)[] = [];
  readonly #fail: ((error: unknown) => void)[] = [];

  constructor(device: GPUDevice, buffers: Buffers, chunkBytes: number) {
    this.#device = device;
    this.#buffers = buffers;
    this.#chunkBytes = chunkBytes;
  }

  get chunkBytes(): number {
    return this.#chunkBytes;
  }

  /** A mapped chunk, to be given back by `submit`. Its bytes are those of an earlier use. */
  async take(): Promise<GPUBuffer> {
    const chunk = this.#free.pop();
    if (chunk) return chunk;
    if (this.#chunks.length < uploadChunks) {
      const usage = bufferUsage.mapWrite | bufferUsage.copySource;
      const made = this.#buffers.create('staging', this.#chunkBytes, { usage, mapped: true });
      this.#chunks.push(made);
      return made;
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve);
      this.#fail.push(reject);
    });
  }

  /** Submits what takes the chunk's bytes, in the order of calls, and maps the chunk again when that is done. */
  submit(chunk: GPUBuffer, encode: (encoder: GPUCommandEncoder) => void): void {
    chunk.unmap();
    const encoder = this.#device.createCommandEncoder();
    encode(encoder);
    this.#device.queue.submit([encoder.finish()]);
    chunk.mapAsync(mapMode.write).then(
      () => {
        this.#fail.shift();
        const next = this.#waiting.shift();
        if (next) next(chunk);
        else this.#free.push(chunk);
      },
      (error: unknown) => {
        this.#waiting.shift();
        this.#fail.shift()?.(error);
      },
    );
  }
}
