// An engine without a model: answers the worker's protocol with set texts, so that the window can be tested and looked
// at. What it does follows from the last message (/fail, /lost, /long-prompt, /think, /markdown, /very-long, /slow, /fast, /fine) and
// from the model's name (slow, broken, cpu, and large, which has no room for more than 4,096 tokens unless it is quantised).
import type { FromWorker, ModelInfo, ResidentOff, StopReason, LoadOptions, ToWorker } from '../../engine/protocol.ts';
import { fakeDistribution, fakeToken } from './fakeTokens.ts';
import { longAnswer, shortAnswer, thinkingAnswer } from './fakeAnswers.ts';

export const fakeModelInfo: ModelInfo = {
  name: 'Starter',
  architecture: 'qwen3moe',
  quantization: 'Q4_K_M',
  parameters: 64_000_000,
  byteLength: 41_238_976,
  vocabularySize: 16_384,
  trainedContext: 2048,
  contextLength: 2048,
  recommendedSampling: { temperature: 0.7, topP: 0.9, topK: 40 },
  canThink: false,
};

/** 200 tokens a second. */
const fastPace = 5;

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class FakeEngine {
  readonly received: ToWorker[] = [];
  readonly #post: (message: FromWorker) => void;
  readonly #pace: number;
  readonly #aborted = new Set<number>();
  #loaded = false;
  #seed = 48213;

  /** @param pace - Milliseconds between tokens. */
  constructor(post: (message: FromWorker) => void, pace: number) {
    this.#post = post;
    this.#pace = pace;
  }

  async receive(message: ToWorker): Promise<void> {
    this.received.push(message);
    const { id } = message;
    if (message.kind === 'load') await this.#load(id, message.model.id, message.options);
    else if (message.kind === 'generate') await this.#generate(message);
    else if (message.kind === 'abort') this.#aborted.add(message.target);
    else if (message.kind === 'count')
      this.#post({ kind: 'count', id, tokens: Math.ceil(JSON.stringify(message.of).length / 4), contextLength: 2048 });
    else if (message.kind === 'distribution')
      this.#post({ kind: 'distribution', id, distribution: fakeDistribution(message.sampling, message.most) });
    else if (message.kind === 'readAhead') this.#post({ kind: 'readAhead', id, promptTokens: 24, reusedTokens: 0 });
    else if (message.kind === 'unload') this.#post({ kind: 'unloaded', id });
    else
      this.#post({
        kind: 'stats',
        id,
        stats: {
          model: this.#loaded ? fakeModelInfo : null,
          backend: null,
          cachedTokens: 0,
          contextLength: 2048,
          memory: { weightBytes: 0, kvBytes: 0, scratchBytes: 0, totalBytes: 0 },
          memoryNeeds: null,
          dispatchesPerToken: 0,
        },
      });
  }

  async #load(
    id: number,
    modelId: string,
    { contextLength = 8192, quantize, tuning, resident }: LoadOptions,
  ): Promise<void> {
    const totalBytes = fakeModelInfo.byteLength;
    const steps = modelId.includes('slow') ? 400 : 5;
    for (let step = 0; step <= steps; step++) {
      const loadedBytes = Math.round((totalBytes * step) / steps);
      this.#post({ kind: 'progress', id, stage: 'weights', loadedBytes, totalBytes });
      await wait(this.#pace);
      if (this.#aborted.has(id))
        return this.#post({ kind: 'error', id, error: { code: 'aborted', message: 'Loading was stopped.' } });
    }
    if (modelId.includes('large') && contextLength > 4096 && !quantize)
      return this.#post({
        kind: 'error',
        id,
        error: { code: 'out-of-memory', message: 'The GPU does not have enough free memory for this model.' },
      });
    if (modelId.includes('broken'))
      return this.#post({
        kind: 'error',
        id,
        error: {
          code: 'truncated',
          message: 'The model file ends before its tensors do. Get it again, then try again.',
        },
      });
    this.#loaded = true;
    const onCpu = modelId.includes('cpu');
    this.#post({
      kind: 'loaded',
      id,
      model: fakeModelInfo,
      backend: onCpu
        ? { kind: 'cpu', name: 'CPU', software: false, activations: 'int8', kv: 'f16' }
        : {
            kind: 'webgpu',
            name: 'NVIDIA GeForce RTX 4090',
            software: false,
            activations: 'int8',
            kv: 'f16',
            residentOff: resident === 'off' ? 'off' : 'unmeasured',
          },
      ...((tuning === 'missing' || tuning === 'retune') && { tuned: 'found' }),
    });
  }

  /** As when resident layers were put to the proof after the load, or give up in an answer. */
  learn(tuned: string, residentOff: ResidentOff | null): void {
    this.#post({ kind: 'tuned', id: 0, tuned, residentOff });
  }

  async #generate(message: Extract<ToWorker, { kind: 'generate' }>): Promise<void> {
    const { id } = message;
    const said = message.messages.at(-1)?.content ?? '';
    if (said.includes('/long-prompt'))
      return this.#post({
        kind: 'error',
        id,
        error: { code: 'prompt-too-long', message: 'The chat has 2,310 tokens, and the context holds 2,048.' },
      });
    await wait(this.#pace * 5);
    const seed = message.sampling.seed ?? this.#seed++;
    this.#post({ kind: 'started', id, seed, promptTokens: 24, reusedTokens: 0 });
    const answer =
      message.continueLast || message.answer ? ' and goes on from there.' : answerTo(said, message.thinking === true);
    const pieces = (answer.match(said.includes('/fine') ? /[^]{1,3}/gu : /\s*\S+|\s+$/g) ?? []).slice(
      0,
      message.sampling.maxTokens ?? undefined,
    );
    const started = performance.now();
    let sent = 0;
    let reason: StopReason = message.sampling.maxTokens === pieces.length ? 'length' : 'end';
    for (const text of pieces) {
      await wait(said.includes('/slow') ? this.#pace * 20 : said.includes('/fast') ? fastPace : this.#pace);
      if (this.#aborted.has(id)) {
        reason = 'aborted';
        break;
      }
      if (sent === 12 && said.includes('/lost'))
        return this.#post({ kind: 'error', id, error: { code: 'device-lost', message: 'The GPU device was lost.' } });
      if (sent === 12 && said.includes('/fail'))
        return this.#post({
          kind: 'error',
          id,
          error: {
            code: 'out-of-memory',
            message: 'The GPU has no memory left for this answer. Close other programs.',
          },
        });
      this.#post({ kind: 'token', id, text, token: fakeToken(text, sent, message) });
      sent++;
    }
    const decodeMs = performance.now() - started;
    this.#post({
      kind: 'done',
      id,
      reason,
      timings: {
        promptTokens: 24,
        reusedTokens: 0,
        generatedTokens: sent,
        firstTokenMs: 38,
        prefillMs: 30,
        decodeMs,
        tokensPerSecond: sent > 1 ? (1000 * (sent - 1)) / decodeMs : 0,
      },
    });
  }
}

function answerTo(said: string, thinking: boolean): string {
  if (said.startsWith('Write a title')) return 'The salt of the sea';
  if (thinking || said.includes('/think')) return thinkingAnswer;
  if (said.includes('/very-long')) return `${longAnswer}\n\n`.repeat(12);
  return said.includes('/markdown') ? longAnswer : shortAnswer;
}
