// Steps at work: the tokens of the next one, runs of programs behind each other without waiting, and the tokens that they draw on
// their way back.
import type { AheadLimits, SamplerSettings } from '../backend/backend.ts';
import { EngineError } from '../errors.ts';
import type { TokenInfo } from '../generate/tokenInfo.ts';
import type { Buffers } from './buffers.ts';
import { ChainSteps } from './chainSteps.ts';
import type { DeviceHealth } from './deviceHealth.ts';
import { DrawnTokens } from './drawnTokens.ts';
import type { GpuProgram } from './program.ts';
import { configureGpuSampler, type GpuSampler } from './sampler.ts';
import { stepState } from './types.ts';

export interface StepsHost {
  readonly device: GPUDevice;
  readonly buffers: Buffers;
  readonly health: DeviceHealth;
  /** Most tokens in one step. */
  readonly maxTokens: number;
}

/** More than two only while results come late (generate/stepsAhead.ts). */
const usualAhead: AheadLimits = { steps: 16, together: 4 };
/** A step whose token the CPU draws begins when the one before has ended. */
const chainAhead: AheadLimits = { steps: 2, together: 1 };

export class Steps {
  /** See stepState. */
  readonly state: GPUBuffer;
  readonly #host: StepsHost;
  readonly #ahead: AheadLimits;
  readonly #drawn: DrawnTokens;
  readonly #chain: ChainSteps;
  /** Done when the last run of a program that draws nothing is. */
  #before = Promise.resolve();

  constructor(host: StepsHost, ahead: Partial<AheadLimits> = {}) {
    const { device, buffers, health, maxTokens } = host;
    this.#host = host;
    this.#ahead = { ...usualAhead, ...ahead };
    this.state = buffers.create('step', (stepState.ids + maxTokens) * 4);
    this.#drawn = new DrawnTokens(buffers, health.guard);
    this.#chain = new ChainSteps(device, buffers, this.state, health.guard);
  }

  /** Tokens of the next step, the first of them at this position. */
  setTokens(tokens: ArrayLike<number>, position: number): void {
    const { device, maxTokens } = this.#host;
    if (tokens.length === 0 || tokens.length > maxTokens)
      throw new EngineError('internal', `A step of ${tokens.length} tokens; 1 to ${maxTokens} fit.`);
    const words = new Uint32Array(stepState.ids + tokens.length);
    words[stepState.position] = position;
    words[stepState.tokens] = tokens.length;
    words.set(tokens, stepState.ids);
    device.queue.writeBuffer(this.state, 0, words);
    this.#chain.position = position;
  }

  aheadOf(sampler: GpuSampler): AheadLimits {
    return sampler.chain ? chainAhead : this.#ahead;
  }

  /** Submits `steps` runs in a row. @returns for a program that draws nothing, when it may be given more */
  run(program: GpuProgram, tokens: number, steps: number): void | Promise<void> {
    const { device, health } = this.#host;
    health.check();
    const { sampler, resident } = program;
    if (sampler?.chain) {
      for (let i = 0; i < steps; i++) this.#drawn.add(sampler, this.#chain.run(program, sampler, tokens));
      return;
    }
    const layers = tokens === 1 ? resident : null;
    const launched = layers?.program ?? program;
    const isLong = tokens > 1;
    const encoder = isLong ? launched.begin(device, tokens) : device.createCommandEncoder();
    const submitted: (() => void)[] = [];
    for (let i = 0; i < steps; i++) {
      if (!isLong) launched.encode(encoder, tokens);
      if (sampler) submitted.push(this.#drawn.expect(encoder, sampler, layers));
    }
    device.queue.submit([encoder.finish()]);
    for (const isSubmitted of submitted) isSubmitted();
    if (sampler) return;
    // One such run at work and one queued: enough to keep a device busy, and a stop is seen between chunks of a prompt.
    const before = this.#before;
    this.#before = device.queue.onSubmittedWorkDone().catch(() => {});
    return before;
  }

  /** Starts an answer; tokens that were drawn for the one before are nobody's. */
  configureSampler(sampler: GpuSampler, settings: SamplerSettings): void {
    this.#drawn.forget(sampler);
    configureGpuSampler(this.#host.device.queue, sampler, settings);
  }

  /** The tokens in their order, one a call. @throws EngineError `bad-weights`, `device-lost`; StepsLost */
  next(sampler: GpuSampler): Promise<TokenInfo> {
    return this.#drawn.next(sampler);
  }
}
