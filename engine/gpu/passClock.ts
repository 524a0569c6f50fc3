// How long a compute pass takes on the device: by its own clock where it offers timestamps, otherwise by the wall clock
// around submit and completion, which adds what a submit costs.
import type { Buffers } from './buffers.ts';
import { bufferUsage } from './constants.ts';
import { Readback } from './readback.ts';

export class PassClock {
  readonly #device: GPUDevice;
  readonly #buffers: Buffers;
  readonly #queries: GPUQuerySet | null;
  readonly #resolved: GPUBuffer | null;
  readonly #readback: Readback;

  constructor(device: GPUDevice, buffers: Buffers) {
    this.#device = device;
    this.#buffers = buffers;
    const offered = device.features.has('timestamp-query');
    this.#queries = offered ? device.createQuerySet({ label: 'passClock', type: 'timestamp', count: 2 }) : null;
    const usage = bufferUsage.queryResolve | bufferUsage.copySource;
    this.#resolved = offered ? buffers.create('passClock', 16, { usage }) : null;
    this.#readback = new Readback(buffers, 16);
  }

  /** Milliseconds of one pass with what `encode` puts into it. */
  async measure(encode: (pass: GPUComputePassEncoder) => void): Promise<number> {
    const [queries, resolved] = [this.#queries, this.#resolved];
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass(
      queries
        ? { timestampWrites: { querySet: queries, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } }
        : undefined,
    );
    encode(pass);
    pass.end();
    if (queries && resolved) {
      encoder.resolveQuerySet(queries, 0, 2, resolved, 0);
      const times = this.#readback.copy(encoder, resolved);
      this.#device.queue.submit([encoder.finish()]);
      const [begin, end] = new BigUint64Array(await times());
      return Number(end - begin) / 1e6;
    }
    const commands = encoder.finish();
    await this.#device.queue.onSubmittedWorkDone();
    const started = performance.now();
    this.#device.queue.submit([commands]);
    await this.#device.queue.onSubmittedWorkDone();
    return performance.now() - started;
  }

  destroy(): void {
    this.#queries?.destroy();
    if (this.#resolved) this.#buffers.destroy(this.#resolved);
    this.#readback.destroy();
  }
}
