// Tokens that runs have drawn and nobody has asked for yet, in order, for each sampler: on their way back or here.
import { EngineError } from '../errors.ts';
import type { TokenInfo } from '../protocol.ts';
import { Readback } from './readback.ts';
import { decodeRecord, type GpuSamplerMemory } from './sampler.ts';

interface Line {
  readback: Readback;
  waiting: Promise<TokenInfo>[];
}

export class DrawnTokens {
  readonly #device: GPUDevice;
  readonly #guard: (mapped: Promise<ArrayBuffer>) => Promise<ArrayBuffer>;
  readonly #lines = new Map<GpuSamplerMemory, Line>();

  /** @param guard turns a failed mapping into the error that made it fail */
  constructor(device: GPUDevice, guard: (mapped: Promise<ArrayBuffer>) => Promise<ArrayBuffer>) {
    this.#device = device;
    this.#guard = guard;
  }

  /** Encodes the copy of what a run draws; call the returned function right after the submit. */
  expect(encoder: GPUCommandEncoder, sampler: GpuSamplerMemory): () => void {
    const { readback, waiting } = this.#line(sampler);
    const result = readback.copy(encoder, sampler.result);
    return () => {
      const drawn = this.#guard(result()).then((record) => decodeRecord(record, sampler));
      // Asked for later, or never when the answer is stopped.
      drawn.catch(() => {});
      waiting.push(drawn);
    };
  }

  /** @throws EngineError `bad-weights`, `device-lost` */
  next(sampler: GpuSamplerMemory): Promise<TokenInfo> {
    const drawn = this.#line(sampler).waiting.shift();
    return drawn ?? Promise.reject(new EngineError('internal', 'No run has drawn a token.'));
  }

  forget(sampler: GpuSamplerMemory): void {
    this.#line(sampler).waiting.length = 0;
  }

  destroy(): void {
    for (const { readback } of this.#lines.values()) readback.destroy();
  }

  #line(sampler: GpuSamplerMemory): Line {
    let line = this.#lines.get(sampler);
    if (!line) {
      line = { readback: new Readback(this.#device, sampler.result.size), waiting: [] };
      this.#lines.set(sampler, line);
    }
    return line;
  }
}
