// Resident layers on trial on the device: the same tokens drawn by them and by a phase at a time, to the bit, logits like those of the
// ordinary launches, and what a token takes either way. Overwrites the cache. A give-up, or anything that is not equal, ends it.
import { spreadOf } from '../../bench/spread.ts';
import { alike } from '../../tuner/outputs.ts';
import type { Buffers } from '../buffers.ts';
import type { Guard } from '../deviceHealth.ts';
import type { GpuProgram, ResidentStep } from '../program.ts';
import { Readback } from '../readback.ts';
import type { GpuSampler } from '../sampler.ts';

export interface TrialHost {
  readonly device: GPUDevice;
  readonly buffers: Buffers;
  readonly sampler: GpuSampler;
  readonly contextLength: number;
  /** Makes a step of this token at this position the next one, to be drawn by the race with this seed. */
  readonly prepare: (token: number, position: number, seed: number) => void;
  /** @throws EngineError `aborted`, `device-lost` */
  readonly check: () => void;
  /** What is on its way, or `aborted` at once: a driver compiles for seconds, and who stops a trial does not wait for that. */
  readonly unlessStopped: <Result>(work: Promise<Result>) => Promise<Result>;
  readonly guard: Guard;
}

/** Milliseconds of a token. */
export interface TrialTimes {
  readonly resident: number;
  readonly ordinary: number;
}

/** How much is compared. */
export interface TrialLength {
  /** Tokens that are drawn before results are compared. */
  readonly tokens: number;
  /** Runs from an empty context, and behind so many tokens that workgroups share keys. */
  readonly emptyRuns: number;
  readonly deepRuns: number;
  /** What the proof may take in all; it is none where not half of the runs from an empty context are done by then. */
  readonly mostMs: number;
}

const usualLength: TrialLength = { tokens: 32, emptyRuns: 8, deepRuns: 2, mostMs: 10_000 };
/** Steps of which logits are compared, and the most that they may differ, of the largest: sums run in another order, which tips roundings. */
const comparedSteps = 8;
const tolerance = 0.1;
/** Milliseconds of steps that are on their way at a time, one at least: a stop waits for them. */
const aheadMs = 40;
/** How many they are before it is known how long one takes. A proof knows from the steps whose logits it compares. */
const firstAhead = 8;
/** Words of what a step leaves that are compared: id, whether it is usable, both log-probabilities. */
const words = 4;

export class ResidentTrial {
  readonly #host: TrialHost;
  readonly #ordinary: GpuProgram;
  readonly #step: ResidentStep;
  readonly #length: TrialLength;
  /** Steps on their way at a time. */
  #ahead = firstAhead;

  constructor(host: TrialHost, ordinary: GpuProgram, step: ResidentStep, length = usualLength) {
    this.#host = host;
    this.#ordinary = ordinary;
    this.#step = step;
    this.#length = length;
  }

  /** Milliseconds of a token, the least of a few runs; null where it gave up. */
  async time(): Promise<number | null> {
    let least = Infinity;
    for (let seed = 0; seed < 3; seed++) {
      const run = await this.#draw(this.#step.program, 0, seed);
      if (run.gaveUp) return null;
      least = Math.min(least, run.ms);
    }
    return least;
  }

  /** @param phased the step's own, recorded. @returns null where the proof failed */
  async prove(phased: GpuProgram): Promise<TrialTimes | null> {
    if (!(await this.#isLikeOrdinary())) return null;
    const { contextLength } = this.#host;
    const { tokens, emptyRuns, deepRuns, mostMs } = this.#length;
    const deep = this.#step.grid.directKeys + tokens;
    const positions = new Array<number>(emptyRuns).fill(0);
    if (deep + tokens <= contextLength) positions.push(...new Array<number>(deepRuns).fill(deep));
    const times: { resident: number[]; ordinary: number[] } = { resident: [], ordinary: [] };
    const started = performance.now();
    for (const [seed, position] of positions.entries()) {
      if (performance.now() - started > mostMs) break;
      const expected = await this.#draw(phased, position, seed);
      const actual = await this.#draw(this.#step.program, position, seed);
      if (expected.gaveUp || actual.gaveUp || !isSame(expected.drawn, actual.drawn)) return null;
      times.resident.push(actual.ms);
      times.ordinary.push((await this.#draw(this.#ordinary, position, seed)).ms);
    }
    if (times.resident.length < emptyRuns / 2) return null;
    return { resident: spreadOf(times.resident).median, ordinary: spreadOf(times.ordinary).median };
  }

  /** Roundings differ, and a router's near-tie may go the other way in a step: most must be alike. */
  async #isLikeOrdinary(): Promise<boolean> {
    const expected = await this.#logits(this.#ordinary);
    const actual = await this.#logits(this.#step.program);
    const near = expected.filter((row, i) => alike(row, actual[i], tolerance));
    return near.length > expected.length / 2;
  }

  async #logits(program: GpuProgram): Promise<Float32Array[]> {
    const { device, buffers, sampler, prepare, check, guard } = this.#host;
    const { logits, vocabularySize } = sampler;
    if (!logits) return [];
    const readback = new Readback(buffers, 4 * vocabularySize);
    const rows: Float32Array[] = [];
    let least = Infinity;
    try {
      for (let position = 0; position < comparedSteps; position++) {
        check();
        prepare((position * 7919 + 13) % vocabularySize, position, 0);
        const started = performance.now();
        const encoder = device.createCommandEncoder();
        program.encode(encoder, 1);
        const row = readback.copy(encoder, logits);
        device.queue.submit([encoder.finish()]);
        rows.push(new Float32Array(await guard(row())));
        least = Math.min(least, performance.now() - started);
      }
    } finally {
      readback.destroy();
    }
    this.#ahead = Math.ceil(aheadMs / least);
    return rows;
  }

  /** Draws tokens one after another, each fed to the next step. */
  async #draw(
    program: GpuProgram,
    position: number,
    seed: number,
  ): Promise<{ drawn: Uint32Array; ms: number; gaveUp: boolean }> {
    const { device, buffers, sampler, prepare, check, guard } = this.#host;
    check();
    const tokens = Math.min(this.#length.tokens, this.#host.contextLength);
    const bytes = 4 * words;
    const gathered = buffers.create('trial', (tokens + 1) * bytes);
    const readback = new Readback(buffers, (tokens + 1) * bytes);
    const onTheirWay: Promise<void>[] = [];
    try {
      prepare((seed * 7919 + 13) % sampler.vocabularySize, position, seed);
      await device.queue.onSubmittedWorkDone();
      const started = performance.now();
      for (let i = 0; i < tokens; i++) {
        const encoder = device.createCommandEncoder();
        program.encode(encoder, 1);
        encoder.copyBufferToBuffer(sampler.result, 0, gathered, i * bytes, bytes);
        device.queue.submit([encoder.finish()]);
        onTheirWay.push(device.queue.onSubmittedWorkDone().catch(() => {}));
        if (onTheirWay.length < this.#ahead) continue;
        await onTheirWay.shift();
        check();
      }
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(this.#step.exchange, 0, gathered, tokens * bytes, 4);
      const result = readback.copy(encoder, gathered);
      device.queue.submit([encoder.finish()]);
      const all = new Uint32Array(await guard(result()));
      const ms = (performance.now() - started) / tokens;
      this.#ahead = Math.ceil(aheadMs / ms);
      const gaveUp = program !== this.#ordinary && all[tokens * words] !== 0;
      return { drawn: all.subarray(0, tokens * words), ms, gaveUp };
    } finally {
      readback.destroy();
      buffers.destroy(gathered);
    }
  }
}

/** Noise proves nothing: every token must be usable. */
function isSame(expected: Uint32Array, actual: Uint32Array): boolean {
  return expected.every((word, i) => word === actual[i] && (i % words !== 1 || word === 0));
}
