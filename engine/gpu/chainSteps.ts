// Steps whose next token the CPU draws, from logits that are read back: each is submitted when the token of the one before is
// known, and the token is written where the next step reads it.
import { EngineError } from '../errors.ts';
import type { TokenInfo } from '../generate/tokenInfo.ts';
import type { Buffers } from './buffers.ts';
import type { Guard } from './deviceHealth.ts';
import { decodeExperts } from './ops/recordExperts.ts';
import type { GpuProgram } from './program.ts';
import { Readback } from './readback.ts';
import type { GpuSampler } from './sampler.ts';
import { stepState } from './types.ts';

export class ChainSteps {
  readonly #device: GPUDevice;
  readonly #buffers: Buffers;
  readonly #step: GPUBuffer;
  readonly #guard: Guard;
  readonly #readbacks = new Map<GPUBuffer, Readback>();
  #before: Promise<unknown> = Promise.resolve();
  /** Where the next step begins, since the tokens were last set. */
  position = 0;

  constructor(device: GPUDevice, buffers: Buffers, step: GPUBuffer, guard: Guard) {
    this.#device = device;
    this.#buffers = buffers;
    this.#step = step;
    this.#guard = guard;
  }

  /** Runs the program and draws; in order of the calls. */
  run(program: GpuProgram, sampler: GpuSampler, tokens: number): Promise<TokenInfo> {
    const drawn = this.#before.then(() => this.#run(program, sampler, tokens));
    this.#before = drawn.catch(() => {});
    return drawn;
  }

  async #run(program: GpuProgram, sampler: GpuSampler, tokens: number): Promise<TokenInfo> {
    const { chain, logits, route } = sampler;
    if (!chain || !logits) throw new EngineError('internal', 'No chain is set up.');
    const encoder = program.begin(this.#device, tokens);
    const row = this.#readback(logits).copy(encoder, logits);
    const record = route?.recording ? this.#readback(route.record).copy(encoder, route.record) : null;
    this.#device.queue.submit([encoder.finish()]);
    const [values, experts] = await Promise.all([this.#guard(row()), record && this.#guard(record())]);
    const id = chain.draw(new Float32Array(values, 0, sampler.vocabularySize));
    this.position += tokens;
    const words = new Uint32Array(stepState.ids + 1);
    words.set([this.position, 1, id]);
    this.#device.queue.writeBuffer(this.#step, 0, words);
    const token = chain.take();
    if (token instanceof EngineError) throw token;
    return experts && route ? { ...token, experts: decodeExperts(experts, route) } : token;
  }

  #readback(source: GPUBuffer): Readback {
    let readback = this.#readbacks.get(source);
    if (!readback) this.#readbacks.set(source, (readback = new Readback(this.#buffers, source.size)));
    return readback;
  }
}
