// What can be read before an answer is asked for: a conversation whose last message is still being typed. Its keys and values are in the
// cache when the answer begins, and what was typed since is all that is left to read.
import { encodePrompt, type AnswerRequest } from './answer.ts';
import { EngineError } from './errors.ts';
import { checkPrompt, prefill, sharedTokens } from './generate/prefill.ts';
import type { Loaded } from './loaded.ts';

export interface ReadAheadRequest extends Pick<AnswerRequest, 'prompt' | 'contextPolicy'> {
  /** What of the context is kept for the answer, where old turns may go. */
  sampling?: Pick<AnswerRequest['sampling'], 'maxTokens'>;
}

export interface ReadAheadOutcome {
  promptTokens: number;
  /** Of those, how many the cache held before. */
  reusedTokens: number;
}

/** @throws EngineError `bad-tokenizer`, `token-out-of-range`, `prompt-too-long`, `aborted`, `device-lost` */
export async function readAhead(
  loaded: Loaded,
  request: ReadAheadRequest,
  signal?: AbortSignal,
): Promise<ReadAheadOutcome> {
  const { session } = loaded;
  const { model } = session;
  const { ids } = encodePrompt(loaded, request);
  checkPrompt(ids, model.config.vocabularySize, model.contextLength);
  const reusedTokens = sharedTokens(session.cachedTokens, ids);
  const isRead = reusedTokens === ids.length || (await prefill(session, ids, reusedTokens, model.prefill, signal));
  if (!isRead) throw new EngineError('aborted', 'Reading ahead was stopped.');
  return { promptTokens: ids.length, reusedTokens };
}
