// One answer, token by token: prefill of what the cache lacks, then decode steps submitted ahead of their results. Knows ids,
// not text.
import type { Backend } from '../backend/backend.ts';
import { EngineError } from '../errors.ts';
import type { StopReason, Timings, TokenInfo } from '../protocol.ts';
import type { Qwen3Model } from '../qwen3/model.ts';
import { checkSampling, type Sampling } from './sampling.ts';

/** A loaded model with its cache: which tokens the cache holds, from position 0 on. */
export interface Session {
  readonly backend: Backend;
  readonly model: Qwen3Model;
  cachedTokens: number[];
}

export interface GenerateSettings {
  sampling: Sampling;
  /** u32 */
  seed: number;
  alternatives: number;
  /** Any of them ends the answer; the end token itself is reported, as the last. */
  endTokenIds: ReadonlySet<number>;
  /** Ids from here on are padding and never drawn. */
  sampleableTokens: number;
}

export interface Outcome {
  reason: StopReason;
  timings: Timings;
}

export const noTimings: Timings = {
  promptTokens: 0,
  reusedTokens: 0,
  generatedTokens: 0,
  firstTokenMs: 0,
  prefillMs: 0,
  decodeMs: 0,
  tokensPerSecond: 0,
};

/**
 * Tokens of the prompt whose keys and values the cache still holds. The last token always runs: its logits are needed.
 */
export function reusableTokens(cached: readonly number[], prompt: readonly number[]): number {
  const most = Math.min(cached.length, prompt.length - 1);
  let count = 0;
  while (count < most && cached[count] === prompt[count]) count++;
  return count;
}

/** @throws EngineError `token-out-of-range`, `prompt-too-long` */
export function checkPrompt(prompt: readonly number[], vocabularySize: number, contextLength: number): void {
  if (prompt.length === 0) throw new EngineError('token-out-of-range', 'The prompt is empty.');
  const wrong = prompt.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
  if (wrong !== undefined) {
    throw new EngineError(
      'token-out-of-range',
      `Token ${wrong} is outside the vocabulary of ${vocabularySize.toLocaleString('en')} tokens.`,
    );
  }
  if (prompt.length >= contextLength) {
    throw new EngineError(
      'prompt-too-long',
      `The conversation has ${prompt.length.toLocaleString('en')} tokens, and this model's context holds ` +
        `${contextLength.toLocaleString('en')}. Shorten it or start a new chat.`,
    );
  }
}

/**
 * Runs the tokens from `from` on through the model, in chunks, the last of them as `lastProgram`.
 * @returns false when aborted in between
 */
export async function prefill(
  session: Session,
  prompt: readonly number[],
  from: number,
  lastProgram: Qwen3Model['step'],
  signal?: AbortSignal,
): Promise<boolean> {
  const { backend, model } = session;
  session.cachedTokens = prompt.slice(0, from);
  for (let at = from; at < prompt.length; at += backend.maxTokens) {
    if (signal?.aborted) return false;
    const chunk = prompt.slice(at, at + backend.maxTokens);
    backend.setTokens(chunk, at);
    await backend.run(at + chunk.length === prompt.length ? lastProgram : model.prefill, chunk.length);
    session.cachedTokens.push(...chunk);
  }
  return true;
}

/**
 * Yields the tokens of one answer as they are known; returns why it ended.
 * @throws EngineError `invalid-sampling`, `token-out-of-range`, `prompt-too-long`, `bad-weights`, `device-lost`
 */
export async function* generate(
  session: Session,
  prompt: readonly number[],
  settings: GenerateSettings,
  signal?: AbortSignal,
): AsyncGenerator<TokenInfo, Outcome> {
  const { backend, model } = session;
  const { sampling, seed, alternatives, sampleableTokens } = settings;
  checkSampling(sampling);
  checkPrompt(prompt, model.config.vocabularySize, model.contextLength);
  const started = performance.now();
  const reused = reusableTokens(session.cachedTokens, prompt);
  const room = model.contextLength - prompt.length;
  const most = Math.min(sampling.maxTokens ?? room, room);
  const clock = { firstToken: 0, last: 0 };
  const drawn: number[] = [];
  const outcome = (reason: StopReason): Outcome => ({
    reason,
    timings: timings(prompt.length, reused, drawn.length, started, clock),
  });

  backend.configureSampler(model.sampler, { sampling, seed, alternatives, sampleableTokens, prompt });
  if (!(await prefill(session, prompt, reused, model.step, signal))) return outcome('aborted');
  const inFlight: Promise<TokenInfo>[] = [];
  const expectToken = () => {
    const token = backend.sampled(model.sampler);
    // A failure is met when the token's turn comes; until then it is not unhandled.
    token.catch(() => {});
    inFlight.push(token);
  };
  expectToken();
  let submitted = 1;
  try {
    for (;;) {
      while (submitted < most && inFlight.length < backend.stepsAhead && !signal?.aborted) {
        const running = backend.run(model.step, 1);
        expectToken();
        submitted++;
        await running;
      }
      const next = inFlight.shift();
      if (!next) return outcome(signal?.aborted ? 'aborted' : drawn.length === room ? 'context' : 'length');
      const token = await next;
      if (signal?.aborted) return outcome('aborted');
      drawn.push(token.id);
      clock.last = performance.now();
      if (drawn.length === 1) clock.firstToken = clock.last;
      yield token;
      if (settings.endTokenIds.has(token.id)) return outcome('end');
    }
  } finally {
    // Steps submitted ahead have written keys and values beyond the answer: harmless, but they must be over.
    await Promise.allSettled(inFlight);
    // Each step after the first fed the token before it.
    session.cachedTokens.push(...drawn.slice(0, submitted - 1));
  }
}

function timings(
  promptTokens: number,
  reusedTokens: number,
  generatedTokens: number,
  started: number,
  { firstToken, last }: { firstToken: number; last: number },
): Timings {
  const decodeMs = generatedTokens > 1 ? last - firstToken : 0;
  const firstTokenMs = generatedTokens > 0 ? firstToken - started : 0;
  return {
    promptTokens,
    reusedTokens,
    generatedTokens,
    firstTokenMs,
    prefillMs: firstTokenMs,
    decodeMs,
    tokensPerSecond: decodeMs > 0 ? ((generatedTokens - 1) * 1000) / decodeMs : 0,
  };
}
