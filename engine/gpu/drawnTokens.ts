// Tokens that runs have drawn and nobody has asked for yet, in order, for each sampler: on their way back or here.
import { StepsLost } from '../backend/backend.ts';
import { EngineError } from '../errors.ts';
import type { TokenInfo } from '../generate/tokenInfo.ts';
import type { Buffers } from './buffers.ts';
import type { Guard } from './deviceHealth.ts';
import { decodeExperts } from './ops/recordExperts.ts';
import { Readback } from './readback.ts';
import type { ResidentStep } from './program.ts';
import { decodeRecord, type GpuSampler } from './sampler.ts';

interface Line {
  readback: Readback;
  /** Of the record of chosen experts; made when it is first wanted. */
  experts: Readback | null;
  /** Of the word that says whether a step of resident layers gave up. */
  gaveUp: Readback | null;
  waiting: Promise<TokenInfo>[];
}

export class DrawnTokens {
  readonly #buffers: Buffers;
  readonly #guard: Guard;
  readonly #lines = new Map<GpuSampler, Line>();

  constructor(buffers: Buffers, guard: Guard) {
    this.#buffers = buffers;
    this.#guard = guard;
  }

  /**
   * Encodes the copy of what a run draws; call the returned function right after the submit. A token of a `resident` step that
   * gave up is a `StepsLost`.
   */
  expect(encoder: GPUCommandEncoder, sampler: GpuSampler, resident: ResidentStep | null): () => void {
    const line = this.#line(sampler);
    const result = line.readback.copy(encoder, sampler.result);
    const { route } = sampler;
    let record: (() => Promise<ArrayBuffer>) | null = null;
    if (route?.recording) {
      line.experts ??= new Readback(this.#buffers, route.record.size);
      record = line.experts.copy(encoder, route.record);
    }
    let flag: (() => Promise<ArrayBuffer>) | null = null;
    if (resident) {
      line.gaveUp ??= new Readback(this.#buffers, 4);
      flag = line.gaveUp.copy(encoder, resident.exchange);
    }
    return () => {
      const finished = flag && this.#guard(flag()).then(checkFinished);
      const token = Promise.all([this.#guard(result()), finished]).then(([bytes]) => decodeRecord(bytes, sampler));
      const drawn =
        record && route
          ? Promise.all([token, this.#guard(record())]).then(([info, bytes]) => {
              return { ...info, experts: decodeExperts(bytes, route) };
            })
          : token;
      this.add(sampler, drawn);
    };
  }

  /** A token that is drawn otherwise takes its place in the line. */
  add(sampler: GpuSampler, drawn: Promise<TokenInfo>): void {
    // Asked for later, or never when the answer is stopped.
    drawn.catch(() => {});
    this.#line(sampler).waiting.push(drawn);
  }

  /** @throws EngineError `bad-weights`, `device-lost`; StepsLost */
  next(sampler: GpuSampler): Promise<TokenInfo> {
    const drawn = this.#line(sampler).waiting.shift();
    return drawn ?? Promise.reject(new EngineError('internal', 'No run has drawn a token.'));
  }

  forget(sampler: GpuSampler): void {
    this.#line(sampler).waiting.length = 0;
  }

  #line(sampler: GpuSampler): Line {
    let line = this.#lines.get(sampler);
    if (!line) {
      line = { readback: new Readback(this.#buffers, sampler.result.size), experts: null, gaveUp: null, waiting: [] };
      this.#lines.set(sampler, line);
    }
    return line;
  }
}

function checkFinished(flag: ArrayBuffer): void {
  if (new Uint32Array(flag)[0] !== 0) throw new StepsLost('The resident layers gave up.');
}
