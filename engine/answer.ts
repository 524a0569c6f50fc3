// One answer in text: the prompt out of a conversation, tokens into whole characters, stop strings, a budget for thoughts.
// Knows no life cycle of models (engine.ts) and no protocol messages.
import type { SamplerSettings } from './backend/backend.ts';
import { EngineError } from './errors.ts';
import { generate, noTimings, type Outcome } from './generate/generate.ts';
import { reusableTokens } from './generate/prefill.ts';
import { checkSampling, wholeSampling, type Sampling } from './generate/sampling.ts';
import type { ThinkingLimit } from './generate/thinkingBudget.ts';
import type { TokenInfo } from './generate/tokenInfo.ts';
import type { Loaded } from './loaded.ts';
import type { ChatMessage, ContextPolicy } from './protocol.ts';
import type { ChatTemplate } from './tokenizer/chatTemplate.ts';
import { fitConversation } from './tokenizer/fitConversation.ts';
import { biasTokens, dryBreakers } from './tokenizer/samplingTokens.ts';
import { StopStrings } from './tokenizer/stopStrings.ts';
import { TextStream } from './tokenizer/textStream.ts';
import { opensThinking } from './tokenizer/thinking.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

/** What to answer: a conversation (by the model's template), plain text, or token ids. */
export type Prompt =
  { messages: ChatMessage[]; thinking?: boolean; continueLast?: boolean } | { text: string } | { tokens: number[] };

export interface AnswerRequest {
  prompt: Prompt;
  sampling: Sampling;
  /** 0…20 */
  alternatives: number;
  /** The rest as in protocol.ts, GenerateRequest. */
  experts?: boolean;
  thinkingBudget?: number;
  contextPolicy?: ContextPolicy;
  answer?: readonly number[];
}

export type AnswerEvent =
  | { kind: 'started'; seed: number; promptTokens: number; reusedTokens: number; droppedMessages?: number }
  | { kind: 'token'; text: string; token: TokenInfo };

export interface AnswerOutcome extends Outcome {
  stopString?: string;
}

const most32 = 2 ** 32;
/** Share of the context that a conversation leaves to the answer, where its oldest turns may go. */
const answerShare = 1 / 4;

/** First `started`, then a `token` for each. @throws EngineError `bad-tokenizer`, `invalid-sampling`, those of generate() */
export async function* answer(
  loaded: Loaded,
  request: AnswerRequest,
  signal?: AbortSignal,
): AsyncGenerator<AnswerEvent, AnswerOutcome> {
  const { session, tokenizer, checkpoint } = loaded;
  const { sampling, alternatives, experts = false, answer = [] } = request;
  checkSampling(sampling);
  const { ids: prompt, droppedMessages } = encodePrompt(loaded, request);
  const seed = sampling.seed ?? Math.floor(Math.random() * most32);
  const stream = tokenizer && new TextStream(tokenizer);
  for (const id of answer) stream?.push(id);
  // Where the template itself opens the thinking, the answer starts inside it; its text says so.
  const inside = tokenizer !== null && opensThinking(tokenizer, prompt);
  const goesOn = answer.length > 0 || ('messages' in request.prompt && request.prompt.continueLast === true);
  let opening = inside && !goesOn ? '<think>\n' : '';
  const stops = new StopStrings<TokenInfo>(sampling.stopStrings ?? []);
  const endTokenIds = new Set(checkpoint.endTokenIds);
  const thinking = thinkingLimit(tokenizer, request.thinkingBudget, inside);
  const settings = {
    ...samplerSettings(loaded, sampling),
    seed,
    alternatives,
    experts,
    answer,
    endTokenIds,
    ended: () => stops.matched !== null,
    ...(thinking && { thinking }),
  };
  const tokens = generate(session, prompt, settings, signal);
  const reusedTokens = reusableTokens(session.cachedTokens, prompt.concat(answer));
  const started = { kind: 'started', seed, promptTokens: prompt.length + answer.length, reusedTokens } as const;
  yield droppedMessages > 0 ? { ...started, droppedMessages } : started;
  const event = ({ text, with: token }: { text: string; with: TokenInfo }): AnswerEvent => {
    const whole = opening + text;
    opening = '';
    return { kind: 'token', text: whole, token: withTexts(token, tokenizer) };
  };
  try {
    for (;;) {
      const next = await tokens.next();
      if (next.done) {
        for (const piece of stops.flush()) yield event(piece);
        return stops.matched === null ? next.value : { ...next.value, stopString: stops.matched };
      }
      const { id } = next.value;
      const text = !stream ? '' : endTokenIds.has(id) ? stream.flush() : stream.push(id);
      for (const piece of stops.push(text, next.value)) yield event(piece);
    }
  } finally {
    // The steps in flight end here too when the caller leaves early.
    await tokens.return({ reason: 'aborted', timings: noTimings });
  }
}

/** The sampling as a back end wants it, with its texts as tokens. */
export function samplerSettings(
  { tokenizer, checkpoint }: Loaded,
  sampling: Sampling,
): Pick<SamplerSettings, 'sampling' | 'sampleableTokens' | 'bias' | 'breakers'> {
  const { logitBias, dryBreakers: breakers, dryMultiplier } = wholeSampling(sampling);
  return {
    sampling,
    sampleableTokens: tokenizer?.samplableCount ?? checkpoint.config.vocabularySize,
    ...(tokenizer && logitBias.length > 0 && { bias: biasTokens(tokenizer, logitBias) }),
    ...(tokenizer && dryMultiplier > 0 && { breakers: dryBreakers(tokenizer, breakers) }),
  };
}

/** @throws EngineError `bad-tokenizer` when the model brings no tokenizer or no chat template */
export function encodePrompt(
  { tokenizer, template, info }: Pick<Loaded, 'tokenizer' | 'template' | 'info'>,
  request: Pick<AnswerRequest, 'prompt' | 'contextPolicy' | 'answer'> & { sampling?: Pick<Sampling, 'maxTokens'> },
): { ids: number[]; droppedMessages: number } {
  const { prompt, contextPolicy = 'stop', answer = [], sampling } = request;
  if ('tokens' in prompt) return { ids: prompt.tokens, droppedMessages: 0 };
  if (!tokenizer) throw new EngineError('bad-tokenizer', 'The model file brings no tokenizer; give token ids instead.');
  if ('text' in prompt) return { ids: tokenizer.encode(prompt.text, { special: true }), droppedMessages: 0 };
  if (!template) throw new EngineError('bad-tokenizer', 'The model file brings no chat template.');
  const { messages, ...options } = prompt;
  const encode = (some: Parameters<ChatTemplate['encodeChat']>[1]) => template.encodeChat(tokenizer, some, options);
  if (contextPolicy === 'stop') return { ids: encode(messages), droppedMessages: 0 };
  const forAnswer = Math.min(sampling?.maxTokens ?? Infinity, Math.floor(info.contextLength * answerShare));
  return fitConversation(messages, encode, info.contextLength - Math.max(1, forAnswer) - answer.length);
}

/** @throws EngineError `invalid-sampling` */
function thinkingLimit(tokenizer: Tokenizer | null, budget: number | undefined, inside: boolean): ThinkingLimit | null {
  if (budget === undefined) return null;
  if (!Number.isInteger(budget) || budget < 0)
    throw new EngineError(
      'invalid-sampling',
      `The thinking budget must be a whole number, 0 or more; it is ${budget}.`,
    );
  if (!tokenizer?.thinking) return null;
  return { ...tokenizer.thinking, budget, closing: tokenizer.encode('</think>\n\n', { special: true }), inside };
}

function withTexts(token: TokenInfo, tokenizer: Tokenizer | null): TokenInfo {
  if (!tokenizer || token.alternatives.length === 0) return token;
  const alternatives = token.alternatives.map((other) => ({ ...other, text: tokenizer.decode([other.id]) }));
  return { ...token, alternatives };
}
