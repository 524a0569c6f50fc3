// Device memory of a backend: every buffer it holds, counted, and whether an allocation was refused. WebGPU tells that
// later, so callers await `settle` where they wait anyway.
import { EngineError } from '../errors.ts';
import { bufferUsage } from './constants.ts';

const storage = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyDestination;

export class Buffers {
  readonly #device: GPUDevice;
  readonly #held = new Set<GPUBuffer>();
  #checks: Promise<GPUError | null>[] = [];
  #bytes = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A buffer of at least `bytes`, zeroed, readable and writable by kernels and copies unless `usage` says otherwise. */
  create(label: string, bytes: number, usage: number = storage): GPUBuffer {
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    if (size > this.#device.limits.maxBufferSize) throw outOfMemory(`${label}: ${size} bytes`);
    this.#device.pushErrorScope('out-of-memory');
    const buffer = this.#device.createBuffer({ label, size, usage });
    this.#checks.push(this.#device.popErrorScope());
    this.#held.add(buffer);
    this.#bytes += size;
    return buffer;
  }

  createFrom(label: string, values: Float32Array | Uint32Array): GPUBuffer {
    const buffer = this.create(label, values.byteLength);
    this.#device.queue.writeBuffer(buffer, 0, values.buffer, values.byteOffset, values.byteLength);
    return buffer;
  }

  destroy(buffer: GPUBuffer): void {
    if (!this.#held.delete(buffer)) return;
    this.#bytes -= buffer.size;
    buffer.destroy();
  }

  /** @throws EngineError `out-of-memory` when the device refused one of the buffers made so far */
  async settle(): Promise<void> {
    const checks = this.#checks;
    this.#checks = [];
    for (const error of await Promise.all(checks)) if (error) throw outOfMemory(error.message);
  }

  destroyAll(): void {
    for (const buffer of this.#held) buffer.destroy();
    this.#held.clear();
    this.#bytes = 0;
  }
}

export function outOfMemory(detail: string): EngineError {
  return new EngineError('out-of-memory', 'The GPU does not have enough free memory for this model.', detail);
}
