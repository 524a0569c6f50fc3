// Device memory of a backend: every buffer it holds, counted by what it is for, and whether an allocation was refused. WebGPU
// tells that later, so callers await `settle` where they wait anyway.
import { EngineError } from '../errors.ts';
import type { HeldFor } from '../format/memoryNeeds.ts';
import { bufferUsage } from './constants.ts';
import type { BufferRange } from './types.ts';

const storage = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyDestination;

export interface BufferUse {
  heldFor?: HeldFor;
  /** Readable and writable by kernels and copies unless this says otherwise. */
  usage?: number;
  mapped?: boolean;
}

export class Buffers {
  readonly #device: GPUDevice;
  readonly #held = new Map<GPUBuffer, HeldFor>();
  readonly #bytes: Record<HeldFor, number> = { weights: 0, kv: 0, scratch: 0 };
  #checks: Promise<GPUError | null>[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get bytes(): Readonly<Record<HeldFor, number>> {
    return this.#bytes;
  }

  /** A buffer of at least `bytes`, zeroed. @throws EngineError `out-of-memory` for one that no device of this kind holds */
  create(
    label: string,
    bytes: number,
    { heldFor = 'scratch', usage = storage, mapped = false }: BufferUse = {},
  ): GPUBuffer {
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    if (size > this.#device.limits.maxBufferSize) throw outOfMemory(`${label}: ${size} bytes`);
    this.#device.pushErrorScope('out-of-memory');
    const buffer = this.#device.createBuffer({ label, size, usage, mappedAtCreation: mapped });
    this.#checks.push(this.#device.popErrorScope());
    this.#held.set(buffer, heldFor);
    this.#bytes[heldFor] += size;
    return buffer;
  }

  createRange(label: string, bytes: number, use: BufferUse): BufferRange {
    const buffer = this.create(label, bytes, use);
    return { buffer, offset: 0, size: buffer.size };
  }

  createFrom(label: string, values: Float32Array | Uint32Array, heldFor?: HeldFor): GPUBuffer {
    const buffer = this.create(label, values.byteLength, heldFor && { heldFor });
    this.#device.queue.writeBuffer(buffer, 0, values.buffer, values.byteOffset, values.byteLength);
    return buffer;
  }

  destroy(buffer: GPUBuffer): void {
    const heldFor = this.#held.get(buffer);
    if (!heldFor) return;
    this.#held.delete(buffer);
    this.#bytes[heldFor] -= buffer.size;
    buffer.destroy();
  }

  /** @throws EngineError `out-of-memory` when the device refused one of the buffers made so far */
  async settle(): Promise<void> {
    const checks = this.#checks;
    this.#checks = [];
    for (const error of await Promise.all(checks)) if (error) throw outOfMemory(error.message);
  }

  destroyAll(): void {
    for (const buffer of [...this.#held.keys()]) this.destroy(buffer);
  }
}

export function outOfMemory(detail: string): EngineError {
  return new EngineError('out-of-memory', 'The GPU does not have enough free memory for this model.', detail);
}
