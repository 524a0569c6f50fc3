// One answer, token by token: prefill of what the cache lacks, then decode steps submitted ahead of their results. Knows ids,
// not text.
import { StepsLost, type SamplerSettings } from '../backend/backend.ts';
import { logSumExp } from '../cpu/race.ts';
import { rawLogprobs } from '../cpu/sample.ts';
import { EngineError } from '../errors.ts';
import type { StopReason, Timings } from '../protocol.ts';
import { checkPrompt, prefill, reusableTokens } from './prefill.ts';
import { checkSampling } from './sampling.ts';
import type { Session } from './session.ts';
import { StepsAhead } from './stepsAhead.ts';
import { ThinkingBudget, type ThinkingLimit } from './thinkingBudget.ts';
import type { TokenInfo } from './tokenInfo.ts';

/** How to answer; `prompt` is a parameter of its own. An `answer` that is there already goes on after its last token. */
export interface GenerateSettings extends Omit<SamplerSettings, 'prompt' | 'answer'> {
  answer?: readonly number[];
  /** Any of them ends the answer; the end token itself is reported, as the last. */
  endTokenIds: ReadonlySet<number>;
  /** Asked after each token: true ends the answer. */
  ended?: () => boolean;
  thinking?: ThinkingLimit;
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
 * Yields the tokens of one answer as they are known; returns why it ended.
 * @throws EngineError `invalid-sampling`, `token-out-of-range`, `prompt-too-long`, `bad-weights`, `device-lost`
 */
export async function* generate(
  session: Session,
  conversation: readonly number[],
  settings: GenerateSettings,
  signal?: AbortSignal,
): AsyncGenerator<TokenInfo, Outcome> {
  const { backend, model } = session;
  const { answer = [], endTokenIds, ended = () => false, thinking: limit, ...sampler } = settings;
  const { sampling } = settings;
  checkSampling(sampling);
  const prompt = [...conversation, ...answer];
  checkPrompt(prompt, model.config.vocabularySize, model.contextLength);
  const started = performance.now();
  const reused = reusableTokens(session.cachedTokens, prompt);
  const room = model.contextLength - prompt.length;
  const most = Math.min((sampling.maxTokens ?? Infinity) - answer.length, room);
  const clock = { firstToken: 0, last: 0 };
  const drawn: number[] = [];
  const outcome = (reason: StopReason): Outcome => ({
    reason,
    timings: timings(prompt.length, reused, drawn.length, started, clock),
  });
  if (most < 1) return outcome('length');

  const budget = limit ? new ThinkingBudget(limit) : null;
  for (const id of answer) budget?.push(id);
  const configure = () =>
    backend.configureSampler(model.sampler, { ...sampler, prompt: conversation, answer: [...answer, ...drawn] });
  const take = (token: TokenInfo): TokenInfo => {
    drawn.push(token.id);
    budget?.push(token.id);
    clock.last = performance.now();
    if (drawn.length === 1) clock.firstToken = clock.last;
    return token;
  };

  configure();
  if (!(await prefill(session, prompt, reused, model.step, signal))) return outcome('aborted');
  const ahead = new StepsAhead(backend.ahead(model.sampler));
  const inFlight: Promise<TokenInfo>[] = [];
  const expectToken = () => {
    const token = backend.sampled(model.sampler);
    // A failure is met when the token's turn comes; until then it is not unhandled.
    token.catch(() => {});
    inFlight.push(token);
  };
  expectToken();
  /** Tokens drawn or on their way. */
  let submitted = 1;
  /** Goes on after the last token that is known; what else was on its way is nobody's. */
  const drawAgain = async () => {
    await Promise.allSettled(inFlight.splice(0));
    const all = prompt.concat(drawn);
    configure();
    backend.setTokens(all.slice(-1), all.length - 1);
    const running = backend.run(model.step, 1);
    expectToken();
    submitted = drawn.length + 1;
    await running;
  };
  try {
    for (;;) {
      if (budget?.isUsedUp && drawn.length < most && !signal?.aborted) {
        // What was drawn beyond the budget is thrown away; the closing tokens take its place.
        await Promise.allSettled(inFlight.splice(0));
        for (const id of budget.closing) {
          if (drawn.length === most) break;
          const token = await force(session, settings, prompt.concat(drawn), id);
          yield take(token);
          submitted = drawn.length;
        }
        if (drawn.length < most && !signal?.aborted && !ended()) {
          await drawAgain();
        }
        if (ended()) return outcome('end');
      }
      const steps = signal?.aborted ? 0 : ahead.next(inFlight.length, most - submitted);
      if (steps > 0) {
        const running = backend.run(model.step, 1, steps);
        for (let i = 0; i < steps; i++) expectToken();
        submitted += steps;
        await running;
      }
      const next = inFlight.shift();
      if (!next) return outcome(signal?.aborted ? 'aborted' : drawn.length === room ? 'context' : 'length');
      const token = await next.catch(unlessLost);
      if (signal?.aborted) return outcome('aborted');
      if (token === null) {
        await drawAgain();
        continue;
      }
      take(token);
      ahead.took(clock.last);
      yield token;
      if (endTokenIds.has(token.id) || ended()) return outcome('end');
    }
  } finally {
    // Steps submitted ahead have written keys and values beyond the answer: harmless, but they must be over.
    await Promise.allSettled(inFlight);
    // Each step after the first fed the token before it.
    session.cachedTokens.push(...drawn.slice(0, submitted - 1));
  }
}

function unlessLost(error: unknown): null {
  if (error instanceof StepsLost) return null;
  throw error;
}

/** A token that is written without being drawn, after `tokens`, whose last may not have been fed yet. */
async function force(
  { backend, model }: Session,
  { sampleableTokens, alternatives, experts }: GenerateSettings,
  tokens: readonly number[],
  id: number,
): Promise<TokenInfo> {
  backend.setTokens(tokens.slice(-1), tokens.length - 1);
  await backend.run(model.score, 1);
  const logits = await backend.read(model.logits, 1);
  const sum = logSumExp(logits, logits.length);
  if (Number.isNaN(sum)) throw new EngineError('bad-weights', 'The model computed numbers that are not usable.');
  const raw = rawLogprobs(logits, sum, sampleableTokens, id, alternatives);
  const token: TokenInfo = { ...raw, sampledLogprob: 0, forced: true };
  const chosen = experts ? await backend.chosenExperts(model.sampler) : null;
  return chosen ? { ...token, experts: chosen } : token;
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
